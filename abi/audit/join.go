package audit

import (
	"slices"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/elfcheck"
)

// members collects what archive-floor finds in the members of archives, of which
// a container may have many, to say it once of each archive.
type members map[string]*elfcheck.ArchiveFloor

// add takes that out of the result of a member, which stays without it.
func (m *members) add(j *judge, number int, e Entry, r *abi.Result) {
	if e.ELF == nil || e.Member == "" || !slices.ContainsFunc(r.Findings, isArchiveFloor) {
		return
	}
	if *m == nil {
		*m = members{}
	}
	archive := (*m)[e.Path]
	if archive == nil {
		archive = &elfcheck.ArchiveFloor{}
		(*m)[e.Path] = archive
	}
	own, _ := j.targetsOf(e.ELF)
	for _, t := range own {
		archive.Add(number, e.Member, e.ELF, t)
	}
	r.Findings = slices.DeleteFunc(r.Findings, isArchiveFloor)
}

// join gives the findings to the results of the members that have them first.
func (m members) join(results []abi.Result) {
	for _, archive := range m {
		for number, f := range archive.Findings() {
			add(&results[number], []abi.Finding{f}, nil)
		}
	}
}

func isArchiveFloor(f abi.Finding) bool { return f.Rule == "archive-floor" }
