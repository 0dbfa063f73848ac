package dyld

import (
	"cmp"
	"fmt"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/machocheck"
)

// A Request says what to load and in what surroundings. Its zero fields are
// those of a user of a current Mac with an empty environment and / as working
// directory.
type Request struct {
	// Path is the file in the space, or, with Outside, beside it.
	Path    string
	Outside bool
	// Arch is the slice to load, as lipo names it (arm64, x86_64) or in the
	// words of GOARCH. Where it is empty it is the one that the kernel would
	// choose on the processor.
	Arch string
	// Processor is the Mac's, arm64 or amd64. Where it is empty it is that of
	// Arch, and arm64 where that is empty too.
	Processor string
	// Release is of macOS; the newest that is modelled where it is empty.
	Release abi.Version
	// Host is the program in the space that opens a library or bundle; a bare
	// one, of which nothing is known, where it is empty.
	Host string
	// Lazy opens a library with RTLD_LAZY instead of RTLD_NOW.
	Lazy bool
	// LibraryPath is DYLD_LIBRARY_PATH, Fallback DYLD_FALLBACK_LIBRARY_PATH, the
	// others are those of frameworks. A program with the hardened runtime does
	// not look at them.
	LibraryPath, Fallback            []string
	FrameworkPath, FrameworkFallback []string
	// Insert is DYLD_INSERT_LIBRARIES: what dyld loads before the libraries of
	// the program. A program with the hardened runtime does without it.
	Insert []string
	Dir    string // working directory
	// Hashes asks for the signatures of arm64 files to be held against all
	// that they cover, which reads every file of the process from end to end.
	Hashes bool
}

// newest is the release that is modelled where none is asked for.
const newest abi.Version = "26.0"

// A state is a process while it is laid out.
type state struct {
	space   *Space
	request Request
	process *Process
	archs   []string // that the process takes, the best first
	main    *Object  // nil for a bare program
	mainDir string
	byName  map[string]*Object // by path and install name
	byFile  map[*file]*Object
	byID    map[identity]*Object
	systems map[string]bool     // libraries of the system, by install name
	all     map[string]struct{} // what the first joined objects export
	joined  int
	lookups int
	opening bool // start-up is over: what comes now is opened
	places  int  // that were looked at
	// trusting says that variables and relative paths count, as they do not in
	// a program with the hardened runtime.
	trusting  bool
	variables variables
	open      openSymbols
}

// A chain is what led to an object, the nearest first: where @rpath is looked
// up.
type chain struct {
	object   *Object
	previous *chain
}

// Load lays out a file as the kernel and dyld would. The error is that the file
// cannot be read, or is none that dyld is given; what they say against it is in
// the process.
func (s *Space) Load(r Request) (*Process, error) {
	r.Release = cmp.Or(r.Release, newest)
	if lipo, ok := goArchs[r.Arch]; ok {
		r.Arch = lipo
	}
	name := r.Path
	if r.Outside {
		name = outsideMark + r.Path
	}
	img, err := s.choose(name, r)
	if err != nil {
		return nil, err
	}
	st := newState(s, r)
	switch {
	case img.macho.Kind == machocheck.Executable:
		st.exec(img)
	case r.Host != "":
		host, err := s.host(r)
		if err != nil {
			return nil, err
		}
		st.exec(host)
		starts := len(st.process.Failures) == 0
		st.dlopen(name)
		if !starts {
			break
		}
		if err := st.offers(); err != nil {
			return nil, fmt.Errorf("%s: %w", r.Host, err)
		}
	default:
		st.bare(img)
		st.dlopen(name)
	}
	st.sayOpen()
	return st.process, nil
}

// host returns the slice of the program that opens a file. It decides what the
// process is: where it does not have what was asked for, the file is opened in
// the process that there is.
func (s *Space) host(r Request) (*image, error) {
	if f, err := s.open(r.Host); err == nil && f.pick([]string{r.Arch}) < 0 {
		r.Arch = ""
	}
	return s.choose(r.Host, r)
}

func newState(s *Space, r Request) *state {
	return &state{
		space: s, request: r, process: &Process{File: r.Path, Release: r.Release}, trusting: true,
		byName: map[string]*Object{}, byFile: map[*file]*Object{}, byID: map[identity]*Object{},
		systems: map[string]bool{}, all: map[string]struct{}{}, open: openSymbols{libraries: map[string]bool{}},
	}
}

// choose returns the slice of a named file that is to be loaded.
func (s *Space) choose(name string, r Request) (*image, error) {
	archs := started(r.Processor, r.Release)
	if r.Arch != "" {
		archs = []string{r.Arch}
	}
	img, err := s.chooseIn(name, r, archs)
	if err == nil && img == nil {
		f, _ := s.open(name)
		if r.Arch != "" {
			return nil, fmt.Errorf("%s: no slice for %s: it has %s", shown(name), r.Arch, f.archs())
		}
		img, err = s.chooseIn(name, r, []string{f.slices[0].Arch()}) // the kernel refuses it, and says so
	}
	return img, err
}

// chooseIn returns the best slice for some architectures, or nil.
func (s *Space) chooseIn(name string, r Request, archs []string) (*image, error) {
	f, err := s.open(name)
	if err == nil {
		err = f.err
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", shown(name), err)
	}
	if len(f.slices) == 0 {
		return nil, fmt.Errorf("%s: %w", shown(name), abi.ErrFormat)
	}
	i := f.pick(archs)
	if i < 0 {
		return nil, nil
	}
	img := f.image(i)
	if img.err != nil {
		return nil, fmt.Errorf("%s: %w", shown(name), img.err)
	}
	if !img.macho.Loaded() {
		return nil, fmt.Errorf("%s: a file of kind %s is given to no loader", shown(name), img.macho.Kind)
	}
	return img, nil
}

// use makes the process one of an architecture and platform.
func (s *state) use(img *image) {
	p := s.process
	p.Arch, p.Platform = img.slice.Arch(), img.macho.Platform
	s.archs = taken(p.Arch, s.request.Processor)
}

// dlopen opens a library or bundle by its path.
func (s *state) dlopen(name string) {
	s.opening = true
	first := len(s.process.Objects)
	s.process.Opened = first
	var link *chain
	if s.main != nil {
		link = &chain{object: s.main}
	}
	top, failure := s.openTop(name, link)
	if failure != nil {
		s.process.fail(*failure)
		return
	}
	before := len(s.process.Failures)
	s.dependents(top, link)
	if len(s.process.Failures) == before {
		s.bindAll(s.process.Objects[first:], s.request.Lazy)
	}
}

// openTop maps the file that is opened.
func (s *state) openTop(name string, link *chain) (*Object, *Failure) {
	f, err := s.space.open(name)
	if err != nil {
		return nil, &Failure{Category: Other, Object: shown(name), Subject: shown(name), Message: err.Error()}
	}
	if o := s.loaded(f); o != nil {
		return o, nil
	}
	img, refusal := s.mappable(shown(name), f, false)
	if refusal == nil {
		return s.add(img, nil), nil
	}
	mode := 2 // RTLD_NOW
	if s.request.Lazy {
		mode = 1
	}
	return nil, &Failure{
		Category: refusal.category, Object: shown(name), Subject: shown(name), Why: refusal.why, Rule: refusal.rule,
		Message: fmt.Sprintf("dlopen(%s, 0x%04X): tried: '%s' (%s)", shown(name), mode, shown(name), refusal.text),
	}
}

// add puts an image into the process.
func (s *state) add(img *image, asker *Object) *Object {
	o := &Object{Path: img.real, File: img.macho, Loader: asker, image: img}
	s.process.Objects = append(s.process.Objects, o)
	for _, name := range []string{img.real, img.macho.ID.Name} {
		if s.byName[name] == nil && name != "" {
			s.byName[name] = o
		}
	}
	s.byFile[img.file] = o
	if id, ok := img.identity(); ok && s.byID[id] == nil {
		s.byID[id] = o
	}
	return o
}

// loaded returns the object that a file is in the process already, under
// whatever name, or nil.
func (s *state) loaded(f *file) *Object {
	if o := s.byFile[f]; o != nil {
		return o
	}
	if id, ok := f.identity(); ok {
		return s.byID[id]
	}
	return nil
}

func (s *state) notJudged(format string, args ...any) {
	s.process.NotJudged = append(s.process.NotJudged, fmt.Sprintf(format, args...))
}
