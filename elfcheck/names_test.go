package elfcheck

import (
	"debug/elf"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/abivet/abivet/internal/elfbuild"
)

// The names of a table that is too large to be held are those of one that is, in the
// order of the symbols, wherever they stand in it: close together, far apart, twice.
func TestLargeStringTable(t *testing.T) {
	var symbols []elfbuild.Symbol
	for i := range 4000 {
		name := fmt.Sprintf("symbol_%d_%0*d", i, i%300, 0)
		if i%50 == 0 {
			name = "lua_" + name
		}
		s := elfbuild.Symbol{Name: name, Bind: elf.STB_GLOBAL, Type: elf.STT_FUNC}
		if i%2 == 0 {
			s.Section, s.Value = 1, uint64(0x1000+i)
		}
		symbols = append(symbols, s)
	}
	rand.New(rand.NewPCG(1, 2)).Shuffle(len(symbols), func(i, j int) { symbols[i], symbols[j] = symbols[j], symbols[i] })
	set := func(pad int) func(*elfbuild.Image) {
		return func(m *elfbuild.Image) { m.Symbols, m.StringsPad = append(m.Symbols, symbols...), pad }
	}
	for _, want := range []Want{WantImports, WantSymbols} {
		small, large := mustRead(t, plainWith(set(0)), want), mustRead(t, plainWith(set(manyStrings)), want)
		assert.Equal(t, small.Imports, large.Imports)
		assert.Equal(t, small.Exports, large.Exports)
		assert.Equal(t, small.VersionNeeds, large.VersionNeeds)
		var imports []string
		for _, s := range symbols {
			if s.Section == 0 {
				imports = append(imports, s.Name)
			}
		}
		assert.Equal(t, imports, appendNames(nil, large.Imports)[len(large.Imports)-len(imports):])
	}
}

// Of a large table only the places are looked at that may speak for a LuaJIT, and what is
// known of that is the same.
func TestLuaJITOfLargeStringTable(t *testing.T) {
	var others []elfbuild.Symbol
	for i := range 8000 {
		others = append(others, elfbuild.Symbol{Name: fmt.Sprintf("other_%0*d", 300, i), Bind: elf.STB_GLOBAL, Type: elf.STT_FUNC, Section: 1, Value: 0x1000})
	}
	set := func(others []elfbuild.Symbol) func(*elfbuild.Image) {
		return func(m *elfbuild.Image) {
			// Without a library and of a machine whose interpreter has no mark, it may be one.
			m.Machine, m.Needed, m.Needs, m.Symbols = elf.EM_RISCV, nil, nil, others
			m.Notes, m.Relocations, m.PLT, m.Data = m.Notes[1:], nil, nil, make([]byte, 40<<10)
			m.Segments = append(m.Segments, elf.ProgHeader{Type: elf.PT_LOAD, Flags: elf.PF_R | elf.PF_X, Vaddr: 1 << 32, Filesz: 36 << 10, Memsz: 36 << 10, Align: 4096})
			for _, name := range []string{"lua_gettop", "xlua_none", "luaJIT_setmode", "luaL_newstate", "exit", "lj_vm_pcall", "other"} {
				m.Symbols = append(m.Symbols, elfbuild.Symbol{Name: name, Bind: elf.STB_GLOBAL, Type: elf.STT_FUNC, Section: 1, Value: 0x1000})
			}
		}
	}
	small := mustRead(t, plainWith(set(nil)), WantLuaJIT)
	large := mustRead(t, plainWith(set(others)), WantLuaJIT)
	if assert.NotNil(t, small.LuaJIT) && assert.NotNil(t, large.LuaJIT) {
		assert.Equal(t, small.LuaJIT.Role, large.LuaJIT.Role)
		assert.Equal(t, small.LuaJIT.API, large.LuaJIT.API)
		assert.Equal(t, 2, large.LuaJIT.API)
	}
}
