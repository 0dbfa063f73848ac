package audit

import (
	"slices"

	"github.com/abivet/abivet/abi"
)

// shared has the lists of rules that did not judge: of thousands of files most have
// one of a few, which are more than half of what a report holds.
type shared map[int][]abi.Skipped

// list returns an equal list. Who appends to it leaves the others as they are.
func (s shared) list(of []abi.Skipped) []abi.Skipped {
	key := len(of)
	for i := range of {
		key = 31*key + len(of[i].Rule) + len(of[i].Why)
	}
	if other := s[key]; slices.Equal(other, of) {
		return other
	}
	of = slices.Clip(of)
	s[key] = of
	return of
}
