package ldso

import (
	"debug/elf"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/abivet/abivet/elfcheck"
)

// reserved are the names that musl's loader takes for itself: its C library is
// all of them. Origin: load_library of musl's ldso/dynlink.c.
var reserved = []string{"c.", "pthread.", "rt.", "m.", "dl.", "util.", "xnet."}

func isReserved(name string) bool {
	rest, ok := strings.CutPrefix(name, "lib")
	return ok && slices.ContainsFunc(reserved, func(r string) bool { return strings.HasPrefix(rest, r) })
}

// muslBegin puts a program and the loader, which is the C library, into the
// process.
func (s *state) muslBegin(name string, img *image) {
	l := s.loader
	program := &Object{Path: name, Real: img.real, File: img.file, image: img, origin: dirOf(img.real), startup: true}
	self := &Object{Path: l.path, Real: l.image.real, File: l.image.file, image: l.image, names: []string{path.Base(l.path), "libc.so"}, startup: true}
	s.process.Objects = []*Object{program, self}
}

func (s *state) muslStart(name string, img *image) {
	s.muslBegin(name, img)
	s.muslClosure(s.process.Objects[0])
	s.process.Opened = len(s.process.Objects)
	if len(s.process.Failures) == 0 {
		s.muslBind(s.process.Objects, s.process.Objects, false)
	}
}

// muslOpen opens a shared object. What a program that is not there would look
// like is refused by no check of musl's.
func (s *state) muslOpen(name string, img *image, r Request) {
	s.opening = true
	s.process.Opened = len(s.process.Objects)
	seen := s.muslLook(name)
	if seen.fatal != nil {
		seen.fatal.Object = shown(name)
		s.process.fail(*seen.fatal)
		return
	}
	if seen.image == nil {
		s.process.fail(Failure{
			Category: MissingLibrary, Object: shown(name), Subject: shown(name), Why: seen.skip,
			Message: fmt.Sprintf("Error loading shared library %s: No such file or directory", shown(name)),
		})
		return
	}
	o := &Object{Path: name, Real: img.real, File: img.file, image: img, names: []string{path.Base(shown(name))}, origin: dirOf(name)}
	s.process.Objects = append(s.process.Objects, o)
	s.muslClosure(o)
	if len(s.process.Failures) == 0 {
		s.muslBind(s.process.Objects[s.process.Opened:], s.process.Objects, r.Lazy)
	}
}

func (s *state) muslClosure(root *Object) {
	queue := []*Object{root}
	for i := 0; i < len(queue); i++ {
		o := queue[i]
		for _, name := range o.File.Needed {
			before := len(s.process.Objects)
			need, failure := s.muslFind(name, o)
			o.Needs = append(o.Needs, need)
			if failure != nil {
				s.process.fail(*failure)
				if s.opening {
					return // dlopen stops at the first
				}
			}
			if len(s.process.Objects) > before {
				queue = append(queue, need.Object)
			}
		}
	}
}

// muslFind looks for a library as load_library does: it knows no soname.
func (s *state) muslFind(name string, asker *Object) (Need, *Failure) {
	need := Need{Name: name}
	if isReserved(name) {
		need.Object = s.process.Objects[1]
		return need, nil
	}
	if !strings.Contains(name, "/") {
		for _, o := range s.process.Objects {
			if slices.Contains(o.names, name) {
				need.Object = o
				return need, nil
			}
		}
	}
	for _, place := range s.muslCandidates(name, asker) {
		seen := s.muslLook(place.Path)
		if seen.fatal != nil {
			place.Saw = seen.fatal.Message
			need.Looked = append(need.Looked, place)
			seen.fatal.Object, seen.fatal.Subject = shown(place.Path), name
			return need, seen.fatal
		}
		place.Saw = seen.skip
		need.Looked = append(need.Looked, place)
		if seen.image == nil {
			continue
		}
		need.Object = s.muslAdd(place.Path, seen.image, name, asker)
		return need, nil
	}
	f := &Failure{
		Category: MissingLibrary, Object: shown(asker.Path), Subject: name,
		Message: fmt.Sprintf("Error loading shared library %s: No such file or directory (needed by %s)", name, shown(asker.Path)),
		Why:     lookedAt(need.Looked), Elsewhere: s.space.elsewhere(name),
	}
	if arch := s.loader.image.file.Platform.Arch; asker.File.Platform.Arch != arch {
		// musl takes the file all the same, and stumbles here.
		f.Category = WrongArch
		f.Why = fmt.Sprintf("%s is for %s, the loader for %s", shown(asker.Path), asker.File.Platform.Arch, arch)
	}
	return need, f
}

// muslCandidates lists where a library may be: LD_LIBRARY_PATH stands before
// the library paths of the asker and of those that asked for it.
func (s *state) muslCandidates(name string, asker *Object) []Place {
	if strings.Contains(name, "/") {
		return []Place{{Path: s.absolute(name), By: "path"}}
	}
	var places []Place
	from := func(by string, dirs []string) {
		for _, dir := range dirs {
			places = append(places, Place{Path: joined(s.absolute(dir), "", name), By: by})
		}
	}
	from("LD_LIBRARY_PATH", s.libraryPath)
	for o := asker; o != nil; o = o.Loader {
		elements, tag := o.File.RunPath, "RUNPATH"
		if elements == nil {
			elements, tag = o.File.RPath, "RPATH"
		}
		dirs, ok := muslExpand(elements, o.origin)
		if ok {
			from(tag+" of "+shown(o.Path), dirs)
		}
	}
	from("default directory", s.loader.dirs)
	return places
}

// muslExpand knows $ORIGIN alone: any other token voids the whole path.
func muslExpand(elements []string, origin string) ([]string, bool) {
	var dirs []string
	for _, e := range elements {
		rest := strings.NewReplacer("$ORIGIN", "", "${ORIGIN}", "").Replace(e)
		if strings.Contains(rest, "$") {
			return nil, false
		}
		full := strings.NewReplacer("$ORIGIN", origin, "${ORIGIN}", origin).Replace(e)
		if i := strings.LastIndex(full, outsideMark+"/"); i > 0 {
			full = full[i:]
		}
		if full != "" {
			dirs = append(dirs, full)
		}
	}
	return dirs, true
}

// muslLook opens a candidate. musl looks at the type and the program headers
// and at nothing else: it takes files of other machines.
func (s *state) muslLook(name string) sight {
	if why := s.space.denied(name); why != "" {
		return sight{skip: why}
	}
	img, err := s.open(name)
	if err != nil {
		return sight{skip: reason(err)}
	}
	f := img.file
	if f == nil || !f.Dynamic || f.Kind == elfcheck.Object {
		return sight{fatal: &Failure{
			Category: BadELF, Message: fmt.Sprintf("Error loading shared library %s: Exec format error", shown(name)), Why: fmt.Sprint(img.err),
		}}
	}
	if f.Platform.Arch != s.loader.image.file.Platform.Arch && f.Class != s.loader.image.file.Class {
		return sight{fatal: &Failure{Category: WrongArch, Message: fmt.Sprintf("Error loading shared library %s: Exec format error", shown(name))}}
	}
	return sight{image: img}
}

// muslAdd maps a file, unless it is there already or is a C library, which the
// loader's own stands in for.
func (s *state) muslAdd(name string, img *image, as string, asker *Object) *Object {
	for _, o := range s.process.Objects {
		if o.Real == img.real || sameFile(o.image, img) {
			if name != as {
				o.names = append(o.names, path.Base(shown(name)))
			}
			return o
		}
	}
	if len(img.lookup("__libc_start_main")) > 0 && len(img.lookup("stdin")) > 0 {
		return s.process.Objects[1]
	}
	o := &Object{Path: name, Real: img.real, File: img.file, image: img, Loader: asker, origin: dirOf(name), startup: !s.opening}
	if name != as {
		o.names = []string{path.Base(shown(name))}
	}
	s.process.Objects = append(s.process.Objects, o)
	return o
}

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
	if kind, bad := muslBadRelocation(o.File); bad {
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
				b.bind(o, sym)
			}
		}
	}
	for i := range o.File.Exports {
		sym := &o.File.Exports[i]
		if sym.Refs&elfcheck.RefOwnTP == 0 {
			continue
		}
		if provider := b.find(sym.Name); provider != nil && !provider.startup {
			b.muslTLS(provider, o, sym.Name)
		}
	}
}

func (b *muslBinder) bind(o *Object, sym *elfcheck.Symbol) {
	provider := b.find(sym.Name)
	switch {
	case provider != nil:
		if sym.Refs&elfcheck.RefOwnTP != 0 && !provider.startup {
			b.muslTLS(provider, o, sym.Name)
		}
	case sym.Bind == elf.STB_WEAK:
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
	s.process.fail(Failure{
		Category: StaticTLS, Object: shown(asker.Path), Subject: name,
		Message: fmt.Sprintf("Error relocating %s: %s: initial-exec TLS resolves to dynamic definition in %s", shown(asker.Path), name, shown(o.Path)),
	})
}

// muslHas reports whether an object has a symbol as find_sym sees it: versions
// do not count, except that one which is not the default of its name is not
// there, and neither is an indirect function.
func (o *Object) muslHas(name string) bool {
	if o.image.file == nil {
		return false
	}
	for _, i := range o.image.lookup(name) {
		sym := &o.File.Exports[i]
		if sym.Hidden || sym.Value == 0 && sym.Type != elf.STT_TLS {
			continue
		}
		switch sym.Type {
		case elf.STT_NOTYPE, elf.STT_OBJECT, elf.STT_FUNC, elf.STT_COMMON, elf.STT_TLS:
			return true
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

func muslBadRelocation(f *elfcheck.File) (uint32, bool) {
	good := muslHandled[f.Machine]
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
