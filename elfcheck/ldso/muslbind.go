package ldso

import (
	"debug/elf"
	"fmt"
	"slices"
	"strings"

	"github.com/abivet/abivet/elfcheck"
)

// A muslBinder looks symbols up in one scope, by name alone.
type muslBinder struct {
	*state
	scope []*Object
	lazy  bool
	known map[string]*Object // nil where a name is nowhere
}

// muslBind relocates objects in the order in which they were loaded. A program
// binds everything; what is opened lazily leaves calls and the global offset table for later.
func (s *state) muslBind(objects, scope []*Object, lazy bool) {
	if s.namesOnly || !s.complete() {
		return
	}
	b := &muslBinder{state: s, scope: scope, lazy: lazy, known: map[string]*Object{}}
	for _, o := range objects {
		if o != s.process.Objects[1] {
			b.relocate(o)
		}
	}
}

func (b *muslBinder) find(name string) *Object {
	if o, ok := b.known[name]; ok {
		return o
	}
	var found *Object
	for _, o := range b.scope {
		if o.muslHas(name) {
			found = o
			break
		}
	}
	if plain := lfs64(name); found == nil && plain != "" {
		found = b.find(plain)
	}
	b.known[name] = found
	return found
}

// relocate goes through the table of calls first, as musl does.
func (b *muslBinder) relocate(o *Object) {
	if kind, bad := b.badRelocation(o.File); bad {
		b.firstCall(o)
		b.process.fail(Failure{
			Category: BadReloc, Object: shown(o.Path), Subject: fmt.Sprint(kind),
			Message: fmt.Sprintf("Error relocating %s: unsupported relocation type %d", shown(o.Path), kind),
		})
	}
	for _, calls := range []bool{true, false} {
		if !calls && o.File.Relocations.OwnTLS > 0 && !o.startup {
			b.muslTLS(o, o, "(null)")
		}
		for i := range o.File.Imports {
			sym := &o.File.Imports[i]
			if sym.Refs != 0 && (sym.Refs == elfcheck.RefCall) == calls {
				b.bind(o, sym, false)
			}
		}
	}
	for i := range o.File.Exports {
		// A reference to what the object defines itself: in a version that is
		// not the default it is not there, not even for the object.
		if sym := &o.File.Exports[i]; sym.Refs != 0 {
			b.bind(o, sym, true)
		}
	}
}

// firstCall binds the first call of an object of another machine. Its type is
// looked at only if its symbol is found.
func (b *muslBinder) firstCall(o *Object) {
	if o.File.Machine == b.loader.image.file.Machine {
		return
	}
	for i := range o.File.Imports {
		if sym := &o.File.Imports[i]; sym.Refs == elfcheck.RefCall {
			b.bind(o, sym, false)
			return
		}
	}
}

func (b *muslBinder) bind(o *Object, sym *elfcheck.Symbol, defined bool) {
	provider := b.find(sym.Name)
	switch {
	case provider != nil:
		if sym.Refs&elfcheck.RefOwnTP != 0 && !provider.startup {
			b.muslTLS(provider, o, sym.Name)
		}
	case sym.Bind == elf.STB_WEAK && !defined:
	default:
		f := Failure{
			Category: MissingSymbol, Object: shown(o.Path), Subject: sym.Name,
			Message: fmt.Sprintf("Error relocating %s: %s: symbol not found", shown(o.Path), sym.Name),
			Why:     fmt.Sprintf("none of the %d objects in its scope defines it", len(b.scope)),
		}
		if b.lazy && !bindsNow(o.File) && sym.Refs&^(elfcheck.RefCall|elfcheck.RefSlot) == 0 {
			b.process.Deferred = append(b.process.Deferred, f)
		} else {
			b.process.fail(f)
		}
	}
}

func (s *state) muslTLS(o, asker *Object, name string) {
	if _, ok := o.File.Segment(elf.PT_TLS); !ok {
		return
	}
	s.process.fail(Failure{
		Category: StaticTLS, Object: shown(asker.Path), Subject: name,
		Message: fmt.Sprintf("Error relocating %s: %s: initial-exec TLS resolves to dynamic definition in %s", shown(asker.Path), name, shown(o.Path)),
	})
}

// muslHas reports whether an object has a symbol as find_sym sees it: versions
// do not count, except that one which is not the default of its name is not
// there, and neither is an indirect function.
func (o *Object) muslHas(name string) bool {
	symbols, hash := &o.image.symbols, nameHash(name)
	for sym := symbols.first(name, hash); sym != nil; sym = symbols.after(sym, name, hash) {
		if sym.Hidden || sym.Value == 0 && sym.Type != elf.STT_TLS {
			continue
		}
		switch sym.Type {
		case elf.STT_NOTYPE, elf.STT_OBJECT, elf.STT_FUNC, elf.STT_COMMON, elf.STT_TLS:
			if boundByAll(sym.Bind) {
				return true
			}
		}
	}
	return false
}

// muslHandled are the relocation types that musl handles. Origin: its
// arch/*/reloc.h.
var muslHandled = map[elf.Machine][]uint32{
	elf.EM_X86_64:  {0, 1, 2, 5, 6, 7, 8, 16, 17, 18, 36},
	elf.EM_AARCH64: {0, 257, 1024, 1025, 1026, 1027, 1028, 1029, 1030, 1031},
}

func (b *muslBinder) badRelocation(f *elfcheck.File) (uint32, bool) {
	good := muslHandled[b.loader.image.file.Machine]
	for _, kind := range f.Relocations.Types {
		if good != nil && !slices.Contains(good, kind) {
			return kind, true
		}
	}
	return 0, false
}

// lfs64Names are the names with 64 in them that musl 1.2.4 took out of its
// table, and which its loader still binds to the plain ones. Origin:
// get_lfs64 of musl's ldso/dynlink.c.
var lfs64Names = strings.Fields(`aio_cancel aio_error aio_fsync aio_read aio_return aio_suspend aio_write alphasort
 creat fallocate fgetpos fopen freopen fseeko fsetpos fstatat fstat fstatfs fstatvfs ftello ftruncate ftw getdents
 getrlimit glob globfree lio_listio lockf lseek lstat mkostemp mkostemps mkstemp mkstemps mmap nftw open openat
 posix_fadvise posix_fallocate pread preadv prlimit pwrite pwritev readdir scandir sendfile setrlimit stat statfs
 statvfs tmpfile truncate versionsort __fxstat __fxstatat __lxstat __xstat`)

// lfs64 returns the plain name behind such a name, or "".
func lfs64(name string) string {
	if name == "readdir64_r" {
		return "readdir_r"
	}
	plain, ok := strings.CutSuffix(name, "64")
	if !ok || !slices.Contains(lfs64Names, plain) {
		return ""
	}
	return plain
}
