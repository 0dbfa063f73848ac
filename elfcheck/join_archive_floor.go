package elfcheck

import (
	"fmt"
	"slices"
	"strings"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/internal/wording"
)

// JoinArchiveFloor takes what archive-floor found in members of one archive
// together: a finding for each release that is wanted, with the members in its
// evidence. A name that hundreds of members ask for is one thing to mend. Each
// finding comes with the number of the member that it was found in first.
func JoinArchiveFloor(members []string, findings [][]abi.Finding) [][]abi.Finding {
	joined := make([][]abi.Finding, len(findings))
	seen := map[string]*joint{} // by what is said of the names
	var order []*joint
	for i, found := range findings {
		for _, f := range found {
			_, why, _ := strings.Cut(f.Message, whichWord)
			key := f.Severity.String() + f.Target + why
			j := seen[key]
			if j == nil {
				j = &joint{Finding: f, alone: f, why: why, member: i}
				j.Evidence = nil
				seen[key], order = j, append(order, j)
			}
			j.add(members[i], f.Evidence)
		}
	}
	for _, j := range order {
		joined[j.member] = append(joined[j.member], j.finish())
	}
	return joined
}

// whichWord stands between the names and what is said of them.
const whichWord = ", which "

// A joint is a finding that several members have.
type joint struct {
	abi.Finding
	alone   abi.Finding // what the first says by itself
	why     string
	member  int
	members int
	lines   int
	names   map[string]bool
}

// add takes the evidence of a member, whose lines begin with the names.
func (j *joint) add(member string, evidence []string) {
	const most = 30
	if j.names == nil {
		j.names = map[string]bool{}
	}
	j.members++
	for _, line := range evidence {
		name, _, _ := strings.Cut(line, " is ")
		j.names[name] = true
		if j.lines++; j.lines <= most {
			j.Evidence = append(j.Evidence, wording.Plain(member)+": "+line)
		}
	}
}

func (j *joint) finish() abi.Finding {
	if j.members == 1 {
		return j.alone
	}
	names := make([]string, 0, len(j.names))
	for name := range j.names {
		names = append(names, name)
	}
	slices.Sort(names)
	j.Message = fmt.Sprintf("needs %s%s%s (%d members)", wording.List(names), whichWord, j.why, j.members)
	if more := j.lines - len(j.Evidence); more > 0 {
		j.Evidence = append(j.Evidence, fmt.Sprintf("and %d more", more))
	}
	j.Subject = names[0]
	return j.Finding
}
