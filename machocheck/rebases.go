package machocheck

import "github.com/blacktop/go-macho/types"

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

func (d *decoder) rebase() error {
	if d.rebases.size == 0 {
		return nil
	}
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
		opcode, imm := r.raw[r.at]&types.REBASE_OPCODE_MASK, r.raw[r.at]&types.REBASE_IMMEDIATE_MASK
		r.at++
		if opcode == types.REBASE_OPCODE_DONE {
			return nil
		}
		if err := r.step(opcode, uint64(imm)); err != nil {
			return err
		}
	}
	return nil
}

func (r *rebaser) step(opcode byte, imm uint64) error {
	var numbers [2]uint64
	for i := range numbersBehind(opcode) {
		v, next, ok := uleb(r.raw, r.at)
		if !ok {
			return r.bad("rebase opcodes end within a number")
		}
		numbers[i], r.at = v, next
	}
	switch opcode {
	case types.REBASE_OPCODE_SET_TYPE_IMM:
	case types.REBASE_OPCODE_SET_SEGMENT_AND_OFFSET_ULEB:
		r.where.segment, r.where.offset = int(imm), numbers[0]
	case types.REBASE_OPCODE_ADD_ADDR_ULEB:
		r.where.offset += numbers[0]
	case types.REBASE_OPCODE_ADD_ADDR_IMM_SCALED:
		r.where.offset += imm * r.where.pointer
	case types.REBASE_OPCODE_DO_REBASE_IMM_TIMES:
		return r.pass(imm, 0)
	case types.REBASE_OPCODE_DO_REBASE_ULEB_TIMES:
		return r.pass(numbers[0], 0)
	case types.REBASE_OPCODE_DO_REBASE_ADD_ADDR_ULEB:
		return r.pass(1, numbers[0])
	case types.REBASE_OPCODE_DO_REBASE_ULEB_TIMES_SKIPPING_ULEB:
		return r.pass(numbers[0], numbers[1])
	default:
		return r.bad("rebase opcode %#02x is not known", opcode|byte(imm))
	}
	return nil
}

// numbersBehind is how many numbers follow an opcode.
func numbersBehind(opcode byte) int {
	switch opcode {
	case types.REBASE_OPCODE_SET_SEGMENT_AND_OFFSET_ULEB, types.REBASE_OPCODE_ADD_ADDR_ULEB,
		types.REBASE_OPCODE_DO_REBASE_ULEB_TIMES, types.REBASE_OPCODE_DO_REBASE_ADD_ADDR_ULEB:
		return 1
	case types.REBASE_OPCODE_DO_REBASE_ULEB_TIMES_SKIPPING_ULEB:
		return 2
	}
	return 0
}

func (r *rebaser) pass(count, skip uint64) error {
	if count == 0 {
		return nil
	}
	if wrong := r.where.pass(count, skip); wrong != "" {
		return r.bad("rebase opcodes that rebase %s", wrong)
	}
	return nil
}
