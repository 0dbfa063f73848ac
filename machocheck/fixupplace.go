package machocheck

import (
	"fmt"
	"math/bits"
)

// A where is the place that opcodes bind or rebase at. dyld writes there: it refuses
// a place outside of the segments or, where it trusts the linker, destroys what
// is there.
//
// Origin: valid in mach_o/BindOpcodes.cpp and RebaseOpcodes.cpp of dyld 1378, and
// ImageLoaderMachOCompressed.cpp of dyld 750, which looks at the same.
type where struct {
	segments []Segment // nil where the opcodes do not say where
	pointer  uint64    // its size
	segment  int       // -1 where none was named
	offset   uint64
}

// pass goes beyond a number of pointers, each so many bytes behind the one
// before, where all of them lie in the segment. Large files have a million.
func (w *where) pass(count, skip uint64) bool {
	if uint(w.segment) >= uint(len(w.segments)) {
		return w.segments == nil
	}
	size, step := w.segments[w.segment].Size, skip+w.pointer
	if size < w.pointer || w.offset > size-w.pointer {
		return false
	}
	if count > 1 {
		// All lie in the segment where the first and the last do, and the way between
		// them is no longer than it. A skip may go back.
		pace := step
		if int64(step) < 0 {
			pace = -step
		}
		over, way := bits.Mul64(count-1, pace)
		if w.offset+(count-1)*step > size-w.pointer || over > 0 || way > size {
			return false
		}
	}
	w.offset += count * step
	return true
}

// wrong says what is wrong with a place that cannot be passed.
func (w *where) wrong(count uint64) string {
	if w.segment < 0 || w.segment >= len(w.segments) {
		return fmt.Sprintf("in segment %d of %d", w.segment, len(w.segments))
	}
	s := &w.segments[w.segment]
	return fmt.Sprintf("at %#x of the %#x bytes of segment %q, %d times", w.offset, s.Size, s.Name, count)
}
