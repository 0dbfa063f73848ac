package ldso

import (
	"debug/elf"
	"math/bits"
	"slices"

	"github.com/abivet/abivet/elfcheck"
)

// laidOut says why glibc cannot map the segments of a shared object in the order in
// which they stand, or "". It takes one piece of memory from the first to the
// end of the last, and has the rest of them over it. Origin: _dl_map_segments.
func (s *state) laidOut(f *elfcheck.File, page uint64) (Category, string) {
	var first, last elfcheck.Segment
	var mapped, align uint64 // where the pages of the one before end, and what all are aligned to
	loads, holes := 0, false
	for _, seg := range f.Segments {
		if seg.Type != elf.PT_LOAD {
			continue
		}
		if loads++; loads == 1 {
			first = seg
		} else if mapped != down(seg.VAddr, page) {
			holes = true
		}
		if seg.MemSize > mostMemory {
			return Other, "cannot map zero-fill pages"
		}
		mapped, last = down(seg.VAddr+seg.FileSize+page-1, page), seg
		if bits.OnesCount64(seg.Align) <= 1 {
			align = max(align, seg.Align)
		}
	}
	length := last.VAddr + last.MemSize - down(first.VAddr, page)
	if length == 0 || length > mostMemory || align > mostMemory && !s.before("2.35") {
		return Other, "failed to map segment from shared object"
	}
	if beside(f, down(first.VAddr, page), last.VAddr+last.MemSize, page) {
		return Crash, "signal 11:"
	}
	if holes && down(last.VAddr, page) < down(first.VAddr+first.FileSize+page-1, page) {
		return BadELF, "ELF load command address/offset not page-aligned"
	}
	return "", ""
}

// mostMemory is more than any process is given.
const mostMemory = 1 << 46

func down(addr, page uint64) uint64 { return addr &^ (page - 1) }

// kernelMaps says why a program ends while the kernel lays it out, or before its
// loader has found it, or nil. Origin: load_elf_binary of Linux, which is past
// the point of no return then, and rtld_setup_main_map of glibc.
func kernelMaps(f *elfcheck.File, name string) *Failure {
	page := pageSize(f.Machine)
	headers, late := elfcheck.Segment{}, false
	for _, seg := range f.Segments {
		switch {
		case seg.Type == elf.PT_PHDR:
			headers = seg
		case (seg.Type == elf.PT_DYNAMIC || seg.Type == elf.PT_INTERP) && headers.Type == 0:
			late = true
		case seg.Type != elf.PT_LOAD:
		case seg.VAddr < page && f.Kind == elfcheck.Executable:
			return crash(name, "a segment is at an address that users may not map (vm.mmap_min_addr), and the kernel ends the program")
		case seg.FileSize > seg.MemSize:
			return crash(name, "a segment has more bytes in the file than in memory, and the kernel ends the program")
		case (seg.VAddr-seg.Offset)&(page-1) != 0:
			return crash(name, "a segment lies otherwise in its pages than in those of the file, and the kernel ends the program")
		}
	}
	asked, named := f.Segment(elf.PT_INTERP)
	switch {
	case f.Loading == nil:
	case f.Interpreter != "" && named && !mapped(f, asked.VAddr, 1, 0):
		return crash(name, "the name of its loader is at an address that is not there, where the loader looks for its own name")
	case f.Interpreter == "" && len(f.Needed) > 0:
		return crash(name, "it names no loader, and so has none of the libraries that it asks for")
	case f.Interpreter != "" && headers.Type == 0 && f.Kind == elfcheck.PIE:
		return crash(name, "no PT_PHDR tells the loader where the program is")
	case f.Interpreter != "" && late && f.Kind == elfcheck.PIE:
		return crash(name, "PT_PHDR, which tells the loader where the program is, stands behind what it has to find by that")
	case f.Interpreter != "" && headers.Type != 0 && !stands(f, headers.VAddr, f.Loading.Headers):
		return crash(name, "PT_PHDR is not where the program headers are, and tells the loader a wrong place")
	}
	return nil
}

// stands reports whether an address is that of a place in the file.
func stands(f *elfcheck.File, addr, offset uint64) bool {
	for _, seg := range f.Segments {
		if seg.Type == elf.PT_LOAD && addr >= seg.VAddr && addr-seg.VAddr < seg.FileSize {
			return seg.Offset+addr-seg.VAddr == offset
		}
	}
	return false
}

// beside reports whether a segment is mapped over what is none of the file's: memory is
// had from the start of the first to the end of the last. What becomes of the
// process then depends on what was there.
func beside(f *elfcheck.File, start, end, page uint64) bool {
	end = down(end+page-1, page)
	return slices.ContainsFunc(f.Segments, func(seg elfcheck.Segment) bool {
		return seg.Type == elf.PT_LOAD && seg.MemSize+seg.FileSize > 0 &&
			(down(seg.VAddr, page) < start || down(seg.VAddr+max(seg.MemSize, seg.FileSize)+page-1, page) > end)
	})
}
