package ldso

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/abivet/abivet/elfcheck"
)

// Whatever the number of objects, those that have a name come in their order.
func TestScopeFindsWhoHasAName(t *testing.T) {
	for _, n := range []int{1, fewObjects, fewObjects + 1, 63, 64, 65, 200} {
		var objects []*Object
		for i := range n {
			exports := symbolsOf(i % 7)
			exports = append(exports, elfcheck.Symbol{Name: fmt.Sprint("only", i)}, elfcheck.Symbol{Name: "all"})
			imports := []elfcheck.Symbol{{Name: fmt.Sprint("canonical", i), Value: 1}}
			objects = append(objects, &Object{image: &image{symbols: newTable(&elfcheck.File{Exports: exports, Imports: imports})}})
		}
		s := newScope(objects)
		assert.Equal(t, objects, slices.Collect(s.mayHave(nameHash("all"))), "of %d", n)
		others := 0
		for i, o := range objects {
			for _, name := range []string{"only", "canonical"} {
				found := slices.Collect(s.mayHave(nameHash(fmt.Sprint(name, i))))
				assert.Contains(t, found, o, "%s of %d", name, n)
				others += len(found) - 1
			}
		}
		if n > fewObjects {
			assert.Less(t, others, 20*n, "of %d: the filter does not tell much", n)
		}
	}
}
