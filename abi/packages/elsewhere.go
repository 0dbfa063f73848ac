package packages

import (
	"fmt"
	"iter"
	"path"
	"slices"
	"strings"

	"github.com/abivet/abivet/abi"
)

// Elsewhere yields the files that programs choose by their paths, and that they
// choose on no target: the path says another platform, or a file beside it is for
// the C library that all targets have. With each comes the reason. Only a file
// that is for what its path says counts, and the package has to have a file that
// a target loads, or else nothing in it is for that, and nothing is yielded.
func (p *Package) Elsewhere(sets []abi.TargetSet) iter.Seq2[File, string] {
	return func(yield func(File, string) bool) {
		if len(sets) == 0 || !p.choosesByPath() {
			return
		}
		type other struct {
			file File
			why  string
		}
		var elsewhere []other
		served := false // a target loads one
		for _, f := range p.Files {
			claim, ok := p.claimOf(f.Path)
			why := ""
			if ok && !anyTarget(sets, claim.admits) {
				why = fmt.Sprintf("its path in the package says %s, which no target is", claim.words())
			} else if twin, libc := p.twin(f, claim); twin != "" && !anyTarget(sets, claim.with(libc).admits) {
				why = fmt.Sprintf("is for %s; for the other C library, which the targets have, there is %s", libc, twin)
			}
			switch {
			case why == "" && !served:
				served = anyTarget(sets, func(t abi.Target) bool { return (!ok || claim.admits(t)) && f.loadsOn(t) })
			case why != "" && p.keeps(f, claim):
				elsewhere = append(elsewhere, other{f, why})
			}
		}
		for _, o := range elsewhere {
			if !served || !yield(o.file, o.why) {
				return
			}
		}
	}
}

// Outside says why npm installs a package on no target, or "": each word that it has
// for os, cpu and libc is of others. A tree that has it all the same was made with
// --force, --os or --cpu, to be packed for several platforms.
func (p *Package) Outside(sets []abi.TargetSet) string {
	claims, unknown := p.claims()
	if p.Kind != "npm" || len(sets) == 0 || len(claims) == 0 || len(unknown) > 0 {
		return ""
	}
	for _, c := range claims {
		if anyTarget(sets, c.admits) {
			return ""
		}
	}
	return "its package is for another platform: " + strings.Join(p.Tags, ", ")
}

// claimOf is what the path of a file says: in a package for one platform it may
// be of no more than the C library (node.napi.musl.node).
func (p *Package) claimOf(name string) (claim, bool) {
	if c, ok := claimOfPath(name); ok || len(p.Tags) != 1 {
		return c, ok
	}
	c, ok := parseWords(p.Tags[0])
	libcs := listen(path.Base(name)).libcs
	if !ok || c.libc != "" || len(libcs) != 1 || c.platforms[0].OS != "linux" {
		return claim{}, false
	}
	return c.with(libcs[0]), true
}

// twin returns the file that is for the other C library than this one, of which
// the path does not say for which it is: x.musl.node beside x.node, Linux-Musl/x.so
// beside Linux/x.so. Who has both to choose from takes the one that says more
// (tags in node-gyp-build.js). With it comes the C library that this one is left
// to.
func (p *Package) twin(f File, c claim) (name string, libc abi.Libc) {
	if f.ELF == nil || f.ELF.Libc == "" || c.libc != "" || c.platforms == nil {
		return "", ""
	}
	for _, o := range p.Files {
		if o.ELF == nil || o.ELF.Libc == f.ELF.Libc || o.Platform() != f.Platform() || len(o.Path) <= len(f.Path) || withoutLibc(o.Path) != f.Path {
			continue
		}
		if said, ok := p.claimOf(o.Path); ok && said.libc != "" && said.libc == o.ELF.Libc {
			return o.Path, f.ELF.Libc
		}
	}
	return "", ""
}

// withoutLibc takes the words for a C library out of a path, but for one that is
// a directory of its own.
func withoutLibc(name string) string {
	var b strings.Builder
	for name != "" {
		end := 1 + strings.IndexAny(name[1:]+"/", "/.-_")
		word := name[:end]
		if (word[0] != '.' && word[0] != '-' && word[0] != '_') || libcWords[strings.ToLower(word[1:])] == "" {
			b.WriteString(word)
		}
		name = name[end:]
	}
	return b.String()
}

// with is a claim for one C library.
func (c claim) with(libc abi.Libc) claim {
	c.libc = libc
	return c
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
