package audit

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/machocheck"
	"github.com/abivet/abivet/machocheck/dyld"
)

// loadMachO judges what one slice brings with it, on each target: the release
// and the processor decide what dyld does.
func (j *judge) loadMachO(r *abi.Result, in *laidOut, e Entry) {
	c := in.from
	if j.options.MachOSpace != nil && e.MachO.Loaded() {
		if e.Container != "" {
			in.passed = cmp.Or(in.passed, errNotLaidOut.Error())
		}
		inContainer(r, e, j.rules.machoProcess, errNotLaidOut.Error())
	}
	if j.options.MachOSpace == nil || e.Member != "" || e.Container != "" || !e.MachO.Loaded() {
		return
	}
	for _, t := range targetsFor(j.targets, e.MachO.Platform) {
		if !t.Serves(e.MachO.Platform) && slices.ContainsFunc(e.Slices, func(s *machocheck.File) bool { return t.Serves(s.Platform) }) {
			continue // macho has said that nobody loads this slice there
		}
		request := j.options.LoadMachO
		request.Path, request.Outside = c.place()
		request.Arch = e.MachO.Arch
		if t.Platform.OS == "darwin" {
			request.Release, request.Processor = t.MinOS, t.Platform.Arch
		}
		p, err := j.openMachO(c, e, request)
		if err != nil {
			r.Err = err
			return
		}
		if !p.Loads(e.MachO) {
			unasked(r, j.rules.machoProcess, fmt.Sprintf("the program of --host, for %s, loads another slice", p.Arch))
			continue
		}
		findings, skipped := abi.Check(j.rules.machoProcess, p, t)
		add(r, findings, skipped)
	}
}

// openMachO is openELF for a slice.
func (j *judge) openMachO(c candidate, e Entry, r dyld.Request) (*dyld.Process, error) {
	if c.named || r.Host == "" || e.MachO.Kind == machocheck.Executable {
		return j.options.MachOSpace.Load(r)
	}
	asked := fmt.Sprint(e.MachO.Arch, " ", r.Processor, " ", r.Release) // it may start on one release and not on another
	if j.hosts.passesOver(asked, e.MachO.Extensions) {
		r.Host = ""
		return j.options.MachOSpace.Load(r)
	}
	p, err := j.options.MachOSpace.Load(r)
	if err != nil || !p.Hosted {
		return p, err
	}
	if p.Serves() || !p.Loads(e.MachO) {
		return p, nil
	}
	j.hosts.learn(asked, e.MachO.Extensions, p.Opened < len(p.Objects))
	r.Host = ""
	return j.options.MachOSpace.Load(r)
}
