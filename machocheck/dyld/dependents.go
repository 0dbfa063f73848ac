package dyld

import (
	"fmt"

	"github.com/abivet/abivet/machocheck"
)

// dependents maps what an object asks for, and then, one after the other, what
// that asks for: dyld looks for all libraries of an object before it goes on to
// theirs.
func (s *state) dependents(o *Object, above *chain) {
	if o.Needs != nil {
		return
	}
	s.verify(o)
	o.Needs = make([]Need, 0, len(o.File.Dylibs))
	link := &chain{object: o, previous: above}
	for _, lib := range o.File.Dylibs {
		o.Needs = append(o.Needs, s.need(o, lib, link))
	}
	for i := range o.Needs {
		if next := o.Needs[i].Object; next != nil {
			s.dependents(next, link)
		}
	}
}

// need finds one library for an object, and notes what is wrong with it.
func (s *state) need(o *Object, lib machocheck.Dylib, link *chain) Need {
	need := Need{Dylib: lib}
	if lib.Link == machocheck.Lazy {
		// Nothing is mapped before a symbol of it is called.
		s.notJudged("%s: %s is loaded at the first call", shown(o.Path), lib.Name)
		need.Unknown = "is loaded at the first call"
		return need
	}
	q := query{name: lib.Name, static: true, asker: o, link: link, weak: lib.Link == machocheck.Weak}
	answer := s.find(q)
	need.Object, need.System, need.Looked = answer.object, answer.system, answer.looked
	switch {
	case answer.object != nil:
		if f := s.tooOld(o, lib, answer.object); f != nil {
			s.process.fail(*f)
		}
	case answer.system != "":
		s.systems[answer.system] = true
		s.poisoned(o, answer.system)
	case answer.unknown != "":
		need.Unknown = answer.unknown
		if !q.weak {
			s.process.doubt(fmt.Sprintf("%s needs %s: %s", shown(o.Path), lib.Name, answer.unknown))
		}
	case !q.weak:
		s.process.fail(s.notLoaded(q, answer))
	}
	return need
}
