package packages

import (
	"iter"
	"slices"

	"github.com/abivet/abivet/abi"
)

// Elsewhere yields the files that programs choose by their paths, of which the
// path says a platform that no target is, and keep to that: nobody loads them
// there. With each comes what its path says. The package has to have a file that
// a target loads, or else nothing in it is for that, and nothing is yielded.
func (p *Package) Elsewhere(sets []abi.TargetSet) iter.Seq2[File, string] {
	return func(yield func(File, string) bool) {
		if len(sets) == 0 || !p.choosesByPath() {
			return
		}
		type other struct {
			file File
			says string
		}
		var elsewhere []other
		served := false // a target loads one
		for _, f := range p.Files {
			claim, ok := claimOfPath(f.Path)
			switch {
			case ok && !anyTarget(sets, claim.admits):
				if p.keeps(f, claim) {
					elsewhere = append(elsewhere, other{f, claim.words()})
				}
			case !served:
				served = anyTarget(sets, func(t abi.Target) bool { return (!ok || claim.admits(t)) && f.loadsOn(t) })
			}
		}
		for _, o := range elsewhere {
			if !served || !yield(o.file, o.says) {
				return
			}
		}
	}
}

// choosesByPath reports whether programs choose files of such a package by
// their paths.
func (p *Package) choosesByPath() bool {
	return slices.Contains([]string{"npm", "gem", "jar", "nuget", "crate"}, p.Kind)
}

// keeps reports whether a file is for what its path says: of one that is not,
// the path may mean something else.
func (p *Package) keeps(f File, c claim) bool {
	isLinked := f.ELF == nil || f.ELF.Libc == "" || c.libc == "" || f.ELF.Libc == c.libc
	return isLinked && slices.ContainsFunc(c.platforms, func(want abi.Platform) bool { return p.isFor(f, want) })
}

func anyTarget(sets []abi.TargetSet, ok func(abi.Target) bool) bool {
	return slices.ContainsFunc(sets, func(set abi.TargetSet) bool { return slices.ContainsFunc(set, ok) })
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

func (f File) loadsOn(t abi.Target) bool {
	return t.Serves(f.Platform()) && (f.ELF == nil || f.ELF.Libc == "" || t.Libc == "" || f.ELF.Libc == t.Libc)
}
