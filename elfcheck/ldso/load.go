package ldso

import (
	"debug/elf"
	"errors"
	"fmt"
	"io/fs"
	"sync"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/elfcheck"
)

// A Request says what to load and in what surroundings. Its zero fields are
// those of a user without privileges on a current processor, with an empty
// environment and / as working directory.
type Request struct {
	// Path is the file in the user space, or, with Outside, beside it.
	Path    string
	Outside bool
	// Host is the program in the user space that opens a shared object; a bare
	// program of the user space's C library where it is empty. A program is
	// started, whatever Host says.
	Host string
	// Lazy opens a shared object with RTLD_LAZY instead of RTLD_NOW.
	Lazy bool
	// BindNow is LD_BIND_NOW.
	BindNow     bool
	LibraryPath []string // LD_LIBRARY_PATH
	Preload     []string // LD_PRELOAD
	// Level is the x86-64 level of the processor, 1 to 4. Zero is 4: what a
	// lesser processor does is a rule's question.
	Level int
	// Intel says that the processor is one of Intel's: up to 2.36 glibc looks in
	// directories by the name of haswell and avx512_1 on these alone.
	Intel bool
	// Symbols looks for what several objects define, which is a pass over the
	// symbols of all.
	Symbols bool
	// Brief leaves out of the objects' files what only rules ask for, their
	// imports and whose extension they are, and what the host offers to that.
	Brief  bool
	Kernel abi.Version // of the running system; empty is newer than any file asks for
	Dir    string      // working directory
}

// A state is a process while it is laid out.
type state struct {
	space       *Space
	name        string // of the file that is loaded
	image       *image // of it
	loader      *loader
	process     *Process
	libraryPath []string
	level       int
	intel       bool
	preload     []string
	preloaded   []*Object // by LD_PRELOAD and /etc/ld.so.preload
	kernel      abi.Version
	dir         string
	opening     bool               // start-up is over: what comes now is opened
	goesBy      map[string]*Object // what named has found
	subMu       sync.Mutex
	subs        map[string][]string
	// What library paths stand for: those of objects, and LD_LIBRARY_PATH.
	dirs, libraryDirs map[*Object][]string
	looking           *finder // in the file that is loaded, where that is damaged
	looks             int     // places that were looked at
	kept              int     // bytes of their names in the process
}

// Load lays out a file as its loader would. The error is that the file cannot
// be read; what a loader says against it is in the process.
func (s *Space) Load(r Request) (*Process, error) {
	name := r.Path
	if r.Outside {
		name = outsideMark + r.Path
	}
	img, err := s.image(name, false)
	if err != nil {
		return nil, err // it names the file
	}
	defer s.forget(name, img)
	if img.file == nil && !img.refusable() {
		if img.err == nil {
			return nil, fmt.Errorf("%s: %w", r.Path, abi.ErrFormat)
		}
		return nil, fmt.Errorf("%s: %w", r.Path, img.err)
	}
	img = img.sound()
	st := &state{space: s, name: name, image: img, process: &Process{File: r.Path}, libraryPath: r.LibraryPath, preload: r.Preload, level: r.Level, intel: r.Intel, kernel: r.Kernel, dir: r.Dir, goesBy: map[string]*Object{}, subs: map[string][]string{}, dirs: map[*Object][]string{}, libraryDirs: map[*Object][]string{}}
	if st.level == 0 {
		st.level = 4
	}
	if other := st.asKernel(img); other != nil {
		st.image, img = other, other
	}
	switch {
	case img.file != nil && isProgram(img.file):
		r.Host = ""
		st.exec(name, img, r)
	case img.file == nil && img.bare != nil && unnamed(img.bare):
		st.process.fail(Failure{
			Category: WrongArch, Object: shown(name), Message: shown(name) + ": cannot execute binary file: Exec format error",
			Why: "no NUL ends the name of its loader",
		})
	case img.file == nil && img.bare != nil && img.bare.Interpreter != "" && errors.Is(s.missing(img.bare.Interpreter), fs.ErrNotExist):
		st.interpreter(img.bare, shown(name)) // it fails by this whatever else is wrong
	case img.file == nil && img.bare != nil && img.bare.Kind == elfcheck.Executable:
		st.process.fail(*unreadable(shown(name), img.err))
	default:
		st.dlopen(name, img, r)
	}
	if !r.Brief {
		failures := len(st.process.Failures)
		st.complete()
		if failures > 0 || st.exhausted() { // what else is damaged is not what the loader stops at
			st.process.Failures = st.process.Failures[:failures]
		}
	}
	if r.Symbols {
		st.process.share()
	}
	if r.Host != "" && !r.Brief && st.process.Unknown == "" {
		if err := st.offers(); err != nil {
			return nil, fmt.Errorf("%s: %w", r.Host, err)
		}
	}
	s.name(st.process.Failures)
	return st.process, nil
}

// missing is the error of opening a file of the user space.
func (s *Space) missing(name string) error {
	_, err := s.open(name)
	return err
}

// isProgram reports whether a file is one that the kernel starts: libc.so.6 has
// an interpreter too, and a soname. What has a soname and no interpreter is
// opened, even where loaders then refuse it for what its header says.
func isProgram(f *elfcheck.File) bool {
	return (f.Kind == elfcheck.Executable || f.Kind == elfcheck.PIE) && (f.Interpreter != "" || f.SOName == "")
}

// refusable reports whether a damaged file is one that a loader would at least
// be asked to open: its refusal is then the verdict.
func (img *image) refusable() bool {
	return string(img.header[:4]) == elf.ELFMAG && (img.bare == nil || img.bare.Kind == elfcheck.Shared || img.bare.Kind == elfcheck.Executable)
}

func (s *state) use(l *loader) {
	s.loader = l
	s.process.Loader, s.process.Libc, s.process.Version = l.path, l.libc, l.version
}

// start lays out a program with its closure.
func (s *state) start(name string, img *image, r Request) {
	if s.loader.libc == abi.Musl {
		s.muslStart(name, img)
		return
	}
	s.begin(name, img)
	if f := s.stumbles(img.file, shown(name)); f != nil {
		s.process.fail(*f)
		s.process.Opened = len(s.process.Objects)
		return
	}
	s.startUp()
	if s.exhausted() {
		s.process.Opened = len(s.process.Objects)
		return
	}
	s.versions(s.process.Objects)
	s.isa(s.process.Objects)
	if len(s.process.Failures) == 0 {
		s.startTLS()
	}
	if len(s.process.Failures) == 0 {
		s.bindAll(s.process.Objects, s.startScope(), func(o *Object) bool { return !r.BindNow && !bindsNow(o.File) })
	}
	s.process.Opened = len(s.process.Objects)
}

// begin puts the program and the loader itself into the process.
func (s *state) begin(name string, img *image) {
	program := &Object{
		Path: name, Real: img.real, File: img.file, image: img, origin: dirOf(img.real), soname: true, startup: true,
		names: []string{""}, // the loader's name for it
	}
	l := s.loader
	self := &Object{
		Path: l.path, Real: l.image.real, File: l.image.file, image: l.image, origin: dirOf(l.path), startup: true,
		names: []string{l.path, l.image.file.SOName}, soname: true,
	}
	// The loader is in the list of objects from the start, and takes its place
	// in the scope when somebody asks for it.
	s.process.Objects = []*Object{program, self}
}

// closure maps what the objects ask for, and what that asks for, breadth
// first.
func (s *state) closure(roots []*Object) {
	queue := append([]*Object(nil), roots...)
	seen := map[*Object]bool{}
	for len(queue) > 0 {
		o := queue[0]
		queue = queue[1:]
		if seen[o] {
			continue
		}
		seen[o] = true
		if o.Needs == nil {
			o.Needs = make([]Need, 0, len(o.File.Needed))
		}
		for _, name := range o.File.Needed {
			need, failure := s.find(name, o)
			if s.exhausted() {
				return
			}
			o.Needs = append(o.Needs, need)
			if failure != nil {
				s.process.fail(*failure)
				continue
			}
			if !need.Object.startup || !s.opening {
				queue = append(queue, need.Object)
			}
		}
		if before := s.filters(o); len(before) > 0 {
			queue = append(before, queue...)
		}
	}
}

// add maps a file that was found, unless it is there under another name.
func (s *state) add(name string, img *image, as string, asker *Object) (*Object, *Failure) {
	for _, o := range s.process.Objects {
		if o.Real == img.real || sameFile(o.image, img) {
			o.names = append(o.names, as)
			return o, nil
		}
	}
	if f := s.mappable(as, img); f != nil {
		f.Object, f.Subject = shown(name), as
		return nil, f
	}
	o := &Object{Path: name, Real: img.real, File: img.file, image: img, names: []string{as, name}, Loader: asker, origin: dirOf(name), startup: !s.opening}
	s.process.Objects = append(s.process.Objects, o)
	return o, nil
}
