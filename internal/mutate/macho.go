package mutate

import (
	"fmt"

	"github.com/blacktop/go-macho/types"
)

// fat notes the table of slices, and what is in the first two.
func (s *shaper) fat() {
	s.big = true
	wide := s.b[s.base+3] == 0xbf
	entry, w := 20, 4
	if wide {
		entry, w = 32, 8
	}
	count := int(s.number("nfat_arch", 4, 4))
	if count > 45 || !s.table("slices", 8, uint64(count*entry)) {
		return
	}
	base := s.base
	for i := range count {
		s.base, s.big = base, true
		at := 8 + i*entry
		s.record(at, entry)
		s.number("cputype", at, 4)
		s.number("cpusubtype", at+4, 4)
		off, size := s.number("slice offset", at+8, w), s.number("slice size", at+8+w, w)
		s.number("slice align", at+8+2*w, 4)
		if s.table(fmt.Sprintf("slice %d", i), off, size) && i < 2 && size > 32 {
			s.base = 0
			s.member(base+int(off), int(size))
		}
	}
	s.base = base
}

func (s *shaper) macho() {
	wide := s.b[s.base]&1 == 1 && !s.big || s.big && s.b[s.base+3]&1 == 1
	head := 28
	if wide {
		head = 32
	}
	for at, name := range []string{"magic", "cputype", "cpusubtype", "filetype", "ncmds", "sizeofcmds", "flags"} {
		s.number(name, 4*at, 4)
	}
	count, size := s.u32(16), s.u32(20)
	if kind := s.u32(12); kind == 9 || kind == 10 {
		defer func(n int) { s.Tables = s.Tables[:n] }(len(s.Tables)) // stubs and dSYMs have the commands alone
	}
	if !s.table("load commands", uint64(head), size) {
		return
	}
	at, end := head, head+int(size)
	for range min(count, most) {
		if at+8 > end {
			return
		}
		kind, n := s.number("cmd", at, 4), s.number("cmdsize", at+4, 4)
		if n < 8 || n > uint64(end-at) {
			return
		}
		s.edge(s.base+at, s.base+at+int(n))
		s.record(at, int(n))
		s.command(types.LoadCmd(kind), at, int(n))
		at += int(n)
	}
}

func (s *shaper) u32(at int) uint64 {
	if s.base+at+4 > len(s.b) {
		return 0
	}
	return get(s.b, s.base+at, 4, s.big)
}

func (s *shaper) command(kind types.LoadCmd, at, size int) {
	name := kind.String()
	if kind == types.LC_SEGMENT || kind == types.LC_SEGMENT_64 {
		s.machoSegment(at, size, kind == types.LC_SEGMENT_64)
		return
	}
	for i := 8; i+4 <= min(size, 88); i += 4 {
		s.number(fmt.Sprintf("%s+%d", name, i), at+i, 4)
	}
	part := func(what string, i, entry int) {
		off, n := s.u32(at+i), s.u32(at+i+4)
		if off == 0 && n == 0 {
			return
		}
		if s.table(name+" "+what, off, n*uint64(entry)) {
			s.denseEnds(int(off), int(n)*entry)
		}
	}
	switch kind {
	case types.LC_SYMTAB:
		entry := 12
		if s.b[s.base]&1 == 1 || s.b[s.base+3]&1 == 1 {
			entry = 16
		}
		part("symbols", 8, entry)
		part("strings", 16, 1)
	case types.LC_DYLD_INFO, types.LC_DYLD_INFO_ONLY:
		for i, what := range []string{"rebase", "bind", "weak bind", "lazy bind", "export"} {
			part(what, 8+8*i, 1)
		}
	case types.LC_CODE_SIGNATURE, types.LC_DYLD_CHAINED_FIXUPS, types.LC_DYLD_EXPORTS_TRIE, types.LC_FUNCTION_STARTS, types.LC_DATA_IN_CODE, types.LC_SEGMENT_SPLIT_INFO:
		part("data", 8, 1)
		if off, n := s.u32(at+8), s.u32(at+12); kind == types.LC_CODE_SIGNATURE && int(off+min(n, 512)) <= len(s.b)-s.base {
			little := s.big
			s.big = true
			s.words("signature", int(off), int(min(n, 512)))
			s.big = little
		} else if kind == types.LC_DYLD_CHAINED_FIXUPS && int(off+min(n, 256)) <= len(s.b)-s.base {
			s.words("chained fixups", int(off), int(min(n, 256)))
		}
	}
}

// denseEnds notes the beginning and the end of a part: a change in the middle
// of a long one is met by chance alone.
func (s *shaper) denseEnds(off, size int) {
	off += s.base
	s.dense(off, off+min(size, 512))
	s.dense(off+max(0, size-128), off+size)
}

func (s *shaper) machoSegment(at, size int, wide bool) {
	w, section := 4, 68
	if wide {
		w, section = 8, 80
	}
	s.number("vmaddr", at+24, w)
	s.number("vmsize", at+24+w, w)
	off, n := s.number("fileoff", at+24+2*w, w), s.number("filesize", at+24+3*w, w)
	s.table("segment", off, n)
	rest := at + 24 + 4*w
	s.number("maxprot", rest, 4)
	s.number("initprot", rest+4, 4)
	s.number("nsects", rest+8, 4)
	s.number("segment flags", rest+12, 4)
	for from := rest + 16; from+section <= at+size; from += section {
		s.number("section addr", from+32, w)
		s.number("section size", from+32+w, w)
		for i := range 6 {
			s.number("section word", from+32+2*w+4*i, 4)
		}
	}
}
