package audit

import (
	"slices"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/elfcheck"
)

// joinMembers says once of an archive what archive-floor finds in many of its
// members. The others stay, without that.
func joinMembers(results []abi.Result) {
	byArchive := map[string][]int{}
	for i, r := range results {
		if r.Member != "" && slices.ContainsFunc(r.Findings, isArchiveFloor) {
			byArchive[r.Path] = append(byArchive[r.Path], i)
		}
	}
	for _, at := range byArchive {
		members, findings := make([]string, len(at)), make([][]abi.Finding, len(at))
		for n, i := range at {
			r := &results[i]
			members[n] = r.Member
			for _, f := range r.Findings {
				if isArchiveFloor(f) {
					findings[n] = append(findings[n], f)
				}
			}
			r.Findings = slices.DeleteFunc(r.Findings, isArchiveFloor)
		}
		for n, found := range elfcheck.JoinArchiveFloor(members, findings) {
			results[at[n]].Findings = append(results[at[n]].Findings, found...)
		}
	}
}

func isArchiveFloor(f abi.Finding) bool { return f.Rule == "archive-floor" }
