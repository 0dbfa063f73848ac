package elfcheck

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"slices"
	"testing"
)

// Linkers count in .eh_frame_hdr also functions without a byte, as assembly has
// them, and lld puts code right behind .eh_frame.
func TestFrames(t *testing.T) {
	const form = "zR\x00\x01\x78\x10\x01\x1b"
	cie := entryOf(0, "\x01"+form+"\x0c\x07\x08\x90\x01\x00\x00")
	at := uint32(len(cie))
	function := func(id, start, size uint32) string {
		return entryOf(id, string(binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(nil, start), size))+"\x00\x00\x00\x00")
	}
	const length = 20
	two := cie + function(at+4, 0x100, 0x10) + function(at+4+length, 0x200, 0x20)
	// A start is counted from its own place.
	first, second := span{start: 0x1000 + uint64(at) + 8 + 0x100}, span{start: 0x1000 + uint64(at) + length + 8 + 0x200}
	first.end, second.end = first.start+0x10, second.start+0x20
	const code = "\x00\x00\x00\x00\xf1\x31\x4b\x89\xc7\x90\x90\x90"
	tests := map[string]struct {
		table   string
		entries uint32
		want    []span
		damaged bool
	}{
		"two":                           {two, 2, []span{first, second}, false},
		"the header has less":           {two, 1, []span{first}, false},
		"code behind them":              {two + code, 2, []span{first, second}, false},
		"one is empty":                  {cie + function(at+4, 0x100, 0x10) + function(at+4+length, 0x200, 0) + code, 2, []span{first}, false},
		"one is of no kind that exists": {cie + function(at+4, 0x100, 0x10) + function(1, 0x200, 0x20) + code, 2, []span{first}, false},
		"cut short":                     {two[:len(two)-8], 2, nil, true},
		"more than 2^31":                {two, 1<<32 - 1, []span{first, second}, false},
	}
	for name, test := range tests {
		head := binary.LittleEndian.AppendUint32([]byte("\x01\x1b\x03\x3b"), 8) // to the table, from here
		head = binary.LittleEndian.AppendUint32(head, test.entries)
		file := append(head, test.table...)
		d := &decoder{scratch: scratches.Get().(*scratch), r: bytes.NewReader(file), size: int64(len(file)), wide: true, f: &File{Segments: []Segment{
			{Type: elf.PT_LOAD, Flags: elf.PF_R, VAddr: 0x1000 - 12, FileSize: uint64(len(file))},
			{Type: elf.PT_GNU_EH_FRAME, VAddr: 0x1000 - 12, FileSize: uint64(len(head))},
		}}}
		have, err := d.frames()
		d.release()
		if !slices.Equal(have, test.want) || (err != nil) != test.damaged {
			t.Errorf("%s: have %#x, %v; want %#x", name, have, err, test.want)
		}
	}
}

// entryOf is an entry of .eh_frame.
func entryOf(id uint32, rest string) string {
	head := binary.LittleEndian.AppendUint32(nil, uint32(len(rest)+4))
	return string(binary.LittleEndian.AppendUint32(head, id)) + rest
}
