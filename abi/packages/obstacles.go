package packages

import (
	"fmt"
	"slices"
	"strings"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/elfcheck"
	"github.com/abivet/abivet/machocheck"
)

const notInTarget = "library-not-in-target"

// Obstacles returns the messages of the errors that a target raises, and the
// reasons of the rules that could not judge. Only rules that every user asks for
// count: hygiene keeps no file from running.
func (f File) Obstacles(t abi.Target) (messages, unjudged []string) {
	collect := func(findings []abi.Finding, skipped []abi.Skipped) {
		for _, found := range findings {
			if found.Severity == abi.Error {
				messages = addNew(messages, found.Message)
			}
		}
		for _, s := range skipped {
			unjudged = addNew(unjudged, s.Why)
		}
	}
	switch {
	case f.ELF != nil:
		collect(abi.Check(usual(elfcheck.Rules()), f.ELF, t))
	case f.MachO != nil:
		collect(abi.Check(usual(machocheck.Rules()), f.MachO, t))
	}
	return messages, unjudged
}

// usual takes the rules that every user asks for.
func usual[F any](rules []abi.Rule[F]) []abi.Rule[F] {
	return slices.DeleteFunc(rules, func(r abi.Rule[F]) bool { return r.Release || r.Costly })
}

// obstacles returns what keeps a file of the package from a target; only wheels
// have to bring all libraries but those of the policy. What is wrong with it
// anywhere is no question of the target, but for private symbols: they are those
// of one glibc, and no policy promises them.
func (p *Package) obstacles(f File, t abi.Target) []string {
	var messages []string
	anywhere, _ := f.Obstacles(abi.Target{})
	for _, found := range f.errorsFor(t) {
		switch {
		case found.Rule == notInTarget && (p.Kind != "wheel" || p.grafts || p.Brings(f.ELF, found.Subject)):
		case found.Rule != "glibc-private" && slices.Contains(anywhere, found.Message):
		default:
			messages = append(messages, found.Message)
		}
	}
	return append(messages, p.private(f, messages)...)
}

// private is what glibc-private lets pass: glibc's own libraries use its private
// symbols by right, but not out of a wheel, beside another glibc.
func (p *Package) private(f File, messages []string) []string {
	if p.Kind != "wheel" || f.ELF == nil || slices.ContainsFunc(messages, func(m string) bool { return strings.Contains(m, "GLIBC_PRIVATE") }) {
		return nil
	}
	for _, need := range f.ELF.VersionNeeds {
		if need.Version == "GLIBC_PRIVATE" {
			return []string{fmt.Sprintf("needs GLIBC_PRIVATE from %s: a part of one glibc, which no other has to fit", need.File)}
		}
	}
	return nil
}

// errorsFor returns the errors that a target raises, and the warnings that one
// in a package comes to.
func (f File) errorsFor(t abi.Target) (all []abi.Finding) {
	if f.ELF == nil {
		return nil
	}
	findings, _ := abi.Check(usual(elfcheck.Rules()), f.ELF, t)
	for _, found := range findings {
		if found.Severity == abi.Error || found.Rule == notInTarget {
			all = append(all, found)
		}
	}
	return all
}
