package elfcheck

import (
	"bytes"
	"debug/elf"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/abivet/abivet/internal/elfbuild"
)

// The symbols that a hash table does not find by their names are counted, and of a
// table without damage there are none.
func TestUnfound(t *testing.T) {
	def := func(name string) elfbuild.Symbol {
		return elfbuild.Symbol{Name: name, Bind: elf.STB_GLOBAL, Type: elf.STT_FUNC, Section: 1, Value: 0x100}
	}
	m := elfbuild.Image{SOName: "m"}
	for _, name := range []string{"f", "g", "h", "long_name", "a", "b", "c", "d", "e", "i", "j", "k"} {
		m.Symbols = append(m.Symbols, def(name))
	}
	m.Symbols = append(m.Symbols, elfbuild.Symbol{Name: "asked", Bind: elf.STB_GLOBAL})
	unfound := func(b []byte) int {
		f, err := EachSymbol(bytes.NewReader(b), int64(len(b)), WantFindable, func([]byte, *Symbol, bool) {})
		require.NoError(t, err)
		return f.Loading.Unfound
	}
	for name, change := range map[string]func(*elfbuild.Image){
		"as it is":    func(*elfbuild.Image) {},
		"narrow":      func(m *elfbuild.Image) { m.Narrow, m.Machine = true, elf.EM_386 },
		"DT_HASH":     func(m *elfbuild.Image) { m.Hash = elfbuild.SysV },
		"s390":        func(m *elfbuild.Image) { m.Hash, m.Machine, m.BigEndian = elfbuild.SysV, elf.EM_S390, true },
		"big-endian":  func(m *elfbuild.Image) { m.Machine, m.BigEndian = elf.EM_PPC64, true },
		"asked alone": func(m *elfbuild.Image) { m.Symbols = m.Symbols[len(m.Symbols)-1:] },
	} {
		m := m
		change(&m)
		b := m.Bytes()
		assert.Zero(t, unfound(b), name)
		if at := bytes.Index(b, []byte("long_name\x00")); at >= 0 {
			b[at] = 'x'
			assert.Equal(t, 1, unfound(b), "%s, with another name", name)
		}
	}
	m.Hash = elfbuild.None
	assert.Equal(t, 12, unfound(m.Bytes()), "without a table")
}

// An indirect function that is code is not called in vain, in files of both classes.
func TestWild(t *testing.T) {
	for _, narrow := range []bool{false, true} {
		for value, want := range map[uint64]int{0x10: 0, 1 << 30: 1} {
			m := elfbuild.Image{SOName: "m", Narrow: narrow, Symbols: []elfbuild.Symbol{{Name: "f", Bind: elf.STB_GLOBAL, Type: elf.STT_GNU_IFUNC, Section: 1, Value: value}}}
			kind := uint32(elf.R_X86_64_GLOB_DAT)
			if narrow {
				m.Machine = elf.EM_386
			}
			m.Relocations = []elfbuild.Relocation{{Symbol: 1, Type: kind}}
			b := m.Bytes()
			f, err := EachSymbol(bytes.NewReader(b), int64(len(b)), 0, func([]byte, *Symbol, bool) {})
			require.NoError(t, err)
			assert.Equal(t, want, f.Loading.Wild, "%v, %#x", narrow, value)
		}
	}
}
