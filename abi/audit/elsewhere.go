package audit

import (
	"fmt"
	"slices"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/elfcheck"
)

// targetsOf returns the targets that an ELF file is judged against, and those
// that have another C library than the one it is linked with, where there are
// such that have its own: who names Debian and Alpine has a file for each.
func targetsOf(sets []abi.TargetSet, f *elfcheck.File) (own, others []abi.Target) {
	all := targetsFor(sets, f.Platform)
	if f.Libc == "" || !slices.ContainsFunc(all, func(t abi.Target) bool { return t.Libc == f.Libc && t.Platform == f.Platform }) {
		return all, nil
	}
	for _, t := range all {
		if t.Libc == "" || t.Libc == f.Libc {
			own = append(own, t)
		} else {
			others = append(others, t)
		}
	}
	return own, others
}

// passOver takes back what was found in files of a package that its programs
// choose by their paths, where the path says a platform that no target is, and
// the file keeps to that: nobody loads it there. The package has to have a file
// that a target loads, or else nothing in it is for that, which is an error.
func (j judge) passOver(c candidate, p *Package, results []abi.Result) {
	if len(j.targets) == 0 || !p.choosesByPath() {
		return
	}
	type slice struct {
		path     string
		platform abi.Platform
	}
	elsewhere, served := map[slice]Entry{}, false // served: a target loads one
	for _, e := range p.Files {
		claim, ok := claimOfPath(e.Path)
		switch {
		case ok && !j.any(claim.admits):
			if p.keeps(e, claim) {
				elsewhere[slice{e.Container + "!" + e.Path, e.Platform()}] = e
			}
		case !served:
			served = j.any(func(t abi.Target) bool { return (!ok || claim.admits(t)) && loadsOn(e, t) })
		}
	}
	if !served {
		return
	}
	for i := range results {
		r := &results[i]
		e, ok := elsewhere[slice{r.Path, r.Platform}]
		if !ok || r.Member != "" {
			continue
		}
		r.Findings, r.Skipped = nil, nil
		claim, _ := claimOfPath(e.Path)
		why := fmt.Sprintf("its path in the package says %s, which no target is", claim.words())
		if e.ELF != nil {
			unasked(r, j.rules.elf, why)
		} else {
			unasked(r, j.rules.macho, why)
		}
		j.load(r, c, e)
	}
}

// choosesByPath reports whether programs choose files of such a package by
// their paths.
func (p *Package) choosesByPath() bool {
	return slices.Contains([]string{"npm", "gem", "jar", "nuget", "crate"}, p.Kind)
}

// keeps reports whether a file is for what its path says: of one that is not,
// the path may mean something else.
func (p *Package) keeps(e Entry, c claim) bool {
	isLinked := e.ELF == nil || e.ELF.Libc == "" || c.libc == "" || e.ELF.Libc == c.libc
	return isLinked && slices.ContainsFunc(c.platforms, func(want abi.Platform) bool { return p.isFor(e, want) })
}

func (j judge) any(ok func(abi.Target) bool) bool {
	return slices.ContainsFunc(j.targets, func(set abi.TargetSet) bool { return slices.ContainsFunc(set, ok) })
}

// admits reports whether what a claim is of may be loaded on a target.
func (c claim) admits(t abi.Target) bool {
	if c.libc != "" && t.Libc != "" && c.libc != t.Libc {
		return false
	}
	return slices.ContainsFunc(c.platforms, func(p abi.Platform) bool {
		sameArch := p.Arch == "" || p.Arch == t.Platform.Arch || p.Arch == "ppc64" && t.Platform.Arch == "ppc64le"
		return sameArch && (p.OS == "" || p.OS == t.Platform.OS)
	})
}

func loadsOn(e Entry, t abi.Target) bool {
	return serves(t, e.Platform()) && (e.ELF == nil || e.ELF.Libc == "" || t.Libc == "" || e.ELF.Libc == t.Libc)
}

// unasked says of rules that they did not judge, and why.
func unasked[F any](r *abi.Result, rules []abi.Rule[F], why string) {
	for _, rule := range rules {
		add(r, nil, []abi.Skipped{{Rule: rule.ID, Why: why}})
	}
}
