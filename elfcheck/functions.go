package elfcheck

import (
	"debug/elf"

	"github.com/abivet/abivet/luajit"
)

// longCode returns the parts of the executable segments in which no function
// begins over a length that an interpreter of LuaJIT needs: those of libLLVM,
// libnode and their like are a small part of their code. Where the file has no
// table of its functions, that is all of the code. LuaJIT's assembly is one
// function in that table (emit_asm_debug in src/host/buildvm_asm.c has a second
// one, before the interpreter), or none in builds without unwinding.
func (d *decoder) longCode() []luajit.Region {
	var long []luajit.Region
	for _, s := range d.f.Segments {
		if s.Type != ptLoad || s.Flags&elf.PF_X == 0 {
			continue
		}
		at, end := s.VAddr, s.VAddr+s.FileSize
		init, fini := d.dyn.init, d.dyn.fini
		between := s.VAddr <= init && init < fini && fini <= end
		cut := func(next uint64) {
			if next <= at || next > end {
				return
			}
			if at == s.VAddr && between {
				if between = init <= next; between {
					at = init
				}
			}
			between = between && next <= fini
			if next-at >= luajit.LeastSpan {
				long = append(long, luajit.Region{Data: d.r, Offset: int64(s.Offset + at - s.VAddr), Size: int64(next - at), Executable: true})
			}
			at = next
		}
		if !d.functions(cut) {
			return d.regions()
		}
		if between && at > s.VAddr {
			end = fini
		}
		cut(end)
	}
	return long
}

// plainTable begins an .eh_frame_hdr in the only form that linkers write: the
// addresses in its table are 32-bit offsets from its own address. See LSB Core
// 5.0, 10.6.2.
const plainTable = "\x01\x1b\x03\x3b"

// functions calls yield with the address of each function that the table for
// unwinders has, in rising order. It returns false where there is no such table
// that can be relied on; that is no error of the file.
func (d *decoder) functions(yield func(start uint64)) bool {
	const headSize, entrySize = 12, 8
	s, ok := d.f.Segment(elf.PT_GNU_EH_FRAME)
	var head [headSize]byte
	if !ok || s.FileSize < headSize || d.pread(head[:], int64(s.Offset), "table of functions") != nil || string(head[:4]) != plainTable {
		return false
	}
	size := uint64(d.u32(head[8:])) * entrySize
	if size == 0 || size > s.FileSize-headSize {
		return false
	}
	last := uint64(0)
	for off := int64(s.Offset) + headSize; size > 0; {
		b, err := d.bytes(&d.chunk, off, int64(min(size, chunkSize)), "table of functions")
		if err != nil {
			return false
		}
		off, size = off+int64(len(b)), size-uint64(len(b))
		for ; len(b) > 0; b = b[entrySize:] {
			start := s.VAddr + uint64(int64(int32(d.u32(b))))
			if !d.wide {
				start = uint64(uint32(start))
			}
			if start < last {
				return false
			}
			last = start
			yield(start)
		}
	}
	return true
}
