package machocheck

import (
	"math"

	"github.com/abivet/abivet/internal/endian"
	"github.com/abivet/abivet/luajit"
)

// Sizes and kinds of __unwind_info, mach-o/compact_unwind_encoding.h.
const (
	unwindHeader     = 28
	unwindIndexEntry = 12
	unwindRegular    = 2
	unwindCompressed = 3
	unwindPageHead   = 8 // of a regular page; a compressed one has 4 bytes more
)

// maxCodeParts bounds the parts that the code is in, since each is held against
// all that is long. Linkers make one, and few beside it that are long.
const maxCodeParts = 16

// longCode returns the regions without the code that is no interpreter of LuaJIT:
// functions that are shorter, and those with a frame pointer. Of a large library
// that is nearly all code.
//
// The table for unwinding has where functions begin and, for those that a
// compiler made, how their frames look, in a form of its own. LuaJIT's interpreter
// has no such frame, and linkers make of it one function, several, or one for
// each of its labels: what stands without that form is taken together.
func (d *decoder) longCode(regions []luajit.Region) ([]luajit.Region, error) {
	table, ok := d.file.Section("__unwind_info")
	if _, known := frameModes[d.file.Platform.Arch]; !ok || !known || table.Offset == 0 || !d.mapsWhole() {
		return regions, nil
	}
	raw, err := d.borrow(span{table.Offset, table.Size})
	if err != nil {
		return nil, err
	}
	var code, long []luajit.Region
	for _, r := range regions {
		if r.Executable && r.Size >= luajit.LeastSpan {
			code = append(code, r)
		}
	}
	u := unwinding{big: d.big, raw: raw, forms: frameModes[d.file.Platform.Arch], filled: d.fillsGaps}
	if len(code) > maxCodeParts || !u.read() {
		return regions, nil
	}
	for _, r := range code {
		for _, l := range u.long {
			from, to := max(r.Offset, d.base+l.from), min(r.Offset+r.Size, d.base+l.to)
			if to-from >= luajit.LeastSpan {
				long = append(long, luajit.Region{Data: r.Data, Offset: from, Size: to - from, Executable: true})
			}
		}
	}
	return long, nil
}

// A frame is what the table says of a function.
type frame byte

const (
	noFrame    frame = iota // nothing, or that DWARF says it
	bareFrame               // of a function that moves the stack pointer alone
	chainFrame              // with a frame pointer
)

// frameModes are the modes of encodings, by processor. A linker may turn the DWARF
// of an interpreter into that of a bare frame. A chained one is not what it has: on
// amd64 it keeps an operand in the register for it, on arm64 it finds all by the
// stack pointer (emit_asm_debug of src/vm_arm64.dasc).
var frameModes = map[string][16]frame{
	"amd64": {1: chainFrame, 2: bareFrame, 3: bareFrame},
	"arm64": {2: bareFrame, 4: chainFrame},
}

// mapsWhole reports whether the code is mapped as it stands in the file, so that
// what the table says of addresses holds for places.
func (d *decoder) mapsWhole() bool {
	for _, s := range d.file.Segments {
		if s.Name == "__TEXT" {
			return s.Offset == 0
		}
	}
	return false
}

// An unwinding reads the table of functions.
type unwinding struct {
	big   endian.Order
	raw   []byte
	forms [16]frame
	// filled says that the linker gives functions of which nothing is known an
	// entry too. With others such a one goes on from the entry before it.
	filled bool

	long   []stretch
	at     stretch // up to the function that is read
	frame  frame   // of that
	last   uint32
	left   int // entries: pages may not stand in one another
	common int // encodings that all pages share
	frames [256]frame
}

// A stretch is code in the slice that may be an interpreter.
type stretch struct{ from, to int64 }

// read finds what is long. It is false for a table that cannot be understood.
func (u *unwinding) read() bool {
	if len(u.raw) < unwindHeader || u.big.Uint32(u.raw) != 1 {
		return false
	}
	index, count := u.big.Uint32(u.raw[20:]), u.big.Uint32(u.raw[24:])
	if !within(uint64(index), uint64(count)*unwindIndexEntry, int64(len(u.raw))) {
		return false
	}
	shared := u.big.Uint32(u.raw[8:])
	if u.common = int(min(shared, 256)); !u.encodings(0, u.common, uint64(u.big.Uint32(u.raw[4:]))) {
		return false
	}
	u.left = len(u.raw) / 4
	for i := range count {
		entry := u.raw[index+i*unwindIndexEntry:]
		start, page := u.big.Uint32(entry), u.big.Uint32(entry[4:])
		if page == 0 && !u.begins(start, noFrame) || page != 0 && !u.page(start, page) {
			return false
		}
	}
	u.ends(math.MaxInt64/2, chainFrame) // no slice goes on for longer
	return true
}

// encodings takes so many encodings at a place for those of numbers from a first
// one on.
func (u *unwinding) encodings(first, count int, at uint64) bool {
	if !within(at, 4*uint64(count), int64(len(u.raw))) {
		return false
	}
	for i := range count {
		u.frames[first+i] = u.form(u.big.Uint32(u.raw[at+4*uint64(i):]))
	}
	return true
}

func (u *unwinding) form(encoding uint32) frame { return u.forms[encoding>>24&0xf] }

// begins takes a function. They must rise.
func (u *unwinding) begins(start uint32, f frame) bool {
	if u.left--; u.left < 0 || start < u.last {
		return false
	}
	u.last = start
	if u.frame != noFrame || f != noFrame {
		u.ends(int64(start), f)
	}
	return true
}

// ends ends a stretch, and begins another.
func (u *unwinding) ends(to int64, next frame) {
	if u.at.to = to; to-u.at.from >= luajit.LeastSpan && !(u.filled && u.frame == chainFrame) {
		u.long = append(u.long, u.at)
	}
	u.at.from, u.frame = to, next
}

// page reads a page of the second level.
func (u *unwinding) page(start, page uint32) bool {
	if !within(uint64(page), unwindPageHead, int64(len(u.raw))) {
		return false
	}
	at, count := uint64(page)+uint64(u.big.Uint16(u.raw[page+4:])), uint64(u.big.Uint16(u.raw[page+6:]))
	switch u.big.Uint32(u.raw[page:]) {
	case unwindRegular:
		if !within(at, count*8, int64(len(u.raw))) {
			return false
		}
		for ; count > 0; count, at = count-1, at+8 {
			if !u.begins(u.big.Uint32(u.raw[at:]), u.form(u.big.Uint32(u.raw[at+4:]))) {
				return false
			}
		}
		return true
	case unwindCompressed:
		return within(at, count*4, int64(len(u.raw))) && u.compressed(start, page, u.raw[at:][:4*count])
	}
	return false
}

// compressed reads a page of functions with the numbers of their encodings: those
// that all pages share come first.
func (u *unwinding) compressed(start, page uint32, entries []byte) bool {
	known := u.common
	if within(uint64(page), unwindPageHead+4, int64(len(u.raw))) {
		own, more := uint64(page)+uint64(u.big.Uint16(u.raw[page+8:])), int(u.big.Uint16(u.raw[page+10:]))
		if more = min(more, len(u.frames)-known); !u.encodings(known, more, own) {
			return false
		}
		known += more
	}
	for ; len(entries) > 0; entries = entries[4:] {
		entry := u.big.Uint32(entries)
		number := int(entry >> 24)
		if number >= known || !u.begins(start+entry&0xffffff, u.frames[number]) {
			return false
		}
	}
	return true
}
