package machocheck

import (
	"encoding/binary"
	"math/bits"

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
// million times in a large library: this takes half the time, of which most went
// into guessing how many bytes the next number has.
func (r *rebaser) pairs() {
	raw, at, w := r.raw, r.at, &r.where
	for len(raw)-at >= 10 { // two opcodes, and eight bytes of a number
		v := binary.LittleEndian.Uint64(raw[at+1:])
		ends := ^v & 0x8080808080808080
		segment, behind := int(raw[at]&types.REBASE_IMMEDIATE_MASK), at+2+bits.TrailingZeros64(ends)/8
		if ends == 0 || raw[at]&types.REBASE_OPCODE_MASK != types.REBASE_OPCODE_SET_SEGMENT_AND_OFFSET_ULEB ||
			raw[behind]&types.REBASE_OPCODE_MASK != types.REBASE_OPCODE_DO_REBASE_IMM_TIMES || segment >= len(w.segments) {
			break
		}
		v &= ends ^ (ends - 1) // up to the first byte that ends a number
		v = v&0x007f007f007f007f | v>>1&0x3f803f803f803f80
		v = v&0x00003fff00003fff | v>>2&0x0fffc0000fffc000
		v = v&0x000000000fffffff | v>>4&0x00fffffff0000000
		end, size := v+uint64(raw[behind]&types.REBASE_IMMEDIATE_MASK)*w.pointer, w.segments[segment].Size
		if end == v || end > size {
			break
		}
		w.segment, w.offset, at = segment, end, behind+1
	}
	r.at = at
}
