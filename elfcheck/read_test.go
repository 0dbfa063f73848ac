package elfcheck

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/internal/elfbuild"
)

var update = flag.Bool("update", false, "rewrite the golden dumps")

// everything asks for all facts.
const everything = WantSymbols | WantRelocations | WantRefs | WantLuaJIT | WantMentions | WantGo | WantCallers | WantSupplies | WantNameService | WantInstructions | WantExtensions

func readBytes(image []byte, want Want) (*File, error) {
	return Read(bytes.NewReader(image), int64(len(image)), want)
}

func mustRead(t *testing.T, image []byte, want Want) *File {
	t.Helper()
	f, err := readBytes(image, want)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestReadGolden(t *testing.T) {
	images := images()
	for name, image := range images {
		t.Run(name, func(t *testing.T) {
			got := dump(t, mustRead(t, image, everything))
			golden := filepath.Join("testdata", name+".json")
			if *update {
				if err := os.WriteFile(golden, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("not what %s has; read:\n%s", golden, got)
			}
		})
	}
	dumps, err := filepath.Glob("testdata/*.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, dump := range dumps {
		if images[strings.TrimSuffix(filepath.Base(dump), ".json")] == nil {
			t.Errorf("%s: no image of that name", dump)
		}
	}
}

// dump writes a file as JSON, without what is zero.
func dump(t *testing.T, f *File) []byte {
	t.Helper()
	b, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	var all any
	if err := json.Unmarshal(b, &all); err != nil {
		t.Fatal(err)
	}
	if b, err = json.MarshalIndent(prune(all), "", " "); err != nil {
		t.Fatal(err)
	}
	return append(b, '\n')
}

func prune(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for key, field := range v {
			if field = prune(field); field == nil {
				delete(v, key)
			}
		}
		if len(v) == 0 {
			return nil
		}
	case []any:
		for _, element := range v {
			prune(element) // an empty string is an element all the same
		}
	case string:
		if v == "" {
			return nil
		}
	case float64:
		if v == 0 {
			return nil
		}
	case bool:
		if !v {
			return nil
		}
	}
	return v
}

// Facts that are not asked for do not change those that are.
func TestReadWant(t *testing.T) {
	for name, image := range images() {
		all := mustRead(t, image, everything)
		for want := range everything + 1 {
			if want&(WantLuaJIT|WantTextRelocations|WantInstructions|WantExtensions) != 0 {
				continue // they bring what they need
			}
			expect := *all
			if want&WantSymbols == 0 {
				expect.ImportCount, expect.ExportCount = 0, 0
			}
			strip(&expect, want)
			if fields := differ(mustRead(t, image, want), &expect); len(fields) > 0 {
				t.Errorf("%s: Want %#x: other %q", name, uint(want), fields)
				break
			}
		}
	}
}

// differ names the fields that are not the same.
func differ(f, g *File) []string {
	var fields []string
	a, b := reflect.ValueOf(*f), reflect.ValueOf(*g)
	for i := range a.NumField() {
		if !reflect.DeepEqual(a.Field(i).Interface(), b.Field(i).Interface()) {
			fields = append(fields, a.Type().Field(i).Name)
		}
	}
	return fields
}

// strip takes from a file with all facts what want does not ask for.
func strip(f *File, want Want) {
	f.Instructions = nil // is not asked for
	if want&WantCallers == 0 {
		f.Callers = nil
	}
	if want&WantSupplies == 0 {
		f.Supplies = nil
	}
	if want&WantImports == 0 {
		f.Imports = nil
		needs := f.VersionNeeds
		f.VersionNeeds = nil
		for _, n := range needs {
			n.Symbols, n.Strong = nil, 0
			f.VersionNeeds = append(f.VersionNeeds, n)
		}
	}
	if want&WantExports == 0 {
		f.Exports = nil
	}
	if want&(WantRelocations|WantRefs) == 0 {
		f.Relocations = Relocations{}
	}
	if want&WantRefs == 0 {
		f.Imports, f.Exports = withoutRefs(f.Imports), withoutRefs(f.Exports)
	}
	if want&WantGo == 0 {
		f.Go = nil
	}
}

func withoutRefs(symbols []Symbol) []Symbol {
	var plain []Symbol
	for _, s := range symbols {
		s.Refs = 0
		plain = append(plain, s)
	}
	return plain
}

func TestReadKind(t *testing.T) {
	tests := map[string]Kind{
		"shared":         Shared,
		"shared-program": Shared, // an interpreter and a soname
		"program":        Executable,
		"static":         Executable,
		"pie":            PIE,
		"pie-unmarked":   PIE, // older linkers set no DF_1_PIE
		"static-pie":     PIE, // no interpreter
		"object":         Object,
		"debug":          DebugInfo,
	}
	images := images()
	for name, want := range tests {
		if got := mustRead(t, images[name], 0).Kind; got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

// A packed program is a program, whatever type it has, and says what packed it. What
// has a dynamic table left says by that what it needs.
func TestPacked(t *testing.T) {
	for kind, m := range map[Kind]elfbuild.Image{
		Executable: {Type: elf.ET_EXEC, Static: true},
		PIE:        {Type: elf.ET_DYN, Static: true},
		Shared:     {Type: elf.ET_DYN, SOName: "libx.so"},
	} {
		want := "UPX"
		if kind == Shared {
			want = ""
		}
		m.Data = make([]byte, 64)
		if f := mustRead(t, elfbuild.Packed(m.Bytes()), 0); f.Kind != kind || f.Packed != want {
			t.Errorf("%s, packed by %q: want %s and %q", f.Kind, f.Packed, kind, want)
		}
	}
}

// What is not for a user space is passed over; what is damaged is not.
func TestReadRefuses(t *testing.T) {
	plain := plainImage().Bytes()
	with := func(at int, b ...byte) []byte {
		image := bytes.Clone(plain)
		copy(image[at:], b)
		return image
	}
	tests := map[string]struct {
		image   []byte
		damaged bool
	}{
		"empty":               {nil, false},
		"three bytes":         {[]byte("\x7fEL"), false},
		"text":                {[]byte("#!/bin/sh\n"), false},
		"magic alone":         {[]byte("\x7fELF"), true},
		"BPF":                 {with(18, 247), false},
		"no machine":          {with(18, 0, 0), false},
		"class 3":             {with(4, 3), true},
		"byte order 0":        {with(5, 0), true},
		"version 2":           {with(6, 2), true},
		"core dump":           {with(16, 4), true},
		"no program headers":  {with(56, 0, 0), true},
		"odd program headers": {with(54, 57), true},
		"too many of them":    {with(56, 0xff, 0xff), true},
		"object, no sections": {with(16, 1, 0, 62, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), true},
	}
	for name, test := range tests {
		f, err := readBytes(test.image, everything)
		var damage *abi.FormatError
		if f != nil || errors.As(err, &damage) != test.damaged || errors.Is(err, abi.ErrFormat) == test.damaged {
			t.Errorf("%s: %v, %v; damaged %v", name, f, err, test.damaged)
		}
	}
}

// Segments of which nothing could be loaded, and such as stand in one another's
// place.
func TestSegmentsThatCannotBe(t *testing.T) {
	const first, entry = 64, 56
	// change sets numbers of the program headers of a kind.
	change := func(kind elf.ProgType, set map[int]uint64) []byte {
		image := plainImage().Bytes()
		for at := first; at < first+int(binary.LittleEndian.Uint16(image[56:]))*entry; at += entry {
			if elf.ProgType(binary.LittleEndian.Uint32(image[at:])) != kind {
				continue
			}
			for field, v := range set {
				binary.LittleEndian.PutUint64(image[at+field:], v)
			}
		}
		return image
	}
	tests := map[string]struct {
		image []byte
		want  string
	}{
		"none":         {change(elf.PT_LOAD, map[int]uint64{0: uint64(elf.PT_NULL)}), "no PT_LOAD takes anything"},
		"empty":        {change(elf.PT_LOAD, map[int]uint64{32: 0}), "no PT_LOAD takes anything"},
		"no dynamic":   {change(elf.PT_DYNAMIC, map[int]uint64{32: 0}), "no PT_LOAD takes anything"},
		"two dynamic":  {change(elf.PT_GNU_STACK, map[int]uint64{0: uint64(elf.PT_DYNAMIC)}), "is a second PT_DYNAMIC"},
		"at one place": {change(elf.PT_LOAD, map[int]uint64{16: 0x1000, 40: 0x1000}), "addresses from 0x1000 to 0x2000, of which segment"},
		"over the first": {plainWith(func(m *elfbuild.Image) {
			m.Segments = append(m.Segments, elf.ProgHeader{Type: elf.PT_LOAD, Off: 16, Vaddr: 16, Filesz: 8, Memsz: 8, Align: 1})
		}), "of which segment"},
		"over the next": {change(elf.PT_LOAD, map[int]uint64{40: 1 << 40}), "of which segment"},
	}
	for name, test := range tests {
		f, err := readBytes(test.image, everything)
		var damage *abi.FormatError
		if f != nil || !errors.As(err, &damage) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, %v; want %q", name, f, err, test.want)
		}
	}
}

// What patchelf wrote over a note is none, and hides none that follows.
func TestClobberedNotes(t *testing.T) {
	for _, filler := range []string{"X", "Z"} {
		image := elfbuild.Image{Notes: []elfbuild.Note{elfbuild.BuildID(1, 2, 3), elfbuild.ABITag(0, 3, 2, 0)}}.Bytes()
		f := mustRead(t, image, 0)
		s, _ := f.Segment(elf.PT_NOTE)
		if f.Notes.BuildID == "" || f.Notes.Kernel == "" || s.FileSize < 40 {
			t.Fatalf("%+v, %+v", f.Notes, s)
		}
		copy(image[s.Offset:], strings.Repeat(filler, 20)) // the first
		if f = mustRead(t, image, 0); f.Notes.BuildID != "" || f.Notes.Kernel != "3.2.0" {
			t.Errorf("one of %s: %+v", filler, f.Notes)
		}
		copy(image[s.Offset:], strings.Repeat(filler, int(s.FileSize)))
		if f = mustRead(t, image, 0); f.Notes != (Notes{}) {
			t.Errorf("all of %s: %+v", filler, f.Notes)
		}
		image[s.Offset+5] = 'Y'
		if _, err := readBytes(image, 0); err == nil {
			t.Errorf("not all of %s: no error", filler)
		}
	}
}

// Notes of a segment that is aligned to eight bytes are padded to eight.
func TestNoteAlignment(t *testing.T) {
	for _, align := range []int{4, 8} {
		odd := elfbuild.Note{Name: "GNU", Type: 0x100, Words: []uint32{1}, Align: align}
		id := elfbuild.BuildID(1, 2, 3)
		id.Align = align
		f := mustRead(t, elfbuild.Image{Notes: []elfbuild.Note{odd, id, odd}}.Bytes(), 0)
		if f.Notes.BuildID != "010203" {
			t.Errorf("alignment %d: build ID %q", align, f.Notes.BuildID)
		}
	}
}

func TestReadFile(t *testing.T) {
	dir := t.TempDir()
	if _, err := ReadFile(dir, 0); !errors.Is(err, abi.ErrFormat) {
		t.Errorf("a directory: %v", err)
	}
	if _, err := ReadFile(filepath.Join(dir, "none"), 0); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	name := filepath.Join(dir, "x.so")
	if err := os.WriteFile(name, plainImage().Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	if f, err := ReadFile(name, 0); err != nil || f.SOName != "libplain.so.1" {
		t.Errorf("%v, %v", f, err)
	}
}

func TestWantTextRelocations(t *testing.T) {
	with, without := images()["text-relocation"], plainWith()
	if n := mustRead(t, with, WantTextRelocations).Relocations.Count; n == 0 {
		t.Error("a file with DT_TEXTREL: no relocations were read")
	}
	if n := mustRead(t, without, WantTextRelocations).Relocations.Count; n != 0 {
		t.Errorf("a file without DT_TEXTREL: %d relocations were read", n)
	}
	if n := mustRead(t, without, WantRelocations).Relocations.Count; n == 0 {
		t.Error("the file has none that could be read")
	}
}

// What memory was used before shows nowhere.
func TestRecycle(t *testing.T) {
	used := Symbol{Name: "x", Version: "x", Library: "x", Bind: 1, Type: 1, Visibility: 1, Hidden: true, Absolute: true, Refs: 1, Number: 1, Value: 1, Size: 1}
	for name, image := range images() {
		want, wantErr := readBytes(image, WantSymbols|WantRefs)
		other := &File{
			Imports: slices.Repeat([]Symbol{used}, 100), Exports: slices.Repeat([]Symbol{used}, 100),
			VersionNeeds: slices.Repeat([]VersionNeed{{"x", "x", true, true, []string{"x"}, 1}}, 100),
			Segments:     slices.Repeat([]Segment{{1, 1, 1, 1, 1, 1, 1}}, 100),
		}
		if other.Recycle(); other.Imports != nil || other.Exports != nil || other.VersionNeeds != nil || other.Segments != nil {
			t.Fatal("the lists are still there")
		}
		got, err := readBytes(image, WantSymbols|WantRefs)
		if !reflect.DeepEqual(got, want) || !reflect.DeepEqual(err, wantErr) {
			t.Errorf("%s: %+v, %v, want %+v, %v", name, got, err, want, wantErr)
		}
	}
}
