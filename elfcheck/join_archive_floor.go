package elfcheck

import (
	"fmt"
	"iter"
	"maps"
	"slices"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/internal/wording"
)

// An ArchiveFloor takes what archive-floor finds in the members of one archive
// together: a finding for each release that is wanted, with the members in its
// evidence. A name that hundreds of members ask for is one thing to mend.
type ArchiveFloor struct {
	joints map[jointKey]*joint
	order  []*joint
}

// A jointKey is what findings have in common that say the same of other names.
type jointKey struct {
	lack
	target string
}

// A joint is what several members lack for one reason.
type joint struct {
	jointKey
	first    int // number of the member
	members  []string
	names    map[string]bool
	lines    int
	evidence []string // with the member before each
	alone    []string // the evidence of the first
}

// Add takes a member of the archive, with its number.
func (a *ArchiveFloor) Add(number int, member string, f *File, t abi.Target) {
	const most = 30
	if a.joints == nil {
		a.joints = map[jointKey]*joint{}
	}
	for l, names := range f.lacking(t) {
		key := jointKey{l, t.Name}
		j := a.joints[key]
		lines := f.callersOf(names)
		if j == nil {
			j = &joint{jointKey: key, first: number, names: map[string]bool{}, alone: lines}
			a.joints[key], a.order = j, append(a.order, j)
		}
		j.members = append(j.members, member)
		for i, line := range lines {
			j.names[names[i]] = true
			if j.lines++; j.lines <= most {
				j.evidence = append(j.evidence, wording.Plain(member)+": "+line)
			}
		}
	}
}

// Findings yields each finding with the number of the member that it was found
// in first.
func (a *ArchiveFloor) Findings() iter.Seq2[int, abi.Finding] {
	return func(yield func(int, abi.Finding) bool) {
		for _, j := range a.order {
			if !yield(j.first, j.finish()) {
				return
			}
		}
	}
}

func (j *joint) finish() abi.Finding {
	f := j.finding(slices.Sorted(maps.Keys(j.names)), j.alone)
	f.Rule, f.Target = archiveFloor.ID, j.target
	if f.Severity == 0 {
		f.Severity = archiveFloor.Severity
	}
	if f.Fix == "" {
		f.Fix = archiveFloor.Fix
	}
	if len(j.members) == 1 {
		return f
	}
	f.Message += fmt.Sprintf(" (%d members)", len(j.members))
	f.Evidence = j.evidence
	if more := j.lines - len(j.evidence); more > 0 {
		f.Evidence = append(f.Evidence, fmt.Sprintf("and %d more", more))
	}
	return f
}
