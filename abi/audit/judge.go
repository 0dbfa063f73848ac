package audit

import (
	"fmt"
	"slices"
	"sync/atomic"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/abi/packages"
	"github.com/abivet/abivet/elfcheck"
	"github.com/abivet/abivet/machocheck"
)

// Judge runs the rules that need no target over one entry.
func Judge(e Entry) abi.Result {
	rules, err := newRuleset(Options{})
	if err != nil {
		panic(err) // no rule is named, so none is unknown
	}
	return (&judge{rules: rules}).result(e)
}

// A judge runs the rules over what was read of a file.
type judge struct {
	rules   ruleset
	targets []abi.TargetSet
	options Options
	hosts   *hosts
	chosen  atomic.Pointer[chosen]
}

// result judges an entry.
func (j *judge) result(e Entry) abi.Result {
	r := abi.Result{Path: e.Path, Member: e.Member, Format: e.Format, Platform: e.Platform(), Err: e.Err}
	switch {
	case e.ELF != nil:
		r.Floor = e.ELF.Floor()
		j.elf(&r, e.ELF)
	case e.MachO != nil:
		r.Floor = machoFloor(e.MachO)
		j.macho(&r, e)
	case e.Package != nil:
		if e.Package.Kind == "wheel" {
			if tag := e.Package.TrueTag(); tag != "" {
				r.Floor = []string{tag}
			}
		}
		for _, t := range j.packageTargets(e.Package) {
			findings, skipped := abi.Check(j.rules.packages, e.Package, t)
			add(&r, findings, skipped)
		}
	}
	return r
}

// packageTargets are those that an application for Android is judged against;
// what other packages claim has a target of its own.
func (j *judge) packageTargets(p *packages.Package) []abi.Target {
	var all []abi.Target
	for _, set := range j.targets {
		for _, t := range set {
			if p.Kind == "android" && t.Platform.OS == "android" {
				all = append(all, t)
			}
		}
	}
	if all == nil {
		all = []abi.Target{{}}
	}
	return all
}

func (j *judge) elf(r *abi.Result, f *elfcheck.File) {
	if f.Packed != "" {
		j.packed(r, f)
		return
	}
	own, others := j.targetsOf(f)
	for _, t := range own {
		findings, skipped := abi.Check(j.rules.elf, f, t)
		add(r, findings, skipped)
	}
	for _, t := range others {
		// Of the rules that judge without a target nothing is left out.
		needs := slices.DeleteFunc(slices.Clone(j.rules.elf), func(rule abi.Rule[*elfcheck.File]) bool {
			return rule.Skip == nil || rule.Skip(f, abi.Target{}) == ""
		})
		unasked(r, needs, fmt.Sprintf("is linked with %s, which another target has; %s has %s", f.Libc, t.Name, t.Libc))
	}
}

// packed judges what the header of a packed program says, its processor, and leaves
// nothing else out in silence.
func (j *judge) packed(r *abi.Result, f *elfcheck.File) {
	hidden := slices.Clone(j.rules.elf)
	if i := slices.IndexFunc(hidden, func(rule abi.Rule[*elfcheck.File]) bool { return rule.ID == "wrong-architecture" }); i >= 0 {
		own, _ := j.targetsOf(f)
		for _, t := range own {
			findings, skipped := abi.Check(hidden[i:i+1], f, t)
			add(r, findings, skipped)
		}
		hidden = slices.Delete(hidden, i, i+1)
	}
	unasked(r, hidden, fmt.Sprintf("is packed by %s, and shows nothing of what it needs: check it before it is packed, or unpack it", f.Packed))
}

// macho judges one slice. Where the target asks for the platform of another
// slice of the file, nobody loads this one there.
func (j *judge) macho(r *abi.Result, e Entry) {
	for _, t := range targetsFor(j.targets, e.MachO.Platform) {
		if !t.Serves(e.MachO.Platform) && slices.ContainsFunc(e.Slices, func(s *machocheck.File) bool { return t.Serves(s.Platform) }) {
			unasked(r, j.rules.macho, fmt.Sprintf("target %s loads the slice for %s", t.Name, t.Platform))
			continue
		}
		findings, skipped := abi.Check(j.rules.macho, e.MachO, t)
		add(r, findings, skipped)
	}
	if len(e.Slices) > 0 && e.Slices[0] == e.MachO {
		j.universal(r, e.Slices)
	}
}

// universal judges all slices together; the first one's result has what is
// found.
func (j *judge) universal(r *abi.Result, all []*machocheck.File) {
	if len(j.targets) == 0 {
		findings, skipped := abi.Check(j.rules.universal, all, abi.Target{})
		add(r, findings, skipped)
	}
	for _, set := range j.targets {
		if !slices.ContainsFunc(set, func(t abi.Target) bool { return t.Platform.OS == all[0].Platform.OS }) {
			continue // of another system: the rules over one slice say so
		}
		// The target of any slice that the set has one for. A set of one
		// platform asks for that; a set of several, such as macos:13 without
		// an architecture, is content with one of them.
		t, ok := nearestIn(set, all[0].Platform)
		for i := 1; i < len(all) && !ok; i++ {
			if other, found := nearestIn(set, all[i].Platform); found {
				t, ok = other, found
			}
		}
		findings, skipped := abi.Check(j.rules.universal, all, t)
		add(r, findings, skipped)
	}
}

// add adds what is not there yet: two targets may find the same.
func add(r *abi.Result, findings []abi.Finding, skipped []abi.Skipped) {
	for _, f := range findings {
		if !slices.ContainsFunc(r.Findings, func(g abi.Finding) bool { return g.Rule == f.Rule && g.Message == f.Message }) {
			r.Findings = append(r.Findings, f)
		}
	}
	if len(r.Skipped) == 0 {
		r.Skipped = skipped // of one run of the rules, each of which says it once
		return
	}
	for _, s := range skipped {
		if !slices.Contains(r.Skipped, s) {
			r.Skipped = append(r.Skipped, s)
		}
	}
}
