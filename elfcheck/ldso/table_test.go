package ldso

import (
	"debug/elf"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/abivet/abivet/elfcheck"
)

// symbolsOf are symbols as C++ names them, every third of them referred to.
func symbolsOf(n int) []elfcheck.Symbol {
	list := make([]elfcheck.Symbol, n)
	for i := range list {
		list[i] = elfcheck.Symbol{Name: fmt.Sprintf("_ZN7example6symbolE%08d", i), Bind: elf.STB_GLOBAL, Type: elf.STT_FUNC, Value: 1}
		if i%3 == 0 {
			list[i].Refs = elfcheck.RefCall
		}
	}
	return list
}

// newTable is a table of the symbols of a file.
func newTable(f *elfcheck.File) table {
	b := new(tableBuilder)
	b.reset()
	for i := range f.Imports {
		b.add([]byte(f.Imports[i].Name), &f.Imports[i], true)
	}
	for i := range f.Exports {
		b.add([]byte(f.Exports[i].Name), &f.Exports[i], false)
	}
	return b.done(f)
}

func TestTableFindsWhatIsDefined(t *testing.T) {
	for _, n := range []int{0, 1, 2, 3, 7, 8, 9, 64, 1000} {
		exports := symbolsOf(n)
		table := newTable(&elfcheck.File{GNUHash: true, Exports: exports})
		for _, s := range exports {
			require.True(t, table.has(reference{name: nameHash(s.Name), version: noVersion}), "%s of %d", s.Name, n)
		}
		for i := range 1000 {
			require.Nil(t, table.first(nameHash(fmt.Sprint("other", i))), "of %d", n)
		}
	}
}

// The definitions of a name keep their order: the first tells its visibility.
func TestTableKeepsTheOrderOfAName(t *testing.T) {
	exports := symbolsOf(100)
	for i := range exports {
		exports[i].Name = "f"
		exports[i].Visibility = elf.STV_DEFAULT
	}
	exports[0].Visibility = elf.STV_PROTECTED
	table := newTable(&elfcheck.File{Exports: exports})
	assert.NotZero(t, table.first(nameHash("f")).flags()&defProtected)
	assert.Len(t, table.bucket(nameHash("f")), 100)
}

func TestTableNamesItsReferences(t *testing.T) {
	imports := symbolsOf(100)
	table := newTable(&elfcheck.File{Imports: imports})
	for i := range table.refs {
		assert.Equal(t, imports[3*i].Name, table.name(i))
	}
	assert.Len(t, table.refs, 34)
}

// What a file refers to and defines is looked up only where it may not find it
// in itself.
func TestTableLeavesOutWhatAFileFindsInItself(t *testing.T) {
	s := elfcheck.Symbol{Name: "f", Bind: elf.STB_GLOBAL, Type: elf.STT_FUNC, Value: 1, Refs: elfcheck.RefCall}
	for name, test := range map[string]struct {
		change func(*elfcheck.Symbol)
		want   int
	}{
		"a function":            {func(*elfcheck.Symbol) {}, 0},
		"a copy":                {func(s *elfcheck.Symbol) { s.Refs |= elfcheck.RefCopy }, 1},
		"a fixed offset":        {func(s *elfcheck.Symbol) { s.Refs |= elfcheck.RefOwnTP }, 1},
		"no default of musl":    {func(s *elfcheck.Symbol) { s.Hidden = true }, 1},
		"indirect, for musl":    {func(s *elfcheck.Symbol) { s.Type = elf.STT_GNU_IFUNC }, 1},
		"of a kind none binds":  {func(s *elfcheck.Symbol) { s.Type = elf.STT_SECTION }, 1},
		"without any reference": {func(s *elfcheck.Symbol) { s.Refs = 0 }, 0},
	} {
		s := s
		test.change(&s)
		assert.Len(t, newTable(&elfcheck.File{Exports: []elfcheck.Symbol{s}}).refs, test.want, name)
	}
}

// BenchmarkTable tells what a symbol costs to be indexed, and what a look-up
// costs where it is defined and where it is not.
func BenchmarkTable(b *testing.B) {
	const n = 20000
	file := &elfcheck.File{GNUHash: true, Exports: symbolsOf(n)}
	per := func(b *testing.B) { b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/symbol") }
	b.Run("index", func(b *testing.B) {
		for b.Loop() {
			newTable(file)
		}
		per(b)
	})
	table := newTable(file)
	hashes := make([]uint64, n)
	for i := range hashes {
		hashes[i] = nameHash(file.Exports[i].Name)
	}
	for name, flip := range map[string]uint64{"there": 0, "elsewhere": 1 << 40} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				for _, hash := range hashes {
					table.has(reference{name: hash ^ flip, version: noVersion})
				}
			}
			per(b)
		})
	}
}
