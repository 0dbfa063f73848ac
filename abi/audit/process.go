package audit

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/elfcheck"
	"github.com/abivet/abivet/elfcheck/ldso"
)

// loadable reports whether a file is one that a loader is given: no object, and
// no member of an archive.
func (o Options) loadable(e Entry) bool {
	if o.Space == nil || e.ELF == nil || e.Member != "" {
		return false
	}
	k := e.ELF.Kind
	return k != elfcheck.Object && k != elfcheck.DebugInfo && (k != elfcheck.Shared || e.ELF.Dynamic)
}

// openELF loads a file. Among the files of a directory the host that was named
// opens its own extensions, and no others: it would be blamed for what a library
// or a module of another host lacks in it. That it does not start is said of all
// files.
func (j *judge) openELF(s *ldso.Space, c candidate, e Entry, r ldso.Request) (*ldso.Process, error) {
	if c.named || r.Host == "" {
		return s.Load(r)
	}
	asked := e.ELF.Platform.String()
	if j.hosts.passesOver(asked, e.ELF.Extensions) {
		r.Host = ""
		return s.Load(r)
	}
	p, err := s.Load(r)
	if err != nil || !p.Hosted {
		return p, err
	}
	if p.Serves() || len(p.Objects) == 0 { // not even the program was there: it lacks its loader
		return p, nil
	}
	j.hosts.learn(asked, e.ELF.Extensions, p.Opened < len(p.Objects))
	r.Host = ""
	return s.Load(r)
}

// place is the path of a file in the user space, or of the machine where it is
// outside.
func (c candidate) place() (name string, outside bool) {
	if c.source.Inside {
		return "/" + c.path, false
	}
	abs, err := filepath.Abs(c.path)
	if err != nil {
		abs = c.path
	}
	return abs, true
}

// load judges what a file brings with it in the user space.
func (j *judge) load(r *abi.Result, e Entry, in *laidOut) {
	c := in.from
	switch {
	case e.MachO != nil:
		j.loadMachO(r, in, e)
		return
	case !j.options.loadable(e):
		return
	case e.Container != "":
		in.load(j, r, e)
		return
	}
	request := j.options.Load
	request.Path, request.Outside = c.place()
	p, err := j.openELF(j.options.Space, c, e, request)
	if err != nil {
		r.Err = err
		return
	}
	if p.Unknown != "" && len(p.Failures) == 0 {
		r.Err = fmt.Errorf("no verdict of the loader: %s", p.Unknown)
		return
	}
	j.process(r, e, p)
}

func (j *judge) process(r *abi.Result, e Entry, p *ldso.Process) {
	own, _ := j.targetsOf(e.ELF) // elf has said so of the others
	for _, t := range own {
		findings, skipped := abi.Check(j.rules.process, p, t)
		add(r, findings, skipped)
	}
	if len(j.targets) > 0 {
		return
	}
	// The lines would read as if nothing had been bound.
	const none = "no target was named"
	for i, s := range r.Skipped {
		if strings.HasPrefix(s.Why, none) {
			r.Skipped[i].Why = "it was bound to the user space; " + s.Why
		}
	}
}
