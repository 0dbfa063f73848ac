package audit

import (
	"fmt"
	"path/filepath"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/elfcheck"
	"github.com/abivet/abivet/elfcheck/ldso"
)

// request says how a candidate is loaded in the user space, or is false for
// what no loader is given: an object, a member of an archive, a file in a
// container.
func (o Options) request(c candidate, e Entry) (ldso.Request, bool) {
	if o.Space == nil || e.ELF == nil || e.Member != "" || e.Container != "" {
		return ldso.Request{}, false
	}
	if k := e.ELF.Kind; k == elfcheck.Object || k == elfcheck.DebugInfo || k == elfcheck.Shared && !e.ELF.Dynamic {
		return ldso.Request{}, false
	}
	r := o.Load
	r.Path, r.Outside = c.place()
	return r, true
}

// openELF loads a file. Among the files of a directory the host that was named
// opens its own extensions, and no others: it would be blamed for what a library
// or a module of another host lacks in it. That it does not start is said of all
// files.
func (j judge) openELF(c candidate, e Entry, r ldso.Request) (*ldso.Process, error) {
	if c.named || r.Host == "" {
		return j.options.Space.Load(r)
	}
	asked := e.ELF.Platform.String()
	if j.hosts.passesOver(asked, e.ELF.Extensions) {
		r.Host = ""
		return j.options.Space.Load(r)
	}
	p, err := j.options.Space.Load(r)
	if err != nil || !p.Hosted {
		return p, err
	}
	if p.Serves() {
		return p, nil
	}
	j.hosts.learn(asked, e.ELF.Extensions, p.Opened < len(p.Objects))
	r.Host = ""
	return j.options.Space.Load(r)
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
func (j judge) load(r *abi.Result, c candidate, e Entry) {
	if e.MachO != nil {
		j.loadMachO(r, c, e)
		return
	}
	request, ok := j.options.request(c, e)
	if !ok {
		if e.ELF != nil && j.options.Space != nil {
			inContainer(r, e, j.rules.process)
		}
		return
	}
	p, err := j.openELF(c, e, request)
	if err != nil {
		r.Err = err
		return
	}
	if p.Unknown != "" && len(p.Failures) == 0 {
		r.Err = fmt.Errorf("no verdict of the loader: %s", p.Unknown)
		return
	}
	own, _ := targetsOf(j.targets, e.ELF) // elf has said so of the others
	for _, t := range own {
		findings, skipped := abi.Check(j.rules.process, p, t)
		add(r, findings, skipped)
	}
}

// inContainer says that what a file in a container brings was not judged.
func inContainer[F any](r *abi.Result, e Entry, rules []abi.Rule[F]) {
	if e.Container == "" || e.Member != "" {
		return
	}
	for _, rule := range rules {
		add(r, nil, []abi.Skipped{{Rule: rule.ID, Why: "what a file in a container brings is not judged; the command load does, or unpack it"}})
	}
}
