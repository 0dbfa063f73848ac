package mutate

import (
	"debug/elf"
	"fmt"
)

// The tags of the dynamic table that an address belongs to.
const (
	gnuHash    = 0x6ffffef5
	verdef     = 0x6ffffffc
	verneed    = 0x6ffffffe
	versym     = 0x6ffffff0
	relr       = 36
	relrSize   = 35
	runPath    = 29
	verdefNum  = 0x6ffffffd
	verneedNum = 0x6fffffff
)

func (s *shaper) elf() {
	if len(s.b)-s.base < 52 {
		return
	}
	wide := s.b[s.base+4] == 2
	s.big = s.b[s.base+5] == 2
	w, entry, sectionEntry := 4, 32, 40
	if wide {
		w, entry, sectionEntry = 8, 56, 64
	}
	for at := range 16 {
		s.number("e_ident", at, 1)
	}
	kind := s.number("e_type", 16, 2)
	s.number("e_machine", 18, 2)
	s.number("e_entry", 24, w)
	phoff, shoff := s.number("e_phoff", 24+w, w), s.number("e_shoff", 24+2*w, w)
	tail := 24 + 3*w
	s.number("e_flags", tail, 4)
	s.number("e_phentsize", tail+6, 2)
	phnum := int(s.number("e_phnum", tail+8, 2))
	shentsize := s.number("e_shentsize", tail+10, 2)
	shnum := int(s.number("e_shnum", tail+12, 2))
	s.number("e_shstrndx", tail+14, 2)
	if elf.Type(kind) == elf.ET_REL {
		if s.table("section headers", shoff, uint64(shnum*sectionEntry)) {
			s.sections(int(shoff), min(shnum, most), w)
		}
		return
	}
	if shoff != 0 {
		s.table("section headers", shoff, uint64(max(shnum, 1))*shentsize)
	}
	if s.table("program headers", phoff, uint64(phnum*entry)) {
		s.segments(int(phoff), min(phnum, most), w)
	}
}

func (s *shaper) sections(at, count, w int) {
	for i := range count {
		from := at + i*(16+6*w)
		s.record(from, 16+6*w)
		name := fmt.Sprintf("section %d ", i)
		s.number(name+"name", from, 4)
		kind := s.number(name+"type", from+4, 4)
		off, size := s.number(name+"offset", from+8+2*w, w), s.number(name+"size", from+8+3*w, w)
		s.number(name+"link", from+8+4*w, 4)
		s.number(name+"info", from+12+4*w, 4)
		s.number(name+"align", from+16+4*w, w)
		s.number(name+"entsize", from+16+5*w, w)
		switch elf.SectionType(kind) {
		case elf.SHT_SYMTAB:
			if s.table(name, off, size) {
				s.words(name+"word", int(off), int(size))
			}
		case elf.SHT_NOTE, elf.SHT_RELA, elf.SHT_REL:
			if off+size <= uint64(len(s.b)-s.base) && off+size >= off {
				s.words(name+"word", int(off), int(size))
			}
		}
	}
}

// words notes all words of a table as far as it is not too long.
func (s *shaper) words(name string, at, size int) {
	for i := 0; i+4 <= min(size, 4*most); i += 4 {
		s.number(name, at+i, 4)
	}
}

type segment struct{ off, addr, size uint64 }

func (s *shaper) segments(at, count, w int) {
	var loads []segment
	var dynamic segment
	for i := range count {
		from := at + i*(8+6*w)
		s.record(from, 8+6*w)
		flags, rest := from+4, from+8
		if w == 4 {
			flags, rest = from+24, from+4
		}
		kind := elf.ProgType(s.number("p_type", from, 4))
		name := kind.String() + " "
		s.number(name+"flags", flags, 4)
		g := segment{s.number(name+"offset", rest, w), s.number(name+"vaddr", rest+w, w), s.number(name+"filesz", rest+3*w, w)}
		s.number(name+"memsz", rest+4*w, w)
		s.number(name+"align", from+8+5*w, w)
		switch kind {
		case elf.PT_LOAD:
			s.table(name, g.off, g.size)
			loads = append(loads, g)
		case elf.PT_DYNAMIC:
			s.table(name, g.off, g.size)
			dynamic = g
		case elf.PT_NOTE:
			if s.table(name, g.off, g.size) {
				s.words("note", int(g.off), int(g.size))
			}
		case elf.PT_INTERP:
			if s.table(name, g.off, g.size) {
				s.dense(s.base+int(g.off), s.base+int(g.off+g.size))
			}
		}
	}
	if dynamic.size > 0 && dynamic.off+dynamic.size <= uint64(len(s.b)-s.base) && dynamic.off < uint64(len(s.b)) {
		s.dynamic(int(dynamic.off), int(dynamic.size), w, loads)
	}
}

func (s *shaper) dynamic(at, size, w int, loads []segment) {
	values := map[uint64]uint64{}
	for i := 0; i+2*w <= min(size, 2*w*most); i += 2 * w {
		s.record(at+i, 2*w)
		tag := s.number("d_tag", at+i, w)
		if tag == 0 {
			break
		}
		if _, twice := values[tag]; twice && tag != uint64(elf.DT_NEEDED) {
			delete(values, tag) // which one counts is the loader's business
			continue
		}
		values[tag] = s.number(elf.DynTag(tag).String(), at+i+w, w)
	}
	// part notes a table that stands at an address, if it has a place.
	part := func(name string, tag elf.DynTag, size uint64) (off int, ok bool) {
		addr, there := values[uint64(tag)]
		if !there {
			return 0, false
		}
		for _, g := range loads {
			if addr >= g.addr && addr-g.addr < g.size {
				return int(g.off + addr - g.addr), s.within(name, g.off+addr-g.addr, size, g.off+g.size)
			}
		}
		return 0, false
	}
	value := func(tag elf.DynTag) uint64 { return values[uint64(tag)] }
	if off, ok := part("string table", elf.DT_STRTAB, value(elf.DT_STRSZ)); ok {
		s.dense(s.base+off, s.base+off+int(value(elf.DT_STRSZ)))
		for _, tag := range []elf.DynTag{elf.DT_NEEDED, elf.DT_SONAME, elf.DT_RPATH, runPath} {
			if v, there := values[uint64(tag)]; there {
				s.within(tag.String(), uint64(off)+v, 1, uint64(off)+value(elf.DT_STRSZ))
			}
		}
	}
	if off, ok := part("relocations", elf.DT_RELA, value(elf.DT_RELASZ)); ok {
		s.words("relocation", off, int(value(elf.DT_RELASZ)))
	}
	if off, ok := part("relocations without addends", elf.DT_REL, value(elf.DT_RELSZ)); ok {
		s.words("relocation", off, int(value(elf.DT_RELSZ)))
	}
	if off, ok := part("relocations of calls", elf.DT_JMPREL, value(elf.DT_PLTRELSZ)); ok {
		s.words("relocation", off, int(value(elf.DT_PLTRELSZ)))
	}
	if off, ok := part("packed relocations", relr, value(relrSize)); ok {
		s.words("packed relocation", off, int(value(relrSize)))
	}
	if off, ok := part("symbol table", elf.DT_SYMTAB, 1); ok {
		s.words("symbol", off, 4*most)
	}
	if off, ok := part("version table", versym, 1); ok {
		s.words("version of symbols", off, most)
	}
	if off, ok := part("hash table", elf.DT_HASH, 8); ok {
		s.words("hash", off, most)
	}
	if off, ok := part("GNU hash table", gnuHash, 16); ok {
		s.words("GNU hash", off, most)
	}
	if off, ok := part("version needs", verneed, 16); ok {
		s.chain(off, int(value(verneedNum)), verneed)
	}
	if off, ok := part("version definitions", verdef, 20); ok {
		s.chain(off, int(value(verdefNum)), verdef)
	}
}

// chain notes the records of a chain of versions: each says how far the next
// one is.
func (s *shaper) chain(off, count int, tag uint64) {
	for range min(max(count, 1), most) {
		s.number("version record", off, 2)
		s.edge(s.base + off)
		auxAt, nextAt := off+8, off+12 // Verneed: version, cnt, file, aux, next
		s.number("vn_file", off+4, 4)
		n := s.number("vn_cnt", off+2, 2)
		if tag == verdef { // version, flags, ndx, cnt, hash, aux, next
			n = s.number("vd_cnt", off+6, 2)
			auxAt, nextAt = off+12, off+16
		}
		aux, next := s.number("v_aux", auxAt, 4), s.number("v_next", nextAt, 4)
		at := off + int(uint32(aux))
		for range min(n, 20) {
			step := s.number("vna_next", at+12, 4)
			if tag == verdef {
				s.number("vda_name", at, 4)
				step = s.number("vda_next", at+4, 4)
			} else {
				s.words("vernaux", at, 12)
			}
			if step == 0 || step > 1<<20 {
				break
			}
			at += int(step)
		}
		if next == 0 || next > 1<<20 {
			return
		}
		off += int(next)
	}
}
