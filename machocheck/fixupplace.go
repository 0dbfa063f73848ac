package machocheck

import "fmt"

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
// before, and says what is wrong with their place.
func (w *where) pass(count, skip uint64) (wrong string) {
	if w.segments == nil {
		return ""
	}
	if w.segment < 0 || w.segment >= len(w.segments) {
		return fmt.Sprintf("in segment %d of %d", w.segment, len(w.segments))
	}
	// All lie in the segment where the first and the last do, and the way between
	// them is no longer than it. A skip may go back.
	size, step := w.segments[w.segment].Size, skip+w.pointer
	pace := step
	if int64(step) < 0 {
		pace = -step
	}
	holds := func(offset uint64) bool { return size >= w.pointer && offset <= size-w.pointer }
	if !holds(w.offset) || !holds(w.offset+(count-1)*step) || pace > 0 && count-1 > size/pace {
		return fmt.Sprintf("at %#x of the %#x bytes of segment %q, %d times", w.offset, size, w.segments[w.segment].Name, count)
	}
	w.offset += count * step
	return ""
}
