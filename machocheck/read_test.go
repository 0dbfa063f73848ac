package machocheck

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/abivet/abivet/abi"
	mb "github.com/abivet/abivet/internal/machobuild"
)

func TestReadOtherFormats(t *testing.T) {
	tests := map[string][]byte{
		"empty":                    {},
		"shorter than a magic":     {0xcf, 0xfa, 0xed},
		"text":                     []byte("#!/bin/sh\n"),
		"a thin static library":    mb.Archive(object().Bytes()),
		"Java 1.1":                 {0xca, 0xfe, 0xba, 0xbe, 0, 3, 0, 45, 0, 0},
		"Java 26":                  {0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 70, 0, 0},
		"a universal header of LE": {0xbe, 0xba, 0xfe, 0xca, 2, 0, 0, 0},
	}
	for reason, data := range tests {
		files, err := Read(bytes.NewReader(data), int64(len(data)), WantAll)
		if !errors.Is(err, abi.ErrFormat) || files != nil {
			t.Errorf("%s: %v, %v; want ErrFormat", reason, files, err)
		}
		if _, err := Slices(bytes.NewReader(data), int64(len(data))); !errors.Is(err, abi.ErrFormat) {
			t.Errorf("%s: Slices: %v; want ErrFormat", reason, err)
		}
	}
}

// put returns data with a number of 32 bits at an offset.
func put(data []byte, offset int, v uint32) []byte {
	data = append([]byte(nil), data...)
	binary.LittleEndian.PutUint32(data[offset:], v)
	return data
}

func image(commands ...mb.Command) []byte {
	return mb.Image{CPU: mb.ARM64, Type: mb.Dylib, Commands: commands}.Bytes()
}

func TestReadDamaged(t *testing.T) {
	sound := program(mb.AMD64).Bytes()
	both := mb.Universal(program(mb.AMD64).Slice(), program(mb.ARM64).Slice())
	tests := map[string]struct {
		data []byte
		want string // in the message
	}{
		"cut in the header":                {sound[:20], "header of 20 bytes"},
		"cut in the load commands":         {sound[:100], "load commands of"},
		"cut in the last segment":          {sound[:len(sound)-40], "LC_SEGMENT_64 points to"},
		"more commands than bytes":         {put(sound, 16, 1000), "begins at the end"},
		"commands beyond the file":         {put(sound, 20, 1<<30), "load commands of 1073741824 bytes"},
		"a command of no size":             {image(mb.Raw{Kind: 0x1b, Size: 4}), "of 4 bytes: want 8"},
		"a command beyond the others":      {image(mb.Raw{Kind: 0x1b, Size: 4096}), "of 4096 bytes"},
		"a core dump":                      {mb.Image{CPU: mb.AMD64, Type: mb.Core}.Bytes(), "a core dump"},
		"a short UUID":                     {image(mb.Raw{Kind: 0x1b, Body: make([]byte, 8)}), "LC_UUID of 16 bytes: want 24"},
		"a short segment":                  {image(mb.Raw{Kind: 0x19, Body: make([]byte, 32)}), "LC_SEGMENT_64 of 40 bytes: want 72"},
		"more sections than room":          {image(mb.Raw{Kind: 0x19, Body: append(make([]byte, 56), 3, 0, 0, 0, 0, 0, 0, 0)}), "3 sections: its 72 bytes have room for 0"},
		"a segment that wraps around":      {image(mb.Segment{Name: "__TEXT", Addr: 1<<64 - 1, Size: 2}), "wraps around"},
		"a section beyond the file":        {image(mb.Segment{Name: "__TEXT", Data: make([]byte, 8), Sections: []mb.Section{{Name: "__text", Size: 1 << 40}}}), "the slice has"},
		"a string before its place":        {image(mb.Raw{Kind: 0x8000001c, Body: mb.Words(4, 0)}), "string of LC_RPATH at 4"},
		"a string behind its command":      {image(mb.Raw{Kind: 0x8000001c, Body: mb.Words(16, 0)}), "string of LC_RPATH at 16"},
		"a string without an end":          {image(mb.Raw{Kind: 0x8000001c, Body: mb.Words(12, 0x41414141)}), "has no end"},
		"a library without versions":       {image(mb.Raw{Kind: 0xc, Body: mb.Words(12, 0)}), "LC_LOAD_DYLIB of 16 bytes: want 24"},
		"tools that are not there":         {image(mb.Raw{Kind: 0x32, Body: mb.Words(1, 0, 0, 9)}), "with 9 tools"},
		"fixups beyond the file":           {image(mb.Raw{Kind: 0x80000034, Body: mb.Words(16, 1<<20)}), "points to 0x100000 bytes"},
		"a signature beyond the file":      {image(mb.Raw{Kind: 0x1d, Body: mb.Words(0xffffffff, 16)}), "points to 0x10 bytes at 0xffffffff"},
		"symbols beyond the file":          {image(mb.Raw{Kind: 2, Body: mb.Words(0, 0x0fffffff, 0, 0)}), "LC_SYMTAB points to"},
		"a symbol range beyond the table":  {image(mb.Raw{Kind: 0xb, Body: mb.Words(0, 0, 5, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)}, mb.Symtab{Defined: []string{"_f"}}), "5 symbols from 5"},
		"one long name for many symbols":   {longName(), "names of more than 16 times"},
		"a trie that points back":          {image(mb.Blob{Kind: mb.ExportsTrie, Data: []byte{0, 1, 'a', 0, 0}}), "two nodes"},
		"a trie that points out":           {image(mb.Blob{Kind: mb.ExportsTrie, Data: []byte{0, 1, 'a', 0, 99}}), "child of the export trie at 0x63"},
		"a trie with an endless label":     {image(mb.Blob{Kind: mb.ExportsTrie, Data: []byte{0, 1, 'a'}}), "label of the export trie has no end"},
		"a trie cut before its children":   {image(mb.Blob{Kind: mb.ExportsTrie, Data: []byte{2, 0, 0}}), "ends before its children"},
		"no slices":                        {mb.Universal(), "0 slices"},
		"44 slices and no table":           {append([]byte{0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 44}, make([]byte, 20)...), "table of 44 slices"},
		"a cut slice":                      {both[:len(both)-1], "slice 1 of"},
		"slices that overlap":              {overlapping(), "overlaps slice 0"},
		"a slice over the header":          {put(both, 16, 0), "slice 0 of"},
		"a slice that is something else":   {mb.Universal(mb.Part{CPU: mb.AMD64, Data: []byte("#!/bin/sh\n")}), "want Mach-O or an archive"},
		"a universal file in a slice":      {mb.Universal(mb.Part{CPU: mb.AMD64, Data: both}), "want Mach-O or an archive"},
		"an empty slice":                   {mb.Universal(mb.Part{CPU: mb.AMD64}), "slice of 0 bytes"},
		"Go build information that is cut": {cutGo(), "cut off"},
	}
	for reason, test := range tests {
		t.Run(reason, func(t *testing.T) {
			files, err := Read(bytes.NewReader(test.data), int64(len(test.data)), WantAll)
			var format *abi.FormatError
			if !errors.As(err, &format) || files != nil {
				t.Fatalf("%v, %v; want a FormatError", files, err)
			}
			if !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v; want %q", err, test.want)
			}
			if format.Offset < 0 || format.Offset > int64(len(test.data)) {
				t.Errorf("offset %#x of a file of %#x bytes", format.Offset, len(test.data))
			}
		})
	}
}

func longName() []byte {
	m := mb.Symtab{Defined: []string{strings.Repeat("x", 1000)}}
	data := image(m, mb.Segment{Name: "__TEXT", Data: make([]byte, 4096)})
	for at := range 100 { // entries are 16 bytes, the first one is sound
		copy(data[len(data)-4096+16*at:], []byte{1, 0, 0, 0, 0x0f, 1})
	}
	data = put(data, 32+8, uint32(len(data)-4096))
	return put(data, 32+12, 100)
}

func overlapping() []byte {
	data := mb.Universal(program(mb.AMD64).Slice(), program(mb.ARM64).Slice())
	copy(data[36:44], data[16:24]) // the offset and size of the first
	return data
}

func cutGo() []byte {
	m := goProgram()
	s := m.Commands[2].(mb.Segment)
	s.Sections = []mb.Section{{Name: goBuildSection, Size: 36}}
	m.Commands[2] = s
	return m.Bytes()
}

// TestReadEveryCut cuts a file at each byte: whatever is missing, no shorter
// list may come out of it.
func TestReadEveryCut(t *testing.T) {
	for name, data := range map[string][]byte{"program": program(mb.ARM64).Bytes(), "library": library(mb.AMD64).Bytes(), "narrow": narrow().Bytes()} {
		whole := read(t, data, WantAll)
		for n := 4; n < len(data); n++ {
			files, err := Read(bytes.NewReader(data[:n]), int64(n), WantAll)
			if err != nil {
				continue
			}
			f := files[0]
			if len(f.Segments) != len(whole.Segments) || len(f.Dylibs) != len(whole.Dylibs) ||
				len(f.Exports) != len(whole.Exports) || len(f.Imports) != len(whole.Imports) || len(f.RPaths) != len(whole.RPaths) {
				t.Errorf("%s cut to %d of %d bytes is read as a smaller file", name, n, len(data))
			}
		}
	}
}

func TestSlices(t *testing.T) {
	amd64, arm64 := program(mb.AMD64).Slice(), program(mb.ARM64).Slice()
	archives := mb.Universal(mb.Part{CPU: mb.AMD64, Data: mb.Archive(object().Bytes())}, mb.Part{CPU: mb.ARM64, Data: mb.Archive(object().Bytes())})
	tests := map[string]struct {
		data []byte
		want string
	}{
		"thin":            {amd64.Data, "x86_64"},
		"universal":       {mb.Universal(amd64, arm64), "x86_64 universal, arm64 universal"},
		"64-bit header":   {mb.Universal64(arm64), "arm64 universal wide"},
		"archives":        {archives, "x86_64 universal archive, arm64 universal archive"},
		"mixed":           {mb.Universal(mb.Part{CPU: mb.I386, Data: mb.Archive(nil)}, arm64), "i386 universal archive, arm64 universal"},
		"arm64e, x86_64h": {mb.Universal(mb.Part{CPU: mb.ARM64, Subtype: 0x80000002, Data: arm64.Data}, mb.Part{CPU: mb.AMD64, Subtype: 8, Data: amd64.Data}), "arm64e universal, x86_64h universal"},
	}
	for reason, test := range tests {
		slices, err := Slices(bytes.NewReader(test.data), int64(len(test.data)))
		if err != nil {
			t.Errorf("%s: %v", reason, err)
			continue
		}
		var got []string
		for _, s := range slices {
			word := s.Arch()
			for _, is := range []struct {
				it   bool
				word string
			}{{s.Universal, " universal"}, {s.Wide, " wide"}, {s.Archive, " archive"}} {
				if is.it {
					word += is.word
				}
			}
			got = append(got, word)
		}
		if s := strings.Join(got, ", "); s != test.want {
			t.Errorf("%s: %s; want %s", reason, s, test.want)
		}
	}
	if _, err := Read(bytes.NewReader(archives), int64(len(archives)), 0); !errors.Is(err, ErrArchive) {
		t.Errorf("Read of archives: %v; want ErrArchive", err)
	}
}

// TestReadCheap holds the zero Want to the load commands: what is not asked for
// is not read, and may be damaged.
func TestReadCheap(t *testing.T) {
	data := image(mb.Blob{Kind: mb.ExportsTrie, Data: []byte{0, 1, 'a', 0, 0}})
	f := read(t, data, 0)
	if f.Exports != nil || !f.ExportsTrie {
		t.Errorf("exports %q, trie %t; want none, and true", f.Exports, f.ExportsTrie)
	}
	r := &counter{data: program(mb.AMD64).Bytes()}
	if _, err := Read(r, int64(len(r.data)), 0); err != nil || r.reads != 1 {
		t.Errorf("%d reads, %v; want 1", r.reads, err)
	}
}

type counter struct {
	data  []byte
	reads int
}

func (c *counter) ReadAt(b []byte, offset int64) (int, error) {
	c.reads++
	return bytes.NewReader(c.data).ReadAt(b, offset)
}

// TestReadManyCommands has more load commands than are read at first.
func TestReadManyCommands(t *testing.T) {
	m := program(mb.AMD64)
	for range 500 {
		m.Commands = append(m.Commands, mb.RPath("@loader_path/a/rather/long/path"))
	}
	if f := read(t, m.Bytes(), 0); len(f.RPaths) != 500 || f.RPaths[499] != "@loader_path/a/rather/long/path" {
		t.Errorf("%d paths, %q", len(f.RPaths), f.RPaths)
	}
}

// TestReadLyingSize has a size that the reader does not bear out.
func TestReadLyingSize(t *testing.T) {
	data := program(mb.AMD64).Bytes()
	var format *abi.FormatError
	if _, err := Read(bytes.NewReader(data[:600]), int64(len(data)), WantAll); !errors.As(err, &format) {
		t.Errorf("%v; want a FormatError", err)
	}
}

func TestReadFile(t *testing.T) {
	dir := t.TempDir()
	if _, err := ReadFile(dir, 0); !errors.Is(err, abi.ErrFormat) {
		t.Errorf("a directory: %v; want ErrFormat", err)
	}
	name := filepath.Join(dir, "program")
	if err := os.WriteFile(name, program(mb.ARM64).Bytes(), 0o755); err != nil {
		t.Fatal(err)
	}
	if files, err := ReadFile(name, 0); err != nil || len(files) != 1 {
		t.Errorf("%v, %v", files, err)
	}
}

func TestSignatureProblems(t *testing.T) {
	tests := map[string][]byte{
		"want 12 or more":          {1, 2, 3},
		"the signature has magic":  make([]byte, 64),
		"has no code directory":    {0xfa, 0xde, 0x0c, 0xc0, 0, 0, 0, 12, 0, 0, 0, 0},
		"parts in":                 {0xfa, 0xde, 0x0c, 0xc0, 0, 0, 0, 12, 0xff, 0, 0, 0},
		"is not within":            {0xfa, 0xde, 0x0c, 0xc0, 0, 0, 0, 20, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 20},
		"code directory has magic": append([]byte{0xfa, 0xde, 0x0c, 0xc0, 0, 0, 0, 20, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 20, 0, 0, 0, 0, 0, 0, 0, 16}, make([]byte, 44)...),
	}
	for want, data := range tests {
		s := read(t, image(mb.Blob{Kind: mb.CodeSignature, Data: data}), WantSignature).Signature
		if !s.Present || !strings.Contains(s.Problem, want) {
			t.Errorf("%+v; want a problem with %q", s, want)
		}
	}
}

func TestImports(t *testing.T) {
	table := mb.Symtab{Defined: []string{"_f"}, Undefined: []mb.Undefined{{Name: "_a", Library: 1}, {Name: "_b", Library: 0xfe}, {Name: "_c", Library: 0xff}}}
	private := table
	private.Private = true
	tests := map[string]struct {
		flags uint32
		table mb.Symtab
		want  string
	}{
		"two levels":                 {mb.TwoLevel, table, "[_f] [{_a 1 false false} {_b -2 false false} {_c -1 false false}]"},
		"a flat namespace":           {0, table, "[_f] [{_a 0 false false} {_b 0 false false} {_c 0 false false}]"},
		"hidden symbols are no part": {mb.TwoLevel, private, "[] [{_a 1 false false} {_b -2 false false} {_c -1 false false}]"},
	}
	for reason, test := range tests {
		f := read(t, mb.Image{CPU: mb.ARM64, Type: mb.Dylib, Flags: test.flags, Commands: []mb.Command{test.table}}.Bytes(), WantSymbols)
		if got := fmt.Sprint(f.Exports, f.Imports); got != test.want {
			t.Errorf("%s: %s; want %s", reason, got, test.want)
		}
	}
}

// TestDylibTimeStamp has a library whose name stands where flags could be before
// it, and a time stamp: it is the older form.
func TestDylibTimeStamp(t *testing.T) {
	body := append(mb.Words(28, 2, 0x10000, 0x10000, 1), "/usr/lib/libx.dylib\x00"...)
	f := read(t, image(mb.Raw{Kind: mb.Load, Body: body}), 0)
	if len(f.Dylibs) != 1 || f.Dylibs[0].Name != "/usr/lib/libx.dylib" || f.Dylibs[0].Link != Normal {
		t.Errorf("%+v; want one that is needed in the normal way", f.Dylibs)
	}
}
