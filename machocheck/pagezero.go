package machocheck

import "github.com/blacktop/go-macho/types"

// PageZero returns the segment that keeps low memory from being used, and
// whether there is one.
//
// It is known by its shape, as the kernel knows it, which does not look at the
// name: at address 0, of some size, with nothing in the file and no access.
func (f *File) PageZero() (Segment, bool) {
	for _, s := range f.Segments {
		if s.Addr == 0 && s.Size > 0 && s.FileSize == 0 && s.InitProt == 0 && s.MaxProt == 0 {
			return s, true
		}
	}
	return Segment{}, false
}

// MaxSlide returns how far at most the kernel moves a position independent
// program, and the end of its page zero with it: on amd64 less than 2^16 pages
// (vm_map_get_max_aslr_slide_pages).
//
// It is 0 for other processors, where nothing is asked of low memory.
func (f *File) MaxSlide() uint64 {
	if f.CPU == uint32(types.CPUAmd64) && f.PIE() {
		return 0x10000000
	}
	return 0
}
