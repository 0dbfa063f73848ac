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
	scope scope
	asker int // the place among those of the scope of the object that is relocated
	lazy  bool
}

// muslBind relocates objects in the order in which they were loaded. A program
// binds everything; what is opened lazily leaves calls and the global offset table for later.
func (s *state) muslBind(objects, scope []*Object, lazy bool) {
	s.relocating(true, func() { s.muslRelocate(objects, scope, lazy) })
}

func (s *state) muslRelocate(objects, scope []*Object, lazy bool) {
	b := &muslBinder{state: s, scope: newScope(scope, objects), lazy: lazy}
	defer b.scope.release()
	for i, o := range objects {
		if o != s.process.Objects[1] {
			b.asker = i
			b.relocate(o)
		}
	}
}

// find looks a reference of an object up.
func (b *muslBinder) find(o *Object, i int) *Object {
	t := &o.image.symbols
	name := b.scope.reference(b.asker, i)
	if !name.asked {
		look := b.look
		if b.looking != nil {
			look = func(hash uint64, _ *lookup) int32 { return b.lookUp(hash, t.name(i), t.refs[i].refs) }
		}
		name.asked, name.found = true, look(t.refs[i].hash, name)
		if name.found == absent {
			if plain := lfs64(t.name(i)); plain != "" {
				name.found = look(nameHash(plain), nil)
			}
		}
	}
	return b.scope.object(name.found)
}

func (b *muslBinder) look(hash uint64, name *lookup) int32 {
	for i, o := range b.scope.mayHave(name) {
		if o.image.symbols.muslHas(hash) {
			return int32(i)
		}
	}
	return absent
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
	refs := o.image.symbols.refs
	for _, calls := range []bool{true, false} {
		if !calls && o.File.Relocations.OwnTLS > 0 && !o.startup {
			b.muslTLS(o, o, "(null)")
		}
		for i := range refs {
			if r := &refs[i]; r.flags&refDefined == 0 && (r.refs == elfcheck.RefCall) == calls {
				b.bind(o, i)
			}
		}
	}
	for i := range refs {
		// A reference to what the object defines itself: in a version that is
		// not the default it is not there, not even for the object.
		if refs[i].flags&refDefined != 0 {
			b.bind(o, i)
		}
	}
	if l := o.File.Loading; l != nil && o.File.Dynamic {
		if f := muslTables(o.File, l, shown(o.Path)); f != nil {
			b.process.fail(*f)
		}
	}
	b.relro(o)
	b.astray(o)
}

// muslTables says what musl takes for tables that are none, or nil. It goes on past a size
// that is no multiple of a record's, and takes the start of the file for a table that is
// not there. Origin: decode_dyn, reloc_all and do_relocs.
func muslTables(f *elfcheck.File, l *elfcheck.Loading, name string) *Failure {
	word := uint64(f.Class / 8)
	form, _ := l.Tag(elf.DT_PLTREL)
	calls := 2 * word
	if form == uint64(elf.DT_RELA) {
		calls += word
	}
	for _, t := range []struct {
		table, size elf.DynTag
		entry       uint64
	}{{elf.DT_JMPREL, elf.DT_PLTRELSZ, calls}, {elf.DT_REL, elf.DT_RELSZ, 2 * word}, {elf.DT_RELA, elf.DT_RELASZ, 3 * word}, {dtRELR, dtRELRSZ, word}} {
		at, _ := l.Tag(t.table)
		switch size, _ := l.Tag(t.size); {
		case size > t.entry && at == 0: // the first is of no type, as the padding of the header is
			return damaged(name, fmt.Sprintf("relocations of %d bytes by %s, and no %s", size, t.size, t.table))
		case size%t.entry != 0:
			return damaged(name, fmt.Sprintf("%s says %d bytes, which is no multiple of %d", t.size, size, t.entry))
		}
	}
	if _, some := l.Tag(elf.DT_JMPREL); some && form == 0 { // it takes them for shorter ones
		return damaged(name, "no DT_PLTREL says which form the relocations of calls have")
	}
	if at, _ := l.Tag(elf.DT_STRTAB); at == 0 {
		return damaged(name, "its dynamic table has no DT_STRTAB")
	} else if sealed(f, at) {
		return crash(name, "its DT_STRTAB is in a segment that nobody may read")
	}
	return nil
}

// firstCall binds the first call of an object of another machine. Its type is
// looked at only if its symbol is found.
func (b *muslBinder) firstCall(o *Object) {
	if o.File.Machine == b.loader.image.file.Machine {
		return
	}
	for i, r := range o.image.symbols.refs {
		if r.refs == elfcheck.RefCall && r.flags&refDefined == 0 {
			b.bind(o, i)
			return
		}
	}
}

func (b *muslBinder) bind(o *Object, i int) {
	t := &o.image.symbols
	r, provider := &t.refs[i], b.find(o, i)
	switch {
	case provider != nil:
		if r.refs&elfcheck.RefOwnTP != 0 && !provider.startup {
			b.muslTLS(provider, o, t.name(i))
		}
	case r.flags&(refWeak|refDefined) == refWeak:
	default:
		name := t.name(i)
		f := Failure{
			Category: MissingSymbol, Object: shown(o.Path), Subject: name,
			Message: fmt.Sprintf("Error relocating %s: %s: symbol not found", shown(o.Path), name),
			Why:     fmt.Sprintf("none of the %d objects in its scope defines it", len(b.scope.objects)),
		}
		if b.lazy && !bindsNow(o.File) && r.refs&^(elfcheck.RefCall|elfcheck.RefSlot) == 0 {
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

// muslHas reports whether a file has a symbol as find_sym sees it: versions do
// not count, except that one which is not the default of its name is not there.
func (t *table) muslHas(hash uint64) bool {
	bucket := t.bucket(hash)
	for i := range bucket {
		if d := bucket[i]; d.key() == keyOf(hash) && d.flags()&(defMusl|defHidden) == defMusl {
			return true
		}
	}
	return false
}

// muslBinds reports whether a definition counts at all; an indirect function
// does not.
func muslBinds(sym *elfcheck.Symbol) bool {
	if sym.Value == 0 && sym.Type != elf.STT_TLS {
		return false
	}
	switch sym.Type {
	case elf.STT_NOTYPE, elf.STT_OBJECT, elf.STT_FUNC, elf.STT_COMMON, elf.STT_TLS:
		return boundByAll(sym.Bind)
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
