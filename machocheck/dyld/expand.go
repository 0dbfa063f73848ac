package dyld

import (
	"strings"

	"github.com/abivet/abivet/abi"
)

// What made dyld look at a place, beside the LC_RPATH of an object.
const (
	byPath     = "path"
	byDisk     = "path, on disk" // not in the cache of the system's libraries
	byFallback = "fallback"
)

const (
	loaderPath     = "@loader_path"
	executablePath = "@executable_path"
	runPath        = "@rpath/"

	// maxPath is that of macOS, with the NUL. dyld cuts what is longer, and then
	// does not find it.
	maxPath = 1024

	// cryptex is where releases from 13 on have another root for libraries.
	cryptex = "/System/Volumes/Preboot/Cryptexes/OS"
)

// candidates yields the places of a library in dyld's order.
func (s *state) candidates(q query) func(func(Place) bool) {
	return func(yield func(Place) bool) {
		if len(q.name) >= maxPath || !s.before(q.name, yield) {
			return
		}
		if s.itself(q, yield) {
			s.after(q, yield)
		}
	}
}

// itself yields the places that the path of a library stands for.
func (s *state) itself(q query, yield func(Place) bool) bool {
	switch {
	case q.inserted && (strings.HasPrefix(q.name, runPath) || hasVariable(q.name, loaderPath)):
		// dyld does not expand them there.
	case strings.HasPrefix(q.name, runPath):
		return s.rpaths(q, yield)
	case hasVariable(q.name, loaderPath):
		return yield(Place{Path: s.atLoader(q.name, q.link.object), By: loaderPath})
	case hasVariable(q.name, executablePath):
		return s.main == nil || yield(Place{Path: s.atProgram(q.name), By: executablePath})
	}
	return s.plain(q.name, byPath, yield)
}

// plain yields a path as it stands, and what newer releases try around it.
func (s *state) plain(name, by string, yield func(Place) bool) bool {
	if strings.HasPrefix(name, "/") && !s.process.Release.Less("13.0") {
		if by == byPath && !yield(Place{Path: name, By: byDisk}) {
			return false
		}
		if !s.cryptexed(name, by, yield) {
			return false
		}
	}
	return yield(Place{Path: name, By: by})
}

func (s *state) cryptexed(name, by string, yield func(Place) bool) bool {
	return s.process.Release.Less("13.0") || yield(Place{Path: cryptex + name, By: by})
}

// rpaths yields the places of @rpath: the paths of the object that asks, then
// of the one that loaded it, and so on to the program.
func (s *state) rpaths(q query, yield func(Place) bool) bool {
	tail := q.name[len(runPath)-1:]
	for link := q.link; link != nil; link = link.previous {
		by := "LC_RPATH of " + shown(link.object.Path)
		for _, dir := range link.object.File.RPaths {
			if !s.rpath(dir, tail, by, link.object, yield) {
				return false
			}
		}
	}
	return true
}

// rpath yields the places of one LC_RPATH.
func (s *state) rpath(dir, tail, by string, o *Object, yield func(Place) bool) bool {
	switch {
	case len(dir)+len(tail) >= maxPath:
		return true
	case hasVariable(dir, loaderPath):
		return yield(Place{Path: s.atLoader(dir, o) + slashed(dir, tail), By: by})
	case hasVariable(dir, executablePath):
		return s.main == nil || yield(Place{Path: s.atProgram(dir) + slashed(dir, tail), By: by})
	case strings.HasPrefix(dir, "@"):
		return true // another variable stands for nothing here
	case strings.HasPrefix(dir, "/"):
		full := dir + slashed(dir, tail)
		return yield(Place{Path: full, By: by}) && s.cryptexed(full, by, yield)
	}
	return yield(Place{Path: dir + slashed(dir, tail), By: by})
}

// slashed is the tail without a slash where the directory ends in one.
func slashed(dir, tail string) string {
	if strings.HasSuffix(dir, "/") {
		return tail[1:]
	}
	return tail
}

// atLoader puts the directory of an object in place of @loader_path.
func (s *state) atLoader(name string, o *Object) string {
	return joined(dirOf(o.Path), name[len(loaderPath):])
}

// atProgram puts the directory of the program in place of @executable_path.
// Since macOS 13 the parts ".." that follow at once are taken away from it: it
// has no links in it.
func (s *state) atProgram(name string) string {
	dir, rest := s.mainDir, name[len(executablePath):]
	for !s.process.Release.Less("13.0") && strings.HasPrefix(rest, "/..") && strings.Count(dir, "/") > 1 {
		dir, rest = dirOf(dir), rest[len("/.."):]
	}
	return joined(dir, rest)
}

// joined adds what follows a variable. It does not clean the path: dyld does
// not, and "a/../b" is not b where a is missing or a link.
func joined(dir, rest string) string {
	return strings.TrimSuffix(dir, "/") + rest
}

// hasVariable reports whether a path begins with a variable.
func hasVariable(name, variable string) bool {
	rest, ok := strings.CutPrefix(name, variable)
	return ok && (rest == "" || rest[0] == '/')
}

// fallbacksEnd is the SDK from which on images do without the directories that
// dyld looks in at last, on macOS 13 and later.
const fallbacksEnd abi.Version = "13.0"
