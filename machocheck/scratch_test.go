package machocheck

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"

	"github.com/abivet/abivet/abi"
	mb "github.com/abivet/abivet/internal/machobuild"
)

// What memory was used before shows nowhere.
func TestRecycle(t *testing.T) {
	section := Section{"x", "x", 1, 1, 1, 1}
	for reason, m := range map[string]mb.Image{
		"a program":          program(mb.ARM64),
		"a library":          binding(mb.DyldInfo{Bind: mb.Binds(someImports...), Exports: mb.Trie("_a", "_b")}, mb.Signed{}),
		"with two imports":   binding(mb.DyldInfo{Bind: mb.Binds(someImports[:2]...)}),
		"with no load of it": {CPU: mb.ARM64, Type: mb.Dylib},
	} {
		data := m.Bytes()
		for _, want := range []Want{0, WantRules, WantAll} {
			fresh := readAll(t, data, want)
			used := &File{
				Name:   "x",
				Dylibs: slices.Repeat([]Dylib{{"x", "1", "1", Weak}}, 9), Imports: slices.Repeat([]Import{{"x", 1, true, true}}, 99), RPaths: []string{"x"},
			}
			for range 9 {
				used.Segments = append(used.Segments, Segment{"x", 1, 1, 1, 1, 7, 7, 1, slices.Repeat([]Section{section}, 9)})
			}
			used.Recycle()
			if again := readAll(t, data, want); !reflect.DeepEqual(again, fresh) {
				t.Errorf("%s, %b: %+v; want %+v", reason, want, again[0], fresh[0])
			}
		}
	}
}

// TestRebasesInParts has opcodes that are read in several parts, with what is wrong
// before, at and behind the places where these meet.
func TestRebasesInParts(t *testing.T) {
	pair := []byte{0x22, 0x80, 0x10, 0x51}
	for _, before := range []int{0, rebasesAtOnce - 42, rebasesAtOnce - 22, rebasesAtOnce - 3, rebasesAtOnce, 3*rebasesAtOnce + 7} {
		good := bytes.Repeat(pair, before/len(pair)+1)[:before]
		for i := before &^ 3; i < before; i++ {
			good[i] = 0x11 // which sets a type, and no more
		}
		read(t, binding(mb.DyldInfo{Rebase: good}).Bytes(), WantSymbols)
		data := binding(mb.DyldInfo{Rebase: append(good, 0x22, 0xf9, 0xff, 0x80, 0x80, 0, 0x51)}).Bytes()
		_, err := Read(bytes.NewReader(data), int64(len(data)), WantSymbols)
		var format *abi.FormatError
		want := int64(bytes.Index(data, []byte{0x22, 0xf9, 0xff})) + 7
		if !errors.As(err, &format) || format.Offset != want {
			t.Errorf("behind %d bytes: %v; want it at %#x", before, err, want)
		}
	}
}

// TestManyImports has so many that they are found by their hashes.
func TestManyImports(t *testing.T) {
	const many = 1000
	var m importer
	for round := range 3 {
		for i := range many {
			m.add([]byte(fmt.Sprint("_", i)), Import{Library: i % 3, Lazy: true, Weak: round == 2 && i == 7})
			m.add([]byte(fmt.Sprint("_", i)), Import{Library: 4, Lazy: round < 2})
		}
	}
	if len(m.list) != 2*many {
		t.Fatalf("%d imports; want %d", len(m.list), 2*many)
	}
	for i, got := range m.list {
		want := Import{Name: fmt.Sprint("_", i/2), Library: 4}
		if i%2 == 0 {
			want.Library, want.Lazy, want.Weak = i/2%3, true, i == 14
		}
		if got != want {
			t.Fatalf("import %d: %+v; want %+v", i, got, want)
		}
	}
}
