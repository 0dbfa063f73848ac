package audit

import (
	"path/filepath"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/elfcheck"
	"github.com/abivet/abivet/elfcheck/ldso"
)

// request says how a candidate is loaded in the user space, or is false for
// what no loader is given: an object, a member of an archive, a file in a
// container.
func (o Options) request(c candidate, e Entry) (ldso.Request, bool) {
	if o.Space == nil || e.ELF == nil || e.Member != "" || e.Path != c.path {
		return ldso.Request{}, false
	}
	if k := e.ELF.Kind; k == elfcheck.Object || k == elfcheck.DebugInfo || k == elfcheck.Shared && !e.ELF.Dynamic {
		return ldso.Request{}, false
	}
	r := o.Load
	if c.source.Inside {
		r.Path = "/" + c.path
		return r, true
	}
	abs, err := filepath.Abs(c.path)
	if err != nil {
		abs = c.path
	}
	r.Path, r.Outside = abs, true
	return r, true
}

// load judges what a file brings with it in the user space.
func (j judge) load(r *abi.Result, c candidate, e Entry) {
	request, ok := j.options.request(c, e)
	if !ok {
		return
	}
	p, err := j.options.Space.Load(request)
	if err != nil {
		r.Err = err
		return
	}
	if p.Unknown != "" {
		for _, rule := range j.rules.process {
			add(r, nil, []abi.Skipped{{Rule: rule.ID, Why: p.Unknown}})
		}
		return
	}
	for _, t := range targetsFor(j.targets, e.ELF.Platform) {
		findings, skipped := abi.Check(j.rules.process, p, t)
		add(r, findings, skipped)
	}
}
