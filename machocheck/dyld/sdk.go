package dyld

import (
	"io"
	"io/fs"
	"strings"
	"sync"

	"github.com/abivet/abivet/internal/rootpath"
)

// An SDK has the stubs of a system's libraries (.tbd files): which there are,
// and what they export. It reads each when it is first asked for, and is safe
// for use by several goroutines.
type SDK struct {
	paths *rootpath.Resolver
	mu    sync.Mutex
	stubs map[string]*stub
	read  map[string]bool // files
}

// A stub is a library of the SDK, with its symbols by name.
type stub struct {
	Stub
	mu      sync.Mutex
	symbols map[string]map[string]struct{} // by architecture
}

// NewSDK returns the SDK in a directory, such as MacOSX15.sdk.
func NewSDK(fsys fs.FS) *SDK {
	return &SDK{paths: rootpath.New(fsys), stubs: map[string]*stub{}, read: map[string]bool{}}
}

// library returns the library of an install name, or nil.
func (s *SDK) library(name string) *stub {
	s.mu.Lock()
	defer s.mu.Unlock()
	if lib := s.stubs[name]; lib != nil {
		return lib
	}
	for _, file := range stubFiles(name) {
		s.readFile(file)
		if lib := s.stubs[name]; lib != nil {
			return lib
		}
	}
	return nil
}

// stubFiles are where the stub of a library may stand: beside it in name, and
// for some without the parts of its version.
func stubFiles(name string) []string {
	base, ok := strings.CutSuffix(name, ".dylib")
	files := []string{base + ".tbd"}
	if !ok {
		return files
	}
	slash := strings.LastIndexByte(base, '/')
	for dot := strings.LastIndexByte(base, '.'); dot > slash; dot = strings.LastIndexByte(base, '.') {
		base = base[:dot]
		files = append(files, base+".tbd")
	}
	return files
}

// readFile adds the libraries of a file. One that cannot be read has none.
func (s *SDK) readFile(name string) {
	if s.read[name] {
		return
	}
	s.read[name] = true
	f, err := s.paths.Open(name)
	if err != nil {
		return
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxTBD+1))
	if err != nil {
		return
	}
	stubs, err := ReadTBD(data)
	if err != nil {
		return
	}
	for _, each := range stubs {
		if s.stubs[each.InstallName] == nil {
			s.stubs[each.InstallName] = &stub{Stub: each}
		}
	}
}

// exports reports whether a library, or one that it offers as its own, exports
// a symbol. A library that it offers and the SDK does not have may do so: known
// is then false.
func (s *SDK) exports(name, arch, symbol string) (has, known bool) {
	known = true
	seen := map[string]bool{}
	todo := []string{name}
	for len(todo) > 0 {
		next := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if seen[next] {
			continue
		}
		seen[next] = true
		lib := s.library(next)
		if lib == nil {
			known = false
			continue
		}
		if lib.has(arch, symbol) {
			return true, true
		}
		for _, e := range lib.Exports {
			if e.covers(arch) {
				todo = append(todo, e.Reexports...)
			}
		}
	}
	return false, known
}

// covers reports whether exports hold for an architecture. Stubs since macOS 11
// have arm64e for all of Apple silicon.
func (e StubExports) covers(arch string) bool {
	for _, a := range e.Archs {
		if a == arch || a == archAppleE && arch == archApple || a == archIntel && arch == archHaswell {
			return true
		}
	}
	return false
}

func (lib *stub) has(arch, symbol string) bool {
	lib.mu.Lock()
	defer lib.mu.Unlock()
	set := lib.symbols[arch]
	if set == nil {
		set = map[string]struct{}{}
		for _, e := range lib.Exports {
			if !e.covers(arch) {
				continue
			}
			for _, name := range e.Symbols {
				set[name] = struct{}{}
			}
		}
		if lib.symbols == nil {
			lib.symbols = map[string]map[string]struct{}{}
		}
		lib.symbols[arch] = set
	}
	_, ok := set[symbol]
	return ok
}
