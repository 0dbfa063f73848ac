package audit

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/abivet/abivet/abi"
)

// Equal lists are one list, others of the same lengths are not, and who appends to one
// leaves the others alone.
func TestSharedLists(t *testing.T) {
	list := func(rule, why string) []abi.Skipped {
		return append(make([]abi.Skipped, 0, 8), abi.Skipped{Rule: "first", Why: "none"}, abi.Skipped{Rule: rule, Why: why})
	}
	same := shared{}
	one, two, other := same.list(list("a", "bb")), same.list(list("a", "bb")), same.list(list("b", "aa"))
	assert.Same(t, &one[0], &two[0])
	assert.Equal(t, list("a", "bb"), two)
	assert.Equal(t, list("b", "aa"), other)
	one, two = append(one, abi.Skipped{Rule: "x"}), append(two, abi.Skipped{Rule: "y"})
	assert.Equal(t, "x", one[2].Rule)
	assert.Equal(t, "y", two[2].Rule)
	assert.Nil(t, same.list(nil))
}
