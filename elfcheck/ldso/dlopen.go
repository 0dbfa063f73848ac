package ldso

import (
	"debug/elf"
	"fmt"
	"slices"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/elfcheck"
	"github.com/abivet/abivet/internal/rootpath"
)

// dlopen opens a shared object from a program.
func (s *state) dlopen(name string, img *image, r Request) {
	f := img.file
	if f == nil {
		f = &elfcheck.File{}
	}
	if !s.host(f, shown(name), r) {
		return
	}
	if s.loader.libc == abi.Musl {
		s.muslOpen(name, img, r)
		return
	}
	s.opening = true
	s.process.Opened = len(s.process.Objects)
	seen := s.look(name)
	switch {
	case seen.fatal != nil:
		seen.fatal.Object = shown(name)
		s.process.fail(*seen.fatal)
		return
	case seen.image == nil:
		s.refused(name, img, seen)
		return
	}
	o, failure := s.add(name, seen.image, shown(name), nil)
	if failure != nil {
		s.process.fail(*failure)
		return
	}
	s.closure([]*Object{o})
	if s.exhausted() {
		return
	}
	group := s.group(o)
	var fresh []*Object
	for _, o := range group {
		if !o.startup {
			fresh = append(fresh, o)
		}
	}
	s.versions(fresh)
	s.isa(fresh)
	if len(s.process.Failures) > 0 {
		return
	}
	s.bindAll(fresh, s.scope(group), func(o *Object) bool { return r.Lazy && !bindsNow(o.File) })
}

// refused words why a file that is there is not opened.
func (s *state) refused(name string, img *image, seen sight) {
	f := Failure{
		Category: MissingLibrary, Object: shown(name), Subject: shown(name), Why: seen.saw(),
		Message: shown(name) + ": cannot open shared object file: " + strerror(seen.err),
	}
	if seen.class {
		f.Message = shown(name) + ": " + seen.skip
	}
	if seen.class || img.file != nil && img.file.Platform.Arch != s.loader.image.file.Platform.Arch {
		f.Category = WrongArch
	}
	s.process.fail(f)
}

// host lays out the program that opens a shared object: the one that is asked
// for, or a bare one that has the C library and nothing else.
func (s *state) host(f *elfcheck.File, name string, r Request) bool {
	if r.Host != "" {
		return s.hostProgram(r)
	}
	l := s.space.loaderFor(f)
	if l == nil {
		s.process.fail(Failure{
			Category: WrongArch, Object: name, Subject: f.Platform.Arch,
			Message: name + ": nothing in the user space loads it",
			Why:     fmt.Sprintf("no loader for %s is there", f.Platform),
		})
		return false
	}
	s.use(l)
	s.process.Plugin = true
	// A program of no content: what it brings is the C library.
	bare := &elfcheck.File{Platform: l.image.file.Platform, Class: l.image.file.Class, Machine: l.image.file.Machine, Kind: elfcheck.PIE, Dynamic: true}
	bare.Segments = []elfcheck.Segment{{Type: elf.PT_GNU_STACK, Flags: elf.PF_R | elf.PF_W}}
	switch {
	case l.libc == abi.Musl:
		s.muslBegin("", &image{file: bare, real: "a bare program"})
		s.muslClosure(s.muslPreload()...)
		return len(s.process.Failures) == 0 && !s.exhausted()
	case s.before("2.34"):
		bare.Needed = []string{"libdl.so.2", "libpthread.so.0", "libc.so.6"}
	default:
		bare.Needed = []string{"libc.so.6"}
	}
	s.begin("a bare program", &image{file: bare, real: "a bare program"})
	s.startUp()
	if s.exhausted() {
		return false
	}
	if len(s.process.Failures) > 0 && len(s.preload) > 0 {
		return false // what is preloaded keeps every program from starting
	}
	if len(s.process.Failures) > 0 {
		s.process.Failures = nil
		s.process.Unknown = "the user space has a loader and no C library that it loads"
		return false
	}
	return true
}

func (s *state) hostProgram(r Request) bool {
	img, err := s.space.open(r.Host)
	switch {
	case err != nil:
		s.process.Unknown = fmt.Sprintf("the host %s: %s", r.Host, reason(err))
		return false
	case img.file == nil:
		// R and erl are scripts, and python3 may be one of a version manager.
		s.process.Unknown = fmt.Sprintf("the host %s is no ELF file: of a script, name the program that it starts", r.Host)
		return false
	case !isProgram(img.file):
		s.process.Unknown = fmt.Sprintf("the host %s is no program", r.Host)
		return false
	}
	if !s.interpreter(img.file, r.Host) {
		return false
	}
	s.start(r.Host, img, Request{})
	if s.exhausted() {
		return false
	}
	if len(s.process.Failures) > 0 {
		s.process.Unknown = fmt.Sprintf("the host %s does not start: %s", r.Host, s.process.Failures[0].Message)
		s.process.Failures = nil
		return false
	}
	return true
}

// loaderFor returns the loader of the user space for a shared object: of its
// processor, and where there are several of its C library.
func (s *Space) loaderFor(f *elfcheck.File) *loader {
	var found *loader
	arch := s.Arch()
	for _, name := range modelled() {
		l, err := s.loaderAt(name)
		if err != nil || l.image.file == nil {
			continue
		}
		has := l.image.file.Platform.Arch
		better := found == nil ||
			has == f.Platform.Arch && found.image.file.Platform.Arch != f.Platform.Arch ||
			has == f.Platform.Arch && l.libc == f.Libc && found.libc != f.Libc
		if better && (has == f.Platform.Arch || has == arch) {
			found = l
		}
	}
	return found
}

// sameFile reports whether two images are one file under two names.
func sameFile(a, b *image) bool {
	if a.info == nil || b.info == nil {
		return false
	}
	x, known := rootpath.Identity(a.info)
	y, _ := rootpath.Identity(b.info)
	return known && x == y
}

// group is an object with all that it brings, breadth first: the scope that
// its symbols are looked up in after the program's.
func (s *state) group(roots ...*Object) []*Object {
	group := slices.Clone(roots)
	seen, done := map[*Object]bool{}, map[*Object]bool{}
	for _, o := range roots {
		seen[o] = true
	}
	for i := 0; i < len(group); {
		o := group[i]
		if done[o] {
			i++
			continue
		}
		done[o] = true
		for _, need := range o.Needs {
			if need.Object != nil && !seen[need.Object] {
				seen[need.Object] = true
				group = append(group, need.Object)
			}
		}
		at := i
		for _, filter := range o.filters {
			if later := slices.Index(group, filter); later >= 0 && later < at {
				continue
			} else if later > at {
				group = slices.Delete(group, later, later+1)
			}
			seen[filter] = true
			group = slices.Insert(group, at, filter)
			at++
		}
	}
	return group
}

// scope is where the symbols of what is opened are looked up: first what was
// there, then the group.
func (s *state) scope(group []*Object) []*Object {
	scope := s.startScope()
	for _, o := range group {
		if !o.startup || !contains(scope, o) {
			scope = append(scope, o)
		}
	}
	return scope
}

func contains(list []*Object, o *Object) bool {
	for _, x := range list {
		if x == o {
			return true
		}
	}
	return false
}
