package machocheck

import (
	"encoding/binary"

	"github.com/blacktop/go-macho/types"
)

// A rebaser runs rebase opcodes, which move pointers to where the file has come
// to lie. They tell nothing but whether they can be run.
type rebaser struct {
	raw   []byte // a part of the opcodes
	at    int
	place int64 // of the part in the file
	last  bool  // nothing is behind it
	where where
}

const (
	// rebasesAtOnce is how much of the opcodes is read at once. Those of a large
	// library or a program of Go have a million bytes, and to have room for them all
	// takes longer than to run them.
	rebasesAtOnce = 64 << 10

	longestRebase = 1 + 2*longestUleb
)

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
	r := rebaser{where: d.where()}
	for left := d.rebases; ; {
		part := span{left.offset, min(left.size, rebasesAtOnce)}
		raw, err := d.borrow(part)
		if err != nil {
			return err
		}
		r.raw, r.at, r.place, r.last = raw, 0, d.base+int64(part.offset), part.size == left.size
		if done, err := r.run(); done || err != nil {
			return err
		}
		left.offset, left.size = left.offset+uint64(r.at), left.size-uint64(r.at)
	}
}

func (r *rebaser) bad(format string, args ...any) error {
	return damaged(r.place+int64(r.at), format, args...)
}

// run runs a part, but for what may go on behind it, and reports whether that was
// the end.
func (r *rebaser) run() (done bool, err error) {
	end := len(r.raw)
	if !r.last {
		end -= longestRebase
	}
	for r.at < end {
		if r.raw[r.at]&types.REBASE_OPCODE_MASK == types.REBASE_OPCODE_SET_SEGMENT_AND_OFFSET_ULEB {
			if r.pairs(); r.at >= end {
				break
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
				return false, r.bad("rebase opcodes end within a number")
			}
		}
		count, skip := uint64(0), uint64(0)
		switch opcode {
		case types.REBASE_OPCODE_DONE:
			return true, nil
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
			return false, r.bad("rebase opcode %#02x is not known", opcode|byte(imm))
		}
		if count > 0 && !r.where.pass(count, skip) {
			return false, r.bad("rebase opcodes that rebase %s", r.where.wrong(count))
		}
	}
	return r.last, nil
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
// with it. Linkers of 2022 and later write nothing else, a million times in a large
// library: the same two opcodes again and again, with a number of the same length
// between them. So these are compared at once, and the processor has not to guess
// where a number ends.
func (r *rebaser) pairs() {
	w := &r.where
	for len(r.raw)-r.at >= 8 {
		v, size := binary.LittleEndian.Uint64(r.raw[r.at:]), 1
		for size <= maxDigits && v>>(8*size)&0x80 != 0 {
			size++
		}
		named, rebased := byte(v), byte(v>>(8*size+8))
		segment, times := int(named&types.REBASE_IMMEDIATE_MASK), uint64(rebased&types.REBASE_IMMEDIATE_MASK)
		step := times * w.pointer
		if size > maxDigits || named&types.REBASE_OPCODE_MASK != types.REBASE_OPCODE_SET_SEGMENT_AND_OFFSET_ULEB ||
			rebased&types.REBASE_OPCODE_MASK != types.REBASE_OPCODE_DO_REBASE_IMM_TIMES || times == 0 ||
			segment >= len(w.segments) || w.segments[segment].Size < step {
			return
		}
		first, offset := r.at, uint64(0)
		r.at, offset = samePairs(r.raw, r.at, size, w.segments[segment].Size-step)
		if r.at == first {
			return
		}
		w.segment, w.offset = segment, offset+step
	}
}

// maxDigits is of the numbers that pairs reads.
const maxDigits = 4

// samePairs goes beyond pairs that are like the one at a place, with numbers of as
// many digits that are not above the limit. It returns the last of them.
//
// Digits are seven bits each, the lowest first, and marked but for the last: of as
// many of them the greater number is the greater one as it stands, too.
func samePairs(raw []byte, at, digits int, limit uint64) (next int, offset uint64) {
	number := uint64(1)<<(8*digits) - 1
	marks := number >> 8 & 0x808080
	mask := 0xff | (marks|0x80<<(8*digits-8))<<8 | 0xff<<(8*digits+8)
	form := binary.LittleEndian.Uint64(raw[at:]) & mask
	limit = min(limit, 1<<(7*digits)-1)
	most := limit&0x7f | limit<<1&0x7f00 | limit<<2&0x7f0000 | limit<<3&0x7f000000 | marks
	var last uint64
	for rest := raw[at:]; len(rest) >= 8; rest = rest[digits+2:] {
		v := binary.LittleEndian.Uint64(rest)
		n := v >> 8 & number
		if v&mask != form || n > most {
			break
		}
		last, at = n, at+digits+2
	}
	return at, last&0x7f | last>>1&0x3f80 | last>>2&0x1fc000 | last>>3&0xfe00000
}
