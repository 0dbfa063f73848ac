package elfcheck

import (
	"debug/elf"
	"encoding/binary"
	"slices"
	"testing"

	"github.com/abivet/abivet/internal/elfbuild"
)

// Nothing tells a loader how many symbols there are, and every way to find out
// has its trap.
func TestSymbolCount(t *testing.T) {
	undefined := func(m *elfbuild.Image) { m.Symbols = m.Symbols[:5]; m.Defs = nil }
	tests := map[string]struct {
		change  []func(*elfbuild.Image)
		imports int
		exports int
	}{
		"GNU hash":               {nil, 5, 3},
		"GNU hash, no sections":  {[]func(*elfbuild.Image){bare}, 5, 3},
		"SysV hash, no sections": {[]func(*elfbuild.Image){bare, func(m *elfbuild.Image) { m.Hash = elfbuild.SysV }}, 5, 3},
		// GNU ld puts what has its address taken among those that are hashed:
		// reading up to the first of them loses symbols.
		"undefined ones are hashed": {[]func(*elfbuild.Image){bare, func(m *elfbuild.Image) { m.Symbols[1].Hashed, m.Symbols[4].Hashed = true, true }}, 5, 3},
		"all are hashed": {[]func(*elfbuild.Image){bare, func(m *elfbuild.Image) {
			for i := range m.Symbols {
				m.Symbols[i].Hashed = true
			}
		}}, 5, 3},
		"hash of nothing, sections tell": {[]func(*elfbuild.Image){undefined}, 5, 0},
		"no hash, sections tell":         {[]func(*elfbuild.Image){func(m *elfbuild.Image) { m.Hash = elfbuild.None }}, 5, 3},
		// Of what no relocation names a loader knows nothing either.
		"hash of nothing, relocations tell": {[]func(*elfbuild.Image){undefined, bare}, 3, 0},
		"no hash, relocations tell":         {[]func(*elfbuild.Image){undefined, bare, func(m *elfbuild.Image) { m.Hash = elfbuild.None }}, 3, 0},
		"MIPS has a tag for it": {[]func(*elfbuild.Image){bare, func(m *elfbuild.Image) {
			m.Machine, m.Hash, m.Relocations, m.PLT = elf.EM_MIPS, elfbuild.None, nil, nil
			m.Tags = append(m.Tags, elfbuild.Tag{Tag: elf.DT_MIPS_SYMTABNO, Value: 11})
		}}, 5, 3},
		"the same tag elsewhere": {[]func(*elfbuild.Image){bare, func(m *elfbuild.Image) {
			m.Tags = append(m.Tags, elfbuild.Tag{Tag: elf.DT_MIPS_SYMTABNO, Value: 2})
		}}, 5, 3},
		"no symbols": {[]func(*elfbuild.Image){bare, func(m *elfbuild.Image) { m.Symbols, m.Relocations, m.PLT = nil, nil, nil }}, 0, 0},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			f := mustRead(t, plainWith(test.change...), WantSymbols)
			if f.ImportCount != test.imports || f.ExportCount != test.exports {
				t.Errorf("%d imports, %d exports, want %d and %d", f.ImportCount, f.ExportCount, test.imports, test.exports)
			}
		})
	}
}

// Section headers that the header promises and the file does not have are a
// file cut short, whether something hangs on them or not.
func TestSectionsCut(t *testing.T) {
	image := plainWith()
	for _, cut := range []int{1, 64, len(image) - int(binary.LittleEndian.Uint64(image[40:]))} {
		if _, err := readBytes(image[:len(image)-cut], 0); err == nil {
			t.Errorf("no error, and the last %d bytes of the section headers are missing", cut)
		}
		if _, err := readBytes(image[:len(image)-cut], WantLoading); err != nil {
			t.Errorf("a loader does not look at them: %v", err)
		}
	}
}

// Section headers are for linkers: a file without has the same facts.
func TestSectionsDoNotMatter(t *testing.T) {
	for _, hash := range []elfbuild.Hash{elfbuild.GNU, elfbuild.SysV, elfbuild.Both} {
		set := func(m *elfbuild.Image) { m.Hash = hash }
		with, without := mustRead(t, plainWith(set), everything), mustRead(t, plainWith(set, bare), everything)
		if fields := differ(with, without); len(fields) > 0 {
			t.Errorf("hash %d: other %q", hash, fields)
		}
	}
}

// What a copy relocation defines is still asked of a library, and counts among
// what raises the floor.
func TestCopyRelocationIsNamed(t *testing.T) {
	for _, want := range []Want{WantImports, WantSymbols} {
		f := mustRead(t, plainWith(copyRelocation), want)
		if got := f.VersionNeeds[0].Symbols; !slices.Equal(got, []string{"puts", "stdout"}) {
			t.Errorf("Want %#x: %q of GLIBC_2.2.5", uint(want), got)
		}
	}
}

// Tables that the first reads do not bring are read all the same.
func TestFarTables(t *testing.T) {
	plain := mustRead(t, plainWith(), WantSymbols)
	for name, change := range map[string]func(*elfbuild.Image){
		"strings one by one":      func(m *elfbuild.Image) { m.StringsPad = manyStrings + 1 },
		"strings at the limit":    func(m *elfbuild.Image) { m.StringsPad = maxTogether - 400 },
		"versions far away":       func(m *elfbuild.Image) { m.VersionsGap = maxTogether },
		"both":                    func(m *elfbuild.Image) { m.StringsPad, m.VersionsGap = manyStrings, maxTogether },
		"beyond the first 8 KiB":  func(m *elfbuild.Image) { m.Needed = append(m.Needed, make([]string, 1024)...) },
		"symbols in many chunks":  func(m *elfbuild.Image) { m.Symbols = append(m.Symbols, manySymbols(20000)...) },
		"a name of 100,000 bytes": func(m *elfbuild.Image) { m.Symbols, m.StringsPad = append(m.Symbols, longName(100000)), manyStrings },
	} {
		f := mustRead(t, plainWith(change), WantSymbols)
		imports := slices.DeleteFunc(slices.Clone(f.Imports), func(s Symbol) bool { return s.Number == 1 && s.Name != "plugin_host" })
		if !slices.Equal(imports, plain.Imports) || !slices.EqualFunc(f.VersionDefs, plain.VersionDefs, func(a, b VersionDef) bool { return a == b }) {
			t.Errorf("%s: imports %+v, definitions %+v", name, imports, f.VersionDefs)
		}
		for i, n := range f.VersionNeeds {
			if !slices.Equal(n.Symbols, plain.VersionNeeds[i].Symbols) {
				t.Errorf("%s: %+v, want %+v", name, n, plain.VersionNeeds[i])
			}
		}
	}
}

// Loaders do not look at the size of a table of relocations that is not there.
func TestSizeWithoutTable(t *testing.T) {
	mustRead(t, plainWith(func(m *elfbuild.Image) {
		m.Relocations, m.StringsPad = nil, 64<<10
		m.Tags = append(m.Tags, elfbuild.Tag{Tag: elf.DT_RELASZ, Value: 1 << 30})
	}), WantSymbols|WantRelocations)
}

func manySymbols(n int) []elfbuild.Symbol {
	symbols := make([]elfbuild.Symbol, n)
	for i := range symbols {
		symbols[i] = elfbuild.Symbol{Name: "undefined_symbol_" + string(rune('a'+i%26)) + string(rune('0'+i%10)), Bind: global}
	}
	return symbols
}

func longName(n int) elfbuild.Symbol {
	name := make([]byte, n)
	for i := range name {
		name[i] = 'x'
	}
	return elfbuild.Symbol{Name: string(name), Bind: global}
}
