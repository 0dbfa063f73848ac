package audit

import (
	"slices"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/machocheck"
)

// loadMachO judges what one slice brings with it, on each target: the release
// and the processor decide what dyld does.
func (j judge) loadMachO(r *abi.Result, c candidate, e Entry) {
	if j.options.MachOSpace != nil && e.MachO.Loaded() {
		inContainer(r, e, j.rules.machoProcess)
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
		p, err := j.options.MachOSpace.Load(request)
		if err != nil {
			r.Err = err
			return
		}
		findings, skipped := abi.Check(j.rules.machoProcess, p, t)
		add(r, findings, skipped)
	}
}
