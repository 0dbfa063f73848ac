package machocheck

import (
	"encoding/binary"

	"github.com/blacktop/go-macho/types"
)

// A rebaser runs rebase opcodes, which move pointers to where the file has come
// to lie. They tell nothing but whether they can be run.
type rebaser struct {
	raw   []byte
	at    int
	place int64 // of the opcodes in the file
	where where
}

func (d *decoder) where() where {
	w := where{segments: d.file.Segments, pointer: 4, segment: -1}
	if d.wide {
		w.pointer = 8
	}
	return w
}

// rebase looks at the rebases, once.
func (d *decoder) rebase() error {
	if d.rebases.size == 0 || d.rebased {
		return nil
	}
	d.rebased = true
	raw, err := d.borrow(d.rebases)
	if err != nil {
		return err
	}
	r := rebaser{raw: raw, place: d.base + int64(d.rebases.offset), where: d.where()}
	return r.run()
}

func (r *rebaser) bad(format string, args ...any) error {
	return damaged(r.place+int64(r.at), format, args...)
}

func (r *rebaser) run() error {
	for r.at < len(r.raw) {
		if r.raw[r.at]&types.REBASE_OPCODE_MASK == types.REBASE_OPCODE_SET_SEGMENT_AND_OFFSET_ULEB {
			if r.pairs(); r.at == len(r.raw) {
				return nil
			}
		}
		opcode, imm := r.raw[r.at]&types.REBASE_OPCODE_MASK, uint64(r.raw[r.at]&types.REBASE_IMMEDIATE_MASK)
		r.at++
		var first, second uint64
		if n := numbersBehind[opcode>>4]; n > 0 {
			ok := false
			if first, ok = r.number(); ok && n > 1 {
				second, ok = r.number()
			}
			if !ok {
				return r.bad("rebase opcodes end within a number")
			}
		}
		count, skip := uint64(0), uint64(0)
		switch opcode {
		case types.REBASE_OPCODE_DONE:
			return nil
		case types.REBASE_OPCODE_SET_TYPE_IMM:
		case types.REBASE_OPCODE_SET_SEGMENT_AND_OFFSET_ULEB:
			r.where.segment, r.where.offset = int(imm), first
		case types.REBASE_OPCODE_ADD_ADDR_ULEB:
			r.where.offset += first
		case types.REBASE_OPCODE_ADD_ADDR_IMM_SCALED:
			r.where.offset += imm * r.where.pointer
		case types.REBASE_OPCODE_DO_REBASE_IMM_TIMES:
			count = imm
		case types.REBASE_OPCODE_DO_REBASE_ULEB_TIMES:
			count = first
		case types.REBASE_OPCODE_DO_REBASE_ADD_ADDR_ULEB:
			count, skip = 1, first
		case types.REBASE_OPCODE_DO_REBASE_ULEB_TIMES_SKIPPING_ULEB:
			count, skip = first, second
		default:
			return r.bad("rebase opcode %#02x is not known", opcode|byte(imm))
		}
		if count > 0 && !r.where.pass(count, skip) {
			return r.bad("rebase opcodes that rebase %s", r.where.wrong(count))
		}
	}
	return nil
}

// numbersBehind is how many numbers follow an opcode, by its upper half.
var numbersBehind = [16]byte{
	types.REBASE_OPCODE_SET_SEGMENT_AND_OFFSET_ULEB >> 4:        1,
	types.REBASE_OPCODE_ADD_ADDR_ULEB >> 4:                      1,
	types.REBASE_OPCODE_DO_REBASE_ULEB_TIMES >> 4:               1,
	types.REBASE_OPCODE_DO_REBASE_ADD_ADDR_ULEB >> 4:            1,
	types.REBASE_OPCODE_DO_REBASE_ULEB_TIMES_SKIPPING_ULEB >> 4: 2,
}

// number reads a number, which nearly always is of one byte.
func (r *rebaser) number() (uint64, bool) {
	if r.at < len(r.raw) && r.raw[r.at] < 0x80 {
		r.at++
		return uint64(r.raw[r.at-1]), true
	}
	v, next, ok := uleb(r.raw, r.at)
	if ok {
		r.at = next
	}
	return v, ok
}

// pairs runs what names a place and rebases there, as long as nothing is wrong
// with it and nothing else comes. Linkers of 2022 and later write nothing else, a
// million times in a large library. A loop over the bytes of each number takes
// three times as long: the processor has to guess where it ends.
func (r *rebaser) pairs() {
	raw, at, w := r.raw, r.at, &r.where
	for len(raw)-at >= 6 { // two opcodes, and four bytes of a number
		v, size := binary.LittleEndian.Uint32(raw[at+1:]), 0
		switch {
		case v&0x808080 == 0x8080:
			v, size = v&0x7fffff, 3
		case v&0x80808080 == 0x808080:
			size = 4
		case v&0x8080 == 0x80:
			v, size = v&0x7fff, 2
		}
		named, rebased := raw[at], raw[at+size+1]
		segment := int(named & types.REBASE_IMMEDIATE_MASK)
		if size == 0 || named&types.REBASE_OPCODE_MASK != types.REBASE_OPCODE_SET_SEGMENT_AND_OFFSET_ULEB ||
			rebased&types.REBASE_OPCODE_MASK != types.REBASE_OPCODE_DO_REBASE_IMM_TIMES || segment >= len(w.segments) {
			break
		}
		offset := uint64(v&0x7f | v>>1&0x3f80 | v>>2&0x1fc000 | v>>3&0xfe00000)
		end := offset + uint64(rebased&types.REBASE_IMMEDIATE_MASK)*w.pointer
		if end == offset || end > w.segments[segment].Size {
			break
		}
		w.segment, w.offset, at = segment, end, at+size+2
	}
	r.at = at
}
