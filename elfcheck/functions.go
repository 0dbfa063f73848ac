package elfcheck

import (
	"debug/elf"

	"github.com/abivet/abivet/luajit"
)

// maxCodeParts bounds the segments of code, since each is held against the whole
// table of functions. Linkers make one or two.
const maxCodeParts = 16

// longCode returns the parts of the executable segments in which no function
// begins over a length that an interpreter of LuaJIT needs: those of libLLVM,
// libnode and their like are a small part of their code, and most of them are
// known to be a compiler's. Where the file has no table of its functions, that is
// all of the code. LuaJIT's assembly is one function in that table
// (emit_asm_debug in src/host/buildvm_asm.c has a second one, before the
// interpreter), or none in builds without unwinding.
func (d *decoder) longCode() []luajit.Region {
	var long []luajit.Region
	forms, parts := map[int64]byte{}, 0
	for _, s := range d.f.Segments {
		if s.Type != ptLoad || s.Flags&elf.PF_X == 0 || s.FileSize < luajit.LeastSpan {
			continue
		}
		if parts++; parts > maxCodeParts {
			return d.regions()
		}
		at, end := s.VAddr, s.VAddr+s.FileSize
		init, fini := d.dyn.init, d.dyn.fini
		between := s.VAddr <= init && init < fini && fini <= end
		frame := uint64(0) // the entry of the function at at
		cut := func(next, nextFrame uint64, near bool) {
			if near {
				at, frame, between = next, nextFrame, between && next <= fini
				return
			}
			if next == at {
				frame = nextFrame
			}
			if next <= at || next > end {
				return
			}
			if at == s.VAddr && between {
				if between = init <= next; between {
					at = init
				}
			}
			between = between && next <= fini
			if next-at >= luajit.LeastSpan && frame != 0 {
				at = min(d.compiled(at, frame, forms), next)
			}
			if next-at >= luajit.LeastSpan {
				long = append(long, luajit.Region{Data: d.r, Offset: int64(s.Offset + at - s.VAddr), Size: int64(next - at), Executable: true})
			}
			at, frame = next, nextFrame
		}
		if !d.functions(at, end, cut) {
			return d.regions()
		}
		if between && at > s.VAddr {
			end = fini
		}
		cut(end, 0, false)
	}
	return long
}

// compiled returns where a function ends that a compiler has made, or where it
// starts if that is not known of it. A compiler's function begins without a
// frame, so that its entry in .eh_frame first goes on to a later instruction;
// LuaJIT's assembly has one frame from its first instruction to its last, which
// is all its entry says (emit_asm_debug, in each of the builds measured).
func (d *decoder) compiled(start, frame uint64, forms map[int64]byte) uint64 {
	const (
		form = pointerHere | pointerS4 // so there is a length of what stands before the instructions
		at   = 4 + 4 + 4 + 4           // of that length: behind the entry's own, its kind, the start and the size
	)
	off, rest, ok := d.offset(frame)
	if !ok || rest < at+2 {
		return start
	}
	b, err := d.bytes(&d.pair, off, min(rest, frameRecord), ".eh_frame")
	if err != nil {
		return start
	}
	kind := off + 4 - int64(d.big.Uint32(b[4:]))
	if _, known := forms[kind]; !known {
		forms[kind] = pointerNone
		if k, err := d.bytes(&d.table, kind, min(frameRecord, d.size-kind), ".eh_frame"); err == nil && len(k) > 8 && d.big.Uint32(k[4:]) == 0 {
			forms[kind] = d.frameForm(k[8:])
		}
	}
	s, ok := d.frame(b[8:], frame+8, forms[kind])
	instructions := at + 1 + int(b[at])
	if !ok || forms[kind] != form || s.start != start || instructions >= len(b) || !isAdvance(b[instructions]) {
		return start
	}
	return s.end
}

// isAdvance knows the instructions that go on to a later place in the code:
// DW_CFA_advance_loc and those with 1, 2 and 4 bytes. Origin: DWARF 5, 7.24.
func isAdvance(op byte) bool { return op>>6 == 1 || op >= 2 && op <= 4 }

// plainTable begins an .eh_frame_hdr in the only form that linkers write: the
// addresses in its table are 32-bit offsets from its own address. See LSB Core
// 5.0, 10.6.2.
const plainTable = "\x01\x1b\x03\x3b"

// functions calls yield with the address of each function that the table for
// unwinders has, in rising order, and that of its entry in .eh_frame. It returns
// false where there is no such table that can be relied on; that is no error of
// the file.
//
// Of functions above low and up to high that begin less than luajit.LeastSpan behind
// one another, all but the last are passed over, and that one is near: in most
// tables these are nearly all, and a call for each took six times as long.
func (d *decoder) functions(low, high uint64, yield func(start, frame uint64, near bool)) bool {
	const headSize, entrySize = 12, 8
	s, ok := d.f.Segment(elf.PT_GNU_EH_FRAME)
	var head [headSize]byte
	if !ok || s.FileSize < headSize || d.pread(head[:], int64(s.Offset), "table of functions") != nil || string(head[:4]) != plainTable {
		return false
	}
	size := uint64(d.big.Uint32(head[8:])) * entrySize
	if size == 0 || size > s.FileSize-headSize {
		return false
	}
	mask := ^uint64(0)
	if !d.wide {
		mask = 1<<32 - 1
	}
	address := func(b []byte) uint64 { return (s.VAddr + uint64(int64(int32(d.big.Uint32(b))))) & mask }
	var last uint64
	var before [entrySize]byte // the entry of last
	passed := false
	for off := int64(s.Offset) + headSize; size > 0; {
		b, err := d.bytes(&d.chunk, off, int64(min(size, chunkSize)), "table of functions")
		if err != nil {
			return false
		}
		off, size = off+int64(len(b)), size-uint64(len(b))
		for ; len(b) >= entrySize; b = b[entrySize:] {
			start := address(b)
			if start < last {
				return false
			}
			near := start-last < luajit.LeastSpan && last > low && start <= high
			if passed && !near {
				yield(last, address(before[4:]), true)
			}
			if passed = near; !near {
				yield(start, address(b[4:]), false)
			}
			last, before = start, [entrySize]byte(b)
		}
	}
	if passed {
		yield(last, address(before[4:]), true)
	}
	return true
}
