package elfcheck

import (
	"debug/elf"
	"math"
)

// A frameTable is where .eh_frame stands and what it has.
type frameTable struct {
	addr    uint64
	size    uint64 // at most
	entries int64  // of functions, at most; also those of functions without a byte
}

// Forms of pointers: the low four bits say how long, the others what they are
// counted from. Origin: the Linux Standard Base, Core, 10.5.1.
const (
	pointerWord  = 0x00
	pointerU4    = 0x03
	pointerU8    = 0x04
	pointerS4    = 0x0b
	pointerS8    = 0x0c
	pointerForm  = 0x0f
	pointerHere  = 0x10 // from its own place
	pointerNone  = 0xff
	pointerBased = 0x70
)

// frames returns the functions that .eh_frame has entries for. Origin of its
// form: the Linux Standard Base, Core, 10.6.
func (d *decoder) frames() ([]span, error) {
	t, err := d.frameTable()
	if err != nil || t.size == 0 {
		return nil, err
	}
	off, rest, ok := d.offset(t.addr)
	if !ok {
		return nil, d.damaged(0, ".eh_frame is at address %#x, which no PT_LOAD takes from the file", t.addr)
	}
	var spans []span
	forms := map[int64]byte{} // of pointers, by the place of the entry that says so
	end, seen := int64(min(uint64(rest), t.size)), int64(0)
	for at := int64(0); at+8 <= end && seen < t.entries; {
		b, err := d.record(off+at, min(frameRecord, end-at), ".eh_frame")
		if err != nil {
			return nil, err
		}
		length := int64(d.big.Uint32(b))
		if length == 0 { // each part that was linked may have its own end
			at += 4
			continue
		}
		if length < 4 || length > end-at-4 {
			return nil, d.damaged(off+at, ".eh_frame: an entry of %d bytes, %d are left", length, end-at-4)
		}
		b = b[4:min(int64(len(b)), 4+length)]
		if id := int64(d.big.Uint32(b)); id == 0 {
			forms[at] = d.frameForm(b[4:])
		} else {
			seen++ // of what is behind the last, nothing says what it is
			form, known := forms[at+4-id]
			if s, ok := d.frame(b[4:], t.addr+uint64(at)+8, form); known && ok {
				spans = append(spans, s)
			}
		}
		at += 4 + length
	}
	return spans, nil
}

// frameRecord is as much of an entry as is looked at: what stands in front of
// the instructions for unwinding.
const frameRecord = 64

// frameTable asks PT_GNU_EH_FRAME, or where a linker left it out, as in static
// programs, the section headers.
func (d *decoder) frameTable() (frameTable, error) {
	s, ok := d.f.Segment(elf.PT_GNU_EH_FRAME)
	if ok && s.FileSize >= 12 {
		b, err := d.bytes(&d.table, int64(min(s.Offset, uint64(d.size))), 12, "PT_GNU_EH_FRAME")
		if err != nil {
			return frameTable{}, err
		}
		if b[0] == 1 && b[1] == pointerHere|pointerS4 && b[2] == pointerU4 {
			t := frameTable{
				addr: s.VAddr + 4 + uint64(int64(int32(d.big.Uint32(b[4:])))),
				size: math.MaxInt64, entries: int64(d.big.Uint32(b[8:])),
			}
			// lld counts functions that it has folded into one once, and keeps the
			// entries of all: the section says where they end.
			if s, ok := d.namedSection(".eh_frame"); ok && s.addr == t.addr {
				t.size, t.entries = s.size, math.MaxInt64
			}
			return t, nil
		}
	}
	if s, ok := d.namedSection(".eh_frame"); ok {
		return frameTable{addr: s.addr, size: s.size, entries: math.MaxInt64}, nil
	}
	return frameTable{}, nil
}

// frameForm reads of an entry that others refer to how their pointers are
// written, or pointerNone.
func (d *decoder) frameForm(b []byte) byte {
	if len(b) < 2 {
		return pointerNone
	}
	version := b[0]
	augmentation, ok := cstring(b[1:])
	if !ok {
		return pointerNone
	}
	b = b[1+len(augmentation)+1:]
	if len(augmentation) == 0 {
		return pointerWord
	}
	if augmentation[0] != 'z' {
		return pointerNone
	}
	b = leb(leb(b)) // alignment of code and data
	if version == 1 {
		b = b[min(1, len(b)):]
	} else {
		b = leb(b) // the register of the return address
	}
	b = leb(b) // length of what follows
	for _, c := range augmentation[1:] {
		switch {
		case len(b) == 0:
			return pointerNone
		case c == 'R':
			return b[0]
		case c == 'P':
			n := pointerSize(b[0], d.wide)
			if n == 0 || len(b) < 1+n {
				return pointerNone
			}
			b = b[1+n:]
		case c == 'L':
			b = b[1:]
		}
	}
	return pointerWord
}

// leb skips a number of as many bytes as it takes.
func leb(b []byte) []byte {
	for i, c := range b {
		if c < 0x80 {
			return b[i+1:]
		}
	}
	return nil
}

func pointerSize(form byte, wide bool) int {
	switch form & pointerForm {
	case pointerU4, pointerS4:
		return 4
	case pointerU8, pointerS8:
		return 8
	case pointerWord:
		if wide {
			return 8
		}
		return 4
	}
	return 0
}

// frame reads where a function begins and how long it is, from the address at
// which its entry says so.
func (d *decoder) frame(b []byte, addr uint64, form byte) (span, bool) {
	n := pointerSize(form, d.wide)
	if n == 0 || form == pointerNone || len(b) < 2*n {
		return span{}, false
	}
	start, size := uint64(d.big.Uint32(b)), uint64(d.big.Uint32(b[min(n, 4):]))
	if n == 8 {
		start, size = d.big.Uint64(b), d.big.Uint64(b[8:])
	} else if form&pointerForm == pointerS4 {
		start = uint64(int64(int32(start)))
	}
	switch form & pointerBased {
	case 0:
	case pointerHere:
		start += addr
	default:
		return span{}, false
	}
	return span{start: start, end: start + size}, size > 0 && start+size > start
}
