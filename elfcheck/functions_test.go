package elfcheck

import (
	"bytes"
	"cmp"
	"debug/elf"
	"encoding/binary"
	"slices"
	"testing"

	"github.com/abivet/abivet/luajit"
)

// The places are offsets in the file; the code is at 0x1000 and has 0x8000 bytes,
// the table is behind it, and addresses are 0x400000 higher.
func TestLongCode(t *testing.T) {
	const code, size, base, span = 0x1000, 0x8000, 0x400000, luajit.LeastSpan
	all := []int64{code, size}
	tests := map[string]struct {
		starts []uint64
		magic  string
		class  int
		cut    int // bytes off the table
		init   uint64
		fini   uint64
		want   []int64
	}{
		"no table":                       {magic: "", starts: []uint64{code}, want: all},
		"another form of table":          {magic: "\x01\x1b\x03\x33", starts: []uint64{code}, want: all},
		"an empty table":                 {magic: plainTable, want: all},
		"one function":                   {magic: plainTable, starts: []uint64{code}, want: all},
		"before the first":               {magic: plainTable, starts: []uint64{code + span, code + span + 0x10}, want: []int64{code, span, code + span + 0x10, size - span - 0x10}},
		"short ones around a long one":   {magic: plainTable, starts: []uint64{code, code + 0x100, code + 0x6000, code + 0x7000}, want: []int64{code + 0x100, 0x5f00}},
		"code between two functions":     {magic: plainTable, starts: []uint64{code + 0x4000, code + 0x4100}, init: code + 0x3f00, fini: code + 0x7000, want: []int64{code + 0x4100, 0x2f00}},
		"a function before these":        {magic: plainTable, starts: []uint64{code + 0x4000, code + 0x4100}, init: code + 0x4010, fini: code + 0x7000, want: []int64{code, 0x4000, code + 0x4100, size - 0x4100}},
		"a function behind them":         {magic: plainTable, starts: []uint64{code, code + 0x100, code + 0x6000}, init: code, fini: code + 0x5000, want: []int64{code + 0x100, 0x5f00, code + 0x6000, size - 0x6000}},
		"short by a byte":                {magic: plainTable, starts: []uint64{code, code + span - 1, code + 2*span - 2, code + 3*span - 3, code + 4*span - 4}},
		"functions of other segments":    {magic: plainTable, starts: []uint64{0x10, code + size + 0x10}, want: all},
		"not in order":                   {magic: plainTable, starts: []uint64{code + 0x200, code}, want: all},
		"a table cut short":              {magic: plainTable, starts: []uint64{code, code + 0x100}, cut: 8, want: all},
		"of 32 bits":                     {magic: plainTable, class: 32, starts: []uint64{code, code + 0x100}, want: []int64{code + 0x100, size - 0x100}},
		"a function twice, as in a fold": {magic: plainTable, starts: []uint64{code, code + 0x100, code + 0x100}, want: []int64{code + 0x100, size - 0x100}},
	}
	for reason, test := range tests {
		table := append([]byte(test.magic), make([]byte, 12-len(test.magic))...)
		binary.LittleEndian.PutUint32(table[8:], uint32(len(test.starts)))
		for _, start := range test.starts {
			table = binary.LittleEndian.AppendUint32(table, uint32(start)-code-size)
			table = append(table, 0, 0, 0, 0)
		}
		file := append(make([]byte, code+size), table[:len(table)-test.cut]...)
		d := &decoder{scratch: scratches.Get().(*scratch), r: bytes.NewReader(file), size: int64(len(file)), wide: test.class != 32, f: &File{Segments: []Segment{
			{Type: elf.PT_LOAD, Flags: elf.PF_R, VAddr: base, FileSize: code},
			{Type: elf.PT_LOAD, Flags: elf.PF_R | elf.PF_X, Offset: code, VAddr: base + code, FileSize: size},
			{Type: elf.PT_GNU_EH_FRAME, Offset: code + size, VAddr: base + code + size, FileSize: uint64(len(table))},
		}}}
		if test.init != 0 {
			d.dyn.init, d.dyn.fini = base+test.init, base+test.fini
		}
		if test.magic == "" {
			d.f.Segments = d.f.Segments[:2]
		}
		var got []int64
		for _, r := range d.longCode() {
			if r.Executable {
				got = append(got, r.Offset, r.Size)
			}
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: %#x, want %#x", reason, got, test.want)
		}
	}
}

// A file of many segments of code is looked through whole, and not once for each.
func TestLongCodeInManySegments(t *testing.T) {
	const code, size = 0x1000, luajit.LeastSpan
	table := append([]byte(plainTable), make([]byte, 8)...)
	binary.LittleEndian.PutUint32(table[8:], 2*(maxCodeParts+1))
	for n := range uint32(2 * (maxCodeParts + 1)) {
		table = binary.LittleEndian.AppendUint32(table, code+n*size/2)
		table = append(table, 0, 0, 0, 0)
	}
	for n, want := range map[int]int{maxCodeParts: 0, maxCodeParts + 1: maxCodeParts + 1} {
		d := &decoder{scratch: scratches.Get().(*scratch), r: bytes.NewReader(table), size: int64(len(table)), wide: true, f: &File{Segments: []Segment{
			{Type: elf.PT_GNU_EH_FRAME, FileSize: uint64(len(table))},
		}}}
		for i := range uint64(n) {
			d.f.Segments = append(d.f.Segments, Segment{Type: elf.PT_LOAD, Flags: elf.PF_R | elf.PF_X, VAddr: code + i*size, FileSize: size})
		}
		if got := d.longCode(); len(got) != want {
			t.Errorf("%d segments: %d are long, want %d", n, len(got), want)
		}
	}
}

// The code is at 0x1000, .eh_frame at 0x9000 and the table behind that; addresses
// are places in the file.
func TestCompiledFunctions(t *testing.T) {
	const code, size, span = 0x1000, 0x8000, luajit.LeastSpan
	const (
		pushes = "\x41\x0e\x10" // DW_CFA_advance_loc 1, DW_CFA_def_cfa_offset 16
		steady = "\x0e\x50\x86\x02"
	)
	tests := map[string]struct {
		augmentation, form string
		start, length      uint32
		kind               uint32 // added to where the entry says that its kind stands
		data, code         string
		want               []int64
	}{
		"a compiler's":                         {length: size, code: pushes},
		"a compiler's, far on":                 {length: size, code: "\x03\x00\x01\x0e\x10"},
		"assembly with one frame":              {length: size, code: steady, want: []int64{code, size}},
		"with a table of its handlers":         {augmentation: "zLR", form: "\x1b\x1b", length: size, data: "\x01\x02\x03\x04", code: pushes},
		"code without an entry behind it":      {length: 0x100, code: pushes, want: []int64{code + 0x100, size - 0x100}},
		"short code without an entry":          {length: size - span + 1, code: pushes},
		"an entry of another place":            {start: 0x10, length: size, code: pushes, want: []int64{code, size}},
		"an entry of another kind":             {kind: 8, length: size, code: pushes, want: []int64{code, size}},
		"pointers of another form":             {form: "\x0b", length: size, code: pushes, want: []int64{code, size}},
		"an entry that is over before it says": {length: size, data: "0123456789012345678901234567890123456789012345678901234567890123", want: []int64{code, size}},
	}
	for reason, test := range tests {
		file := make([]byte, code+size)
		le := binary.LittleEndian
		augmentation, form := cmp.Or(test.augmentation, "zR"), cmp.Or(test.form, "\x1b")
		kind := "\x01" + augmentation + "\x00\x01\x78\x10" + string(rune(len(form))) + form
		file = le.AppendUint32(file, uint32(4+len(kind)))
		file = append(append(file, 0, 0, 0, 0), kind...)
		frame := uint32(len(file))
		file = le.AppendUint32(file, uint32(13+len(test.data)+len(test.code)))
		file = le.AppendUint32(file, frame+4-(code+size)+test.kind)
		file = le.AppendUint32(file, code+test.start-frame-8)
		file = le.AppendUint32(file, test.length)
		file = append(file, byte(len(test.data)))
		file = append(file, test.data+test.code...)
		table := uint32(len(file))
		file = append(file, plainTable+"\x00\x00\x00\x00\x01\x00\x00\x00"...)
		file = le.AppendUint32(le.AppendUint32(file, code-table), frame-table)
		d := &decoder{scratch: scratches.Get().(*scratch), r: bytes.NewReader(file), size: int64(len(file)), wide: true, f: &File{Segments: []Segment{
			{Type: elf.PT_LOAD, Flags: elf.PF_R | elf.PF_X, Offset: code, VAddr: code, FileSize: size},
			{Type: elf.PT_LOAD, Flags: elf.PF_R, Offset: code + size, VAddr: code + size, FileSize: uint64(len(file)) - code - size},
			{Type: elf.PT_GNU_EH_FRAME, Offset: uint64(table), VAddr: uint64(table), FileSize: 20},
		}}}
		var got []int64
		for _, r := range d.longCode() {
			got = append(got, r.Offset, r.Size)
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: %#x, want %#x", reason, got, test.want)
		}
	}
}
