package machocheck

import (
	"bytes"
	"encoding/binary"
	"slices"
	"testing"

	"github.com/abivet/abivet/luajit"
)

// A function begins at an address, with an encoding of amd64.
type function struct{ start, encoding uint32 }

const (
	ofCompiler = 0x01000000 // a frame by RBP
	ofStack    = 0x02000000 // by RSP
	ofDWARF    = 0x04000000
)

// unwindInfo is a table of functions: the first half in a regular page, the
// others in a compressed one with an encoding of its own beside a shared one.
func unwindInfo(end uint32, functions ...function) []byte {
	half := len(functions) / 2
	first, second := functions[:half], functions[half:]
	const encodings = unwindHeader + 3*unwindIndexEntry
	const pages = encodings + 4
	compressed := uint32(pages + 8 + 8*half)
	words := []uint32{1, encodings, 1, 0, 0, unwindHeader, 3}
	base := uint32(0)
	if half > 0 {
		base = first[0].start
	}
	words = append(words, base, pages, 0, second[0].start, compressed, 0, end, 0, 0)
	words = append(words, ofCompiler, unwindRegular, 8|uint32(half)<<16)
	for _, f := range first {
		words = append(words, f.start, f.encoding)
	}
	words = append(words, unwindCompressed, 24|uint32(len(second))<<16, 12|3<<16, ofDWARF, ofStack, 0)
	for _, f := range second {
		number := uint32(slices.Index([]uint32{ofCompiler, ofDWARF, ofStack, 0}, f.encoding))
		words = append(words, f.start-second[0].start|number<<24)
	}
	var raw []byte
	for _, w := range words {
		raw = binary.LittleEndian.AppendUint32(raw, w)
	}
	return raw
}

// functions begin every so many bytes.
func functions(from, to, every, encoding uint32) (all []function) {
	for at := from; at < to; at += every {
		all = append(all, function{at, encoding})
	}
	return all
}

func TestLongCode(t *testing.T) {
	const from, size = 0x1000, 0x10000
	whole := []luajit.Region{{Offset: from, Size: size, Executable: true}}
	span := func(from, to int64) luajit.Region {
		return luajit.Region{Offset: from, Size: to - from, Executable: true}
	}
	table := func(parts ...[]function) []byte { return unwindInfo(0x11000, slices.Concat(parts...)...) }
	short := table(functions(0x1000, 0x11000, 0x800, ofCompiler))
	tests := map[string]struct {
		table  []byte
		filled bool
		change func(f *File)
		want   []luajit.Region
	}{
		"functions of a compiler": {table: short},
		"a long one": {
			table: table(functions(0x1000, 0x3000, 0x800, ofCompiler), functions(0x3000, 0x6000, 0x3000, ofCompiler), functions(0x6000, 0x11000, 0x800, ofCompiler)),
			want:  []luajit.Region{span(0x3000, 0x6000)},
		},
		"a long one of a linker that tells all": {
			table:  table(functions(0x1000, 0x3000, 0x800, ofCompiler), functions(0x3000, 0x6000, 0x3000, ofCompiler), functions(0x6000, 0x11000, 0x800, ofCompiler)),
			filled: true,
		},
		"a frame that an interpreter may have": {
			table:  table(functions(0x1000, 0x3000, 0x800, ofCompiler), functions(0x3000, 0x6000, 0x3000, ofStack), functions(0x6000, 0x11000, 0x800, ofCompiler)),
			filled: true,
			want:   []luajit.Region{span(0x3000, 0x6000)},
		},
		"an interpreter in pieces": {
			table: table(functions(0x1000, 0x3000, 0x800, ofCompiler), functions(0x3000, 0x6000, 0x40, ofDWARF), functions(0x6000, 0x11000, 0x800, ofCompiler)),
			want:  []luajit.Region{span(0x3000, 0x6000)},
		},
		"one that no function is of": {
			table: table(functions(0x1000, 0x8000, 0x800, ofCompiler), functions(0x8000, 0xb000, 0x3000, 0), functions(0xb000, 0x11000, 0x800, ofCompiler)),
			want:  []luajit.Region{span(0x8000, 0xb000)},
		},
		"before the first and behind the last": {
			table: unwindInfo(0x9000, functions(0x6000, 0x9000, 0x800, ofCompiler)...),
			want:  []luajit.Region{span(0x1000, 0x6000), span(0x9000, 0x11000)},
		},
		"a function goes on into the code": {table: unwindInfo(0x11000, append([]function{{0x800, ofCompiler}}, functions(0x2000, 0x11000, 0x800, ofCompiler)...)...)},
		"no table":                         {change: func(f *File) { f.Segments[0].Sections = nil }, want: whole},
		"another processor":                {table: short, change: func(f *File) { f.Platform.Arch = "ppc" }, want: whole},
		"functions that do not rise":       {table: unwindInfo(0x11000, append(functions(0x3000, 0x11000, 0x800, ofCompiler), function{0x1000, ofCompiler})...), want: whole},
		"a table cut short":                {table: short[:len(short)-8], want: whole},
		"code is mapped by an offset":      {table: short, change: func(f *File) { f.Segments[0].Offset = 0x4000 }, want: whole},
	}
	for reason, test := range tests {
		f := File{Platform: intel, Segments: []Segment{{Name: "__TEXT", Sections: []Section{{Name: "__unwind_info", Offset: 16, Size: uint64(len(test.table))}}}}}
		if test.change != nil {
			test.change(&f)
		}
		for _, base := range []int64{0, 0x4000} {
			data := append(make([]byte, base+16), test.table...)
			d := decoder{r: bytes.NewReader(data), base: base, size: int64(len(data)) - base, file: &f, fillsGaps: test.filled}
			got, err := d.longCode(moved(whole, base))
			d.own().release()
			if want := moved(test.want, base); err != nil || !slices.Equal(got, want) {
				t.Errorf("%s: got %+v, %v; want %+v", reason, got, err, want)
			}
		}
	}
}

// moved are regions of a slice that begins at a place in its file.
func moved(regions []luajit.Region, by int64) (all []luajit.Region) {
	for _, r := range regions {
		r.Offset += by
		all = append(all, r)
	}
	return all
}

// A file of many parts of code is looked through whole, and not once for each.
func TestLongCodeInManyParts(t *testing.T) {
	table := unwindInfo(1<<24, functions(0x1000, 1<<24, 0x800, ofCompiler)...)
	f := File{Platform: intel, Segments: []Segment{{Name: "__TEXT", Sections: []Section{{Name: "__unwind_info", Offset: 1, Size: uint64(len(table))}}}}}
	data := append([]byte{0}, table...)
	d := decoder{r: bytes.NewReader(data), size: int64(len(data)), file: &f}
	defer d.own().release()
	var parts []luajit.Region
	for n := range int64(maxCodeParts + 1) {
		parts = append(parts, luajit.Region{Offset: 0x1000 + n*luajit.LeastSpan, Size: luajit.LeastSpan, Executable: true})
	}
	for n, want := range map[int]int{maxCodeParts: 0, maxCodeParts + 1: maxCodeParts + 1} {
		if got, err := d.longCode(parts[:n]); err != nil || len(got) != want {
			t.Errorf("%d parts: %d are long, %v; want %d", n, len(got), err, want)
		}
	}
}

func FuzzUnwind(f *testing.F) {
	f.Add(unwindInfo(0xa000, function{0x1000, ofCompiler}, function{0x1100, ofDWARF}, function{0x9000, ofCompiler}), uint16(0x1000), uint16(0xf000))
	f.Add(unwindInfo(0, function{}), uint16(0), uint16(0xffff))
	f.Fuzz(func(t *testing.T, raw []byte, offset, size uint16) {
		d := decoder{r: bytes.NewReader(raw), size: int64(len(raw)), file: &File{Platform: intel, Segments: []Segment{{
			Name: "__TEXT", FileSize: uint64(len(raw)), Sections: []Section{{Name: "__unwind_info", Offset: 1, Size: uint64(max(len(raw), 1) - 1)}},
		}}}}
		defer d.own().release()
		whole := luajit.Region{Offset: int64(offset), Size: int64(size), Executable: true}
		regions, err := d.longCode([]luajit.Region{whole})
		if err != nil {
			t.Fatal(err)
		}
		at := whole.Offset
		for _, r := range regions {
			if r != whole && r.Size < luajit.LeastSpan || r.Offset < at || r.Offset+r.Size > whole.Offset+whole.Size {
				t.Fatalf("%v of %v", regions, whole)
			}
			at = r.Offset + r.Size
		}
	})
}
