package dyld

import (
	"fmt"
	"slices"
	"strings"
)

// exec starts a program as the kernel and dyld do.
func (s *state) exec(img *image) {
	s.use(img)
	s.mainDir = dirOf(img.real)
	s.trusting = !restricted(img.macho)
	s.environment()
	s.embedded(img)
	s.main = s.add(img, nil)
	for _, f := range s.kernelRefuses(img) {
		s.process.fail(f)
	}
	s.validateMain(img)
	inserted := s.insert()
	s.dependents(s.main, nil)
	for _, o := range inserted {
		s.dependents(o, &chain{object: s.main})
	}
	if len(s.process.Failures) == 0 {
		s.bindAll(s.process.Objects, true)
	}
	s.process.Opened = len(s.process.Objects)
}

// insert loads what DYLD_INSERT_LIBRARIES names; one that cannot be loaded ends
// the start. Origin: RuntimeState::loadInsertedLibraries.
func (s *state) insert() (inserted []*Object) {
	if !s.trusting {
		return nil
	}
	for _, name := range s.request.Insert {
		q := query{name: name, static: true, inserted: true, asker: s.main, link: &chain{object: s.main}}
		switch a := s.find(q); {
		case a.object != nil && a.object != s.main && !slices.Contains(inserted, a.object):
			inserted = append(inserted, a.object)
		case a.system != "":
			s.systems[a.system] = true
		case a.unknown != "":
			s.process.doubt(fmt.Sprintf("DYLD_INSERT_LIBRARIES %s: %s", name, a.unknown))
		case !a.found():
			f := s.notLoaded(q, a)
			_, reason, _ := strings.Cut(f.Message, "Reason: ")
			f.Message = fmt.Sprintf("terminating because inserted dylib '%s' could not be loaded: %s", name, reason)
			s.process.fail(f)
		}
	}
	return inserted
}

// bare readies a process in which nothing is known but what it opens.
func (s *state) bare(img *image) {
	s.use(img)
	s.process.Plugin = true
	s.environment()
}
