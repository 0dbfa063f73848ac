package ldso

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/abivet/abivet/elfcheck"
)

// Whatever the number of objects, and of names that are looked up, those that have a
// name come in their order.
func TestScopeFindsWhoHasAName(t *testing.T) {
	for _, n := range []int{1, 2, 63, 64, 65, 200} {
		var objects []*Object
		asks := func(names ...string) *Object {
			var imports []elfcheck.Symbol
			for _, name := range names {
				imports = append(imports, elfcheck.Symbol{Name: name, Refs: elfcheck.RefCall})
			}
			return &Object{image: &image{symbols: newTable(&elfcheck.File{Imports: imports})}}
		}
		var names []string
		for i := range n {
			exports := symbolsOf(i % 7)
			exports = append(exports, elfcheck.Symbol{Name: fmt.Sprint("only", i)}, elfcheck.Symbol{Name: "all"}, elfcheck.Symbol{Name: "all"})
			imports := []elfcheck.Symbol{{Name: fmt.Sprint("canonical", i), Value: 1}}
			objects = append(objects, &Object{image: &image{symbols: newTable(&elfcheck.File{Exports: exports, Imports: imports})}})
			names = append(names, fmt.Sprint("only", i), fmt.Sprint("canonical", i))
		}
		askers := []*Object{asks("all"), asks(), asks(names...), asks("nobody", "all")}
		for _, listed := range []bool{true, false} {
			s := newScope(objects, askers)
			assert.True(t, s.listed, "of %d", n)
			s.listed = listed
			collect := func(asker, i int) (found []*Object) {
				for at, o := range s.mayHave(s.reference(asker, i)) {
					assert.Same(t, s.objects[at], o)
					found = append(found, o)
				}
				return found
			}
			assert.Equal(t, objects, collect(0, 0), "of %d", n)
			assert.Equal(t, objects, collect(3, 1), "of %d", n)
			others := len(collect(3, 0))
			for i, o := range objects {
				for k := range 2 {
					found := collect(2, 2*i+k)
					assert.Contains(t, found, o, "%s of %d", names[2*i+k], n)
					others += len(found) - 1
				}
			}
			if listed {
				assert.Zero(t, others, "of %d: the list has more than it should", n)
			}
			s.release()
		}
	}
}

// A name whose hash is like that of another in what a definition keeps of it has its own
// entry, and what is defined is offered to both.
func TestScopeTellsHashesApart(t *testing.T) {
	const hash = 0x1234567 << 8
	at := func(hash uint64) *Object {
		return &Object{image: &image{symbols: table{refs: []relocated{{hash: hash}}}}}
	}
	has := &Object{image: &image{symbols: table{defs: []definition{define(hash, 0, defBinds)}}}}
	s := newScope([]*Object{has}, []*Object{at(hash), at(hash | 1<<keyBits), at(hash + 1)})
	defer s.release()
	assert.NotSame(t, s.reference(0, 0), s.reference(1, 0))
	for asker, want := range []int{1, 1, 0} {
		found := 0
		for range s.mayHave(s.reference(asker, 0)) {
			found++
		}
		assert.Equal(t, want, found, "%d", asker)
	}
}
