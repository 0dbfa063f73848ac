package audit

import (
	"slices"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/abi/packages"
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

// chosen are the targets of the files of a platform and a C library.
type chosen struct {
	platform    abi.Platform
	libc        abi.Libc
	own, others []abi.Target
}

// targetsOf is that of the judge's sets. Most files have those of the one before.
func (j *judge) targetsOf(f *elfcheck.File) (own, others []abi.Target) {
	c := j.chosen.Load()
	if c == nil || c.platform != f.Platform || c.libc != f.Libc {
		c = &chosen{platform: f.Platform, libc: f.Libc}
		c.own, c.others = targetsOf(j.targets, f)
		j.chosen.Store(c)
	}
	return c.own, c.others
}

// passOver takes back what was found in files of a package that its programs
// choose by their paths, and that they choose on no target; and in all files of one
// that was met in a tree, and is installed on no target.
func (j *judge) passOver(p *packages.Package, results []abi.Result, met bool) {
	type slice struct {
		path     string
		platform abi.Platform
	}
	reasons, files := map[slice]string{}, map[slice]packages.File{}
	for f, why := range p.Elsewhere(j.targets) {
		s := slice{f.Place, f.Platform()}
		reasons[s], files[s] = why, f
	}
	if why := p.Outside(j.targets); met && why != "" {
		for _, f := range p.Files {
			s := slice{f.Place, f.Platform()}
			reasons[s], files[s] = why, f
		}
	}
	for i := range results {
		r := &results[i]
		s := slice{r.Path, r.Platform}
		f, ok := files[s]
		if !ok || r.Member != "" {
			continue
		}
		r.Findings, r.Skipped, r.Err = nil, nil, nil
		if f.ELF != nil {
			unasked(r, j.rules.elf, reasons[s])
		} else {
			unasked(r, j.rules.macho, reasons[s])
		}
		switch {
		case f.ELF != nil && j.options.Space != nil:
			unasked(r, j.rules.process, reasons[s])
		case f.MachO != nil && j.options.MachOSpace != nil:
			unasked(r, j.rules.machoProcess, reasons[s])
		}
	}
}

// unasked says of rules that they did not judge, and why.
func unasked[F any](r *abi.Result, rules []abi.Rule[F], why string) {
	for _, rule := range rules {
		add(r, nil, []abi.Skipped{{Rule: rule.ID, Why: why}})
	}
}
