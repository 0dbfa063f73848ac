package ldso

import (
	"slices"
	"strings"
)

// filters finds the libraries that stand in for an object: what DT_FILTER names
// must be there, what DT_AUXILIARY names may be.
func (s *state) filters(o *Object) []*Object {
	var found []*Object
	for i, names := range [][]string{o.File.Auxiliary, o.File.Filter} {
		for _, name := range names {
			full, ok := s.expand(name, o.origin)
			if !ok {
				continue
			}
			known := len(s.process.Objects)
			need, failure := s.find(full, o)
			switch {
			case s.exhausted():
				return nil
			case failure == nil:
				o.filters = append(o.filters, need.Object)
				if !need.Object.startup || !s.opening {
					found = append(found, need.Object)
				}
			case i == 1:
				s.process.fail(*failure)
			default: // forgotten, with what it has brought
				s.process.Objects = s.process.Objects[:known]
				clear(s.goesBy)
			}
		}
	}
	if len(found) > 0 && o == s.first() && s.before("2.32") {
		s.process.fail(Failure{
			Category: LoaderAssert, Object: shown(o.Path), Subject: shown(found[0].Path),
			Message: "Inconsistency detected by ld.so: dl-deps.c: _dl_map_object_deps: Assertion `map->l_searchlist.r_list[0] == map' failed!",
			Why:     "glibc before 2.32 does not open a filter (bug 16272)",
		})
	}
	return found
}

// first is the object that the process is about.
func (s *state) first() *Object {
	if s.opening {
		return s.process.Objects[s.process.Opened]
	}
	return s.process.Objects[0]
}

// startUp maps a program with its closure, after what the environment and the user
// space preload into every program.
func (s *state) startUp() {
	program := s.process.Objects[0]
	for _, name := range slices.Concat(s.preload, s.space.preloads()) {
		known := len(s.process.Objects)
		need, failure := s.find(name, program)
		if failure != nil || need.Object == nil || len(s.process.Objects) == known {
			continue // the loader says so, and goes on
		}
		s.preloaded = append(s.preloaded, need.Object)
	}
	s.closure(append([]*Object{program}, s.preloaded...))
}

// startScope is the scope of a program: itself, what is preloaded, and what all
// these need.
func (s *state) startScope() []*Object {
	return s.group(append([]*Object{s.process.Objects[0]}, s.preloaded...)...)
}

const preloadFile = "/etc/ld.so.preload"

// preloads reads the names in /etc/ld.so.preload.
func (s *Space) preloads() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.preload == nil {
		s.preload = []string{}
		if _, info, err := s.root.paths.Resolve(preloadFile); err == nil && info.Mode().IsRegular() && !s.denied(preloadFile) {
			for text := range strings.Lines(string(s.contents(preloadFile))) {
				text, _, _ = strings.Cut(text, "#")
				s.preload = append(s.preload, strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(": \t\n", r) })...)
			}
		}
	}
	return s.preload
}
