package machocheck

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/abivet/abivet/abi"
	mb "github.com/abivet/abivet/internal/machobuild"
)

// LC_DYSYMTAB of a stripped file may say that no symbols begin anywhere.
func TestNoSymbolsStandNowhere(t *testing.T) {
	d := decoder{
		r: bytes.NewReader(make([]byte, 64)), size: 64, wide: true, file: &File{Kind: Library},
		symtab: symtab{present: true, entries: span{32, 16}}, dysymtab: dysymtab{present: true, undefined: run{first: 1000}},
	}
	if err := d.undefined(func(name, _ []byte) { t.Errorf("%q", name) }); err != nil {
		t.Error(err)
	}
}

// binding is a library with a segment to bind into.
func binding(commands ...mb.Command) mb.Image {
	m := mb.Image{CPU: mb.ARM64, Type: mb.Dylib, Flags: mb.DyldLink | mb.TwoLevel, Commands: []mb.Command{
		text(make([]byte, 16)),
		mb.Segment{Name: "__OTHER", Addr: 0x100050000, Size: 0x4000, MaxProt: 3, InitProt: 3, Data: make([]byte, 64),
			Sections: []mb.Section{{Name: "__x", Addr: 0x100050000, Size: 64}}},
		mb.Segment{Name: "__DATA", Addr: 0x100054000, Size: 0x4000, MaxProt: 3, InitProt: 3, Data: make([]byte, 256),
			Sections: []mb.Section{{Name: "__got", Addr: 0x100054000, Size: 256}}},
	}}
	m.Commands = append(m.Commands, commands...)
	return with(m, linkEdit, mb.Library{Kind: mb.ID, Name: "@rpath/libb.dylib"}, uuid, macOS13, system, mb.Library{Name: "/usr/lib/libz.1.dylib"})
}

var someImports = []mb.ChainedImport{
	{Name: "_a", Library: 1}, {Name: "_b", Library: 2, Weak: true}, {Name: "_a", Library: 2}, {Name: "_self", Library: 0},
	{Name: "_main", Library: MainProgram}, {Name: "_any", Library: DynamicLookup}, {Name: "_c", Library: WeakLookup}, {Name: "_a", Library: 1},
}

func TestImportsOfFixups(t *testing.T) {
	all := []Import{
		{"_a", 1, false, false}, {"_b", 2, true, false}, {"_a", 2, false, false}, {"_self", 0, false, false},
		{"_main", MainProgram, false, false}, {"_any", DynamicLookup, false, false}, {"_c", WeakLookup, false, false},
	}
	lazily := func(imports []Import) (lazy []Import) {
		for _, i := range imports {
			i.Lazy = true
			lazy = append(lazy, i)
		}
		return lazy
	}
	chained := func(form uint32) mb.Command {
		return mb.Blob{Kind: mb.ChainedFixups, Data: mb.Chains{Form: form, Imports: someImports, Pointer: 6, Segments: 4}.Bytes()}
	}
	stripped := mb.Symtab{Undefined: []mb.Undefined{{Name: "_not_bound", Library: 1}}}
	tests := map[string]struct {
		command mb.Command
		want    []Import
	}{
		"chained":               {chained(1), all},
		"with addends":          {chained(2), all},
		"with wide addends":     {chained(3), all},
		"opcodes":               {mb.DyldInfo{Bind: mb.Binds(someImports...)}, all},
		"lazy opcodes":          {mb.DyldInfo{LazyBind: mb.LazyBinds(someImports...)}, lazily(all)},
		"lazy and not":          {mb.DyldInfo{Bind: mb.Binds(someImports[0]), LazyBind: mb.LazyBinds(someImports[0])}, all[:1]},
		"weak in one of two":    {mb.DyldInfo{Bind: mb.Binds(mb.ChainedImport{Name: "_a", Library: 1}, mb.ChainedImport{Name: "_a", Library: 1, Weak: true})}, []Import{{"_a", 1, true, false}}},
		"weak opcodes":          {mb.DyldInfo{WeakBind: mb.WeakBinds(someImports[0])}, []Import{{"_a", WeakLookup, false, false}}},
		"a thousand million":    {mb.DyldInfo{Bind: append(append([]byte{0x11, 0x72, 8, 0x40}, "_a\x00"...), 0xc0, 0xff, 0xff, 0xff, 0xff, 0x0f, 0xf8, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1)}, all[:1]},
		"none of them":          {mb.DyldInfo{Bind: append(append([]byte{0x11, 0x40}, "_a\x00"...), 0xc0, 0, 8, 0)}, nil},
		"threaded":              {mb.DyldInfo{Bind: append(append([]byte{0xd0, 1, 0x11, 0x40}, "_a\x00"...), 0x90, 0x72, 0, 0xd1)}, all[:1]},
		"all other opcodes":     {mb.DyldInfo{Bind: append(append([]byte{0x21, 1, 0x60, 0x7f, 0x72, 16, 0x80, 0xf8, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 0x40}, "_a\x00"...), 0xa0, 8, 0xb1, 0xc0, 2, 0xe0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1)}, all[:1]},
		"neither, so the table": {mb.Symtab{Undefined: []mb.Undefined{{Name: "_a", Library: 1}}}, all[:1]},
	}
	for reason, test := range tests {
		t.Run(reason, func(t *testing.T) {
			commands := []mb.Command{test.command}
			if _, table := test.command.(mb.Symtab); !table {
				commands = append(commands, stripped)
			}
			f := read(t, binding(commands...).Bytes(), WantSymbols)
			if !reflect.DeepEqual(f.Imports, test.want) {
				t.Errorf("got  %v\nwant %v", f.Imports, test.want)
			}
			if want := []int{6}; f.ChainedFixups && !reflect.DeepEqual(f.ChainFormats, want) {
				t.Errorf("pointers in the forms %v; want %v", f.ChainFormats, want)
			}
		})
	}
}

func TestDamagedFixups(t *testing.T) {
	sound := mb.Chains{Imports: someImports, Pointer: 6, Segments: 4}.Bytes()
	chained := func(at int, v uint32) mb.Command { return mb.Blob{Kind: mb.ChainedFixups, Data: put(sound, at, v)} }
	opcodes := func(b ...byte) mb.Command { return mb.DyldInfo{Bind: b} }
	rebases := func(b ...byte) mb.Command { return mb.DyldInfo{Rebase: b} }
	tests := map[string]struct {
		command mb.Command
		want    string
	}{
		"of another version":     {chained(0, 1), "version 1: want 0"},
		"starts beyond":          {chained(4, 1<<20), "chains that start at 0x100000"},
		"more segments":          {chained(32, 1<<20), "chains of 1048576 segments"},
		"a segment beyond":       {chained(32+16, 1<<20), "chains of segment 3"},
		"imports beyond":         {chained(8, 1<<20), "8 imports at 0x100000"},
		"more imports":           {chained(16, 1<<30), "1073741824 imports"},
		"an unknown form":        {chained(20, 4), "imports of form 4"},
		"compressed":             {chained(24, 1), "compressed (form 1)"},
		"names beyond":           {chained(12, 1<<20), "names at 0x100000"},
		"no such library":        {chained(len(sound)-len("\x00_a\x00_b\x00_a\x00_self\x00_main\x00_any\x00_c\x00_a\x00")-32, 3|1<<9), "of library 3: the file names 2"},
		"too short":              {mb.Blob{Kind: mb.ChainedFixups, Data: make([]byte, 27)}, "27 bytes: want 28"},
		"no such library, binds": {opcodes(0x13), "library 3 of 2"},
		"a strange library":      {opcodes(0x30 | 0x0c), "library -4"},
		"a symbol without end":   {opcodes(0x40, 'a'), "symbol that has no end"},
		"no symbol":              {opcodes(0x90), "bind no symbol"},
		"a number without end":   {opcodes(0x80, 0x80), "end within a number"},
		"of no library":          {opcodes(0x72, 0, 0x40, 'a', 0, 0x90), `bind "a" of no library`},
		"nowhere":                {opcodes(0x11, 0x40, 'a', 0, 0x90), `bind "a" in segment -1 of 4`},
		"in no such segment":     {opcodes(0x11, 0x74, 0, 0x40, 'a', 0, 0x90), `bind "a" in segment 4 of 4`},
		"beyond the segment":     {opcodes(0x11, 0x72, 0xf9, 0x7f, 0x40, 'a', 0, 0x90), `bind "a" at 0x3ff9 of the 0x4000 bytes of segment "__DATA", 1 times`},
		"before the segment":     {opcodes(0x11, 0x72, 0, 0x80, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 0x40, 'a', 0, 0x90), "at 0xffffffffffffffff"},
		"behind one":             {opcodes(0x11, 0x72, 0, 0x40, 'a', 0, 0xa0, 0xf9, 0x7f, 0x90), "at 0x4001"},
		"the last beyond":        {opcodes(0x11, 0x72, 0, 0x40, 'a', 0, 0xc0, 0x81, 0x10, 0), "at 0x0 of the 0x4000 bytes of segment \"__DATA\", 2049 times"},
		"around all memory":      {opcodes(0x11, 0x72, 0, 0x40, 'a', 0, 0xc0, 3, 0xf8, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f), "3 times"},
		"lazily nowhere":         {mb.DyldInfo{LazyBind: []byte{0x11, 0x40, 'a', 0, 0x90}}, `bind "a" in segment -1 of 4`},
		"weakly nowhere":         {mb.DyldInfo{WeakBind: []byte{0x40, 'a', 0, 0x90}}, `bind "a" in segment -1 of 4`},
		"unknown":                {opcodes(0xe0), "bind opcode 0xe0"},
		"no such opcode":         {rebases(0x90), "rebase opcode 0x90"},
		"a cut number":           {rebases(0x22, 0x80), "rebase opcodes end within a number"},
		"a cut second number":    {rebases(0x22, 0, 0x80, 1), "rebase opcodes end within a number"},
		"rebased nowhere":        {rebases(0x51), "rebase in segment -1 of 4"},
		"rebased beyond":         {rebases(0x22, 0xf9, 0x7f, 0x51), "rebase at 0x3ff9 of the 0x4000 bytes"},
		"beyond, amid others":    {rebases(0x22, 0xf9, 0x7f, 0x51, 0x11, 0x11, 0x11, 0x11), "rebase at 0x3ff9 of the 0x4000 bytes"},
		"all but the last":       {rebases(0x22, 0, 0x60, 0x81, 0x10), `at 0x0 of the 0x4000 bytes of segment "__DATA", 2049 times`},
		"the second beyond":      {rebases(0x22, 0, 0x70, 0xf9, 0x7f, 0x51), "rebase at 0x4001"},
		"with skips":             {rebases(0x22, 0, 0x80, 3, 0x80, 0x40), "3 times"},
		"in steps":               {rebases(0x22, 0xf0, 0x7f, 0x42, 0x51), "rebase at 0x4000"},
		"unknown, threaded":      {opcodes(0xd2), "threaded bind opcode 0x2"},
	}
	for reason, test := range tests {
		t.Run(reason, func(t *testing.T) {
			data := binding(test.command).Bytes()
			_, err := Read(bytes.NewReader(data), int64(len(data)), WantSymbols)
			var format *abi.FormatError
			if !errors.As(err, &format) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v; want a FormatError with %q", err, test.want)
			}
		})
	}
}

// TestRebases has all opcodes, with which every byte of a segment is reached.
func TestRebases(t *testing.T) {
	read(t, binding(mb.DyldInfo{Rebase: []byte{
		0x11, 0x22, 0xf0, 0x7f, 0x52, // the last two
		0x22, 0xf8, 0x7f, 0x51, 0x22, 0xf8, 0x7f, 0x51, // the last, alone
		0x30, 0x80, 0x80, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, // and back to the start
		0x60, 2, 0x42, 0x70, 8, 0x80, 2, 0xe0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 0x60, 0, 0x50, 0x00, 0x90,
	}}).Bytes(), WantSymbols)
}

// TestTrie has all that an export trie can say.
func TestTrie(t *testing.T) {
	nodes := func(payload ...byte) []byte { return append(append([]byte{byte(len(payload))}, payload...), 0) }
	one := func(payload ...byte) []byte { return append([]byte{0, 1, '_', 'f', 0, 6}, nodes(payload...)...) }
	tests := map[string]struct {
		trie []byte
		want []Export
	}{
		"defined":         {one(0, 0x80, 1), []Export{{Name: "_f", Address: 128}}},
		"weak":            {one(4, 8), []Export{{Name: "_f", Address: 8, Weak: true}}},
		"thread-local":    {one(1, 8), []Export{{Name: "_f", Address: 8, ThreadLocal: true}}},
		"absolute":        {one(2, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1), []Export{{Name: "_f", Address: 1<<64 - 1, Absolute: true}}},
		"re-exported":     {one(8, 2, 0), []Export{{Name: "_f", Library: 2}}},
		"under a name":    {one(8, 1, '_', 'g', 0), []Export{{Name: "_f", Library: 1, ImportName: "_g"}}},
		"with a resolver": {one(16, 8, 9), []Export{{Name: "_f", Address: 8, Resolver: 9}}},
		"eight zeros":     {make([]byte, 8), nil},
	}
	for reason, test := range tests {
		f := read(t, binding(mb.Blob{Kind: mb.ExportsTrie, Data: test.trie}).Bytes(), WantSymbols)
		if !reflect.DeepEqual(f.Trie, test.want) {
			t.Errorf("%s: %+v; want %+v", reason, f.Trie, test.want)
		}
	}
	for reason, trie := range map[string][]byte{
		"no address": one(0), "no resolver": one(16, 8), "no end of the name": one(8, 1, 'x'), "no library": one(8), "a library beyond": one(8, 0xff, 0xff, 0xff, 0xff, 15, 0),
	} {
		data := binding(mb.Blob{Kind: mb.ExportsTrie, Data: trie}).Bytes()
		if _, err := Read(bytes.NewReader(data), int64(len(data)), WantSymbols); err == nil || !strings.Contains(err.Error(), "ends before its numbers") {
			t.Errorf("%s: %v", reason, err)
		}
	}
}

// TestObjdumpBuilt compares the symbols of built files with llvm-objdump.
func TestObjdumpBuilt(t *testing.T) {
	tool := os.Getenv("ABIVET_OBJDUMP") // not just any: LLVM 14 knows no chained fixups
	if tool == "" {
		t.Skip("ABIVET_OBJDUMP is not set: built files are NOT compared with llvm-objdump")
	}
	trie := mb.Blob{Kind: mb.ExportsTrie, Data: mb.Trie("_f", "_g")}
	chained := func(form uint32, pointer uint16) mb.Command {
		return mb.Blob{Kind: mb.ChainedFixups, Data: mb.Chains{Form: form, Imports: someImports, Pointer: pointer, Segments: 4}.Bytes()}
	}
	some := someImports[:6]
	for reason, m := range map[string]mb.Image{
		"chained":      binding(chained(1, 6), trie),
		"with addends": binding(chained(2, 2), trie),
		// Not with wide addends: llvm-objdump 22 takes weak_import for a part
		// of the name's offset, against mach-o/fixup-chains.h.
		"opcodes":         binding(mb.DyldInfo{Bind: mb.Binds(some...), LazyBind: mb.LazyBinds(some...), WeakBind: mb.WeakBinds(some[0]), Exports: mb.Trie("_x")}),
		"re-exported":     binding(mb.Blob{Kind: mb.ExportsTrie, Data: []byte{0, 1, '_', 'f', 0, 6, 5, 8, 2, '_', 'g', 0, 0}}),
		"thread-local":    binding(mb.Blob{Kind: mb.ExportsTrie, Data: []byte{0, 1, '_', 'f', 0, 6, 2, 5, 8, 0}}),
		"with a resolver": binding(mb.Blob{Kind: mb.ExportsTrie, Data: []byte{0, 1, '_', 'f', 0, 6, 3, 16, 8, 9, 0}}),
	} {
		t.Run(reason, func(t *testing.T) {
			data := m.Bytes()
			name := filepath.Join(t.TempDir(), "f")
			if err := os.WriteFile(name, data, 0o644); err != nil {
				t.Fatal(err)
			}
			compareWithObjdump(t, tool, name, readAll(t, data, WantSymbols), map[string]int{})
		})
	}
}
