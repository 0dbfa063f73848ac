package elfcheck

import (
	"debug/elf"
	"strings"
)

// dynamic is what the dynamic table says of where the other tables are.
// Addresses are translated to offsets; an offset of zero is absent.
type dynamic struct {
	strtab, strsz    int64
	symtab, syment   int64
	symbols          int64 // how many, where the machine's own tag says so
	firstGlobal      int64 // MIPS: the first symbol that the global offset table has
	symRest          int64 // bytes of the segment from symtab on
	gnuHash, hash    int64
	versym           int64
	verneed, verdef  int64
	needs, defs      int64
	rela, relasz     int64
	rel, relsz       int64
	relr, relrsz     int64
	jmprel, pltrelsz int64
	pltrel           elf.DynTag
	init, fini       uint64 // addresses
	addr, strAddr    uint64 // of the dynamic table and the string table
	// What is left of the segments from the tables of the same name on.
	strRest, relaRest, relRest, relrRest, jmpRest        int64
	gnuRest, hashRest, versymRest, verneedRest, defsRest int64
	strings                                              []byte // the string table, where it was read whole
}

func (d *decoder) dynamicTable() error {
	s, ok := Segment{}, false
	for i, other := range d.f.Segments {
		if other.Type != elf.PT_DYNAMIC {
			continue
		}
		if ok && d.f.Loading == nil { // to glibc and musl the last counts, to bionic the first
			return d.damaged(int64(min(other.Offset, uint64(d.size))), "segment %d is a second PT_DYNAMIC: want one", i)
		}
		s, ok = other, true
	}
	if !ok || s.FileSize == 0 {
		return nil
	}
	if s.FileSize > maxDynamic && d.f.Loading == nil {
		return d.damaged(int64(s.Offset), "dynamic table: %d bytes, want at most %d", s.FileSize, maxDynamic)
	}
	d.f.Dynamic = true
	off, size := int64(s.Offset), int64(min(s.FileSize, maxDynamic))
	if d.f.Loading != nil {
		var rest int64
		if off, rest, ok = d.offset(s.VAddr); !ok {
			return d.damaged(int64(s.Offset), "the dynamic table is at address %#x, which no PT_LOAD takes from the file", s.VAddr)
		}
		size, d.dyn.addr = min(size, rest), s.VAddr
	}
	entries, err := d.entriesAt(off, size)
	if err != nil {
		return err
	}
	if d.f.Loading != nil {
		d.f.Loading.Tags = make([]Tag, len(entries))
		for i, e := range entries {
			d.f.Loading.Tags[i] = Tag{e.tag, e.value}
		}
	}
	if err := d.locate(entries); err != nil {
		return err
	}
	if d.f.Loading != nil && d.dyn.strtab == 0 {
		d.dyn = dynamic{} // no loader gets beyond that
		return nil
	}
	if err := d.prefetch(); err != nil {
		return err
	}
	if d.f.Loading != nil && d.dyn.gnuHash != 0 {
		b, err := d.record(d.dyn.gnuHash, 16, "GNU hash table")
		if err != nil {
			return err
		}
		d.f.Loading.Bloom = d.big.Uint32(b[8:])
	}
	return d.dynamicNames(entries)
}

// maxDynamic bounds the dynamic table. The largest seen has 6 KiB.
const maxDynamic = 1 << 20

type dynEntry struct {
	tag   elf.DynTag
	value uint64
}

func (d *decoder) entriesAt(off, size int64) ([]dynEntry, error) {
	table, err := d.bytes(&d.table, off, size, "dynamic table")
	if err != nil {
		return nil, err
	}
	return d.entries(table, off)
}

func (d *decoder) entries(table []byte, off int64) ([]dynEntry, error) {
	w := int(d.wordSize())
	d.tags = d.tags[:0]
	for at := 0; at+2*w <= len(table); at += 2 * w {
		e := dynEntry{value: d.word(table[at+w:])}
		if d.wide {
			e.tag = elf.DynTag(int64(d.big.Uint64(table[at:])))
		} else {
			e.tag = elf.DynTag(int32(d.big.Uint32(table[at:])))
		}
		if e.tag == elf.DT_NULL {
			return d.tags, nil
		}
		d.tags = append(d.tags, e)
	}
	return nil, d.damaged(off, "dynamic table: no DT_NULL ends its %d bytes", len(table))
}

// locate takes from the table where the others are. Of a tag that stands more
// than once the last counts, as in the loaders.
func (d *decoder) locate(entries []dynEntry) error {
	f, t := d.f, &d.dyn
	for _, e := range entries {
		var err error
		switch e.tag {
		case elf.DT_STRTAB:
			t.strtab, t.strRest, err = d.place(e)
			t.strAddr = e.value
		case elf.DT_STRSZ:
			t.strsz = int64(min(e.value, uint64(d.size)+1))
		case elf.DT_SYMTAB:
			t.symtab, t.symRest, err = d.place(e)
		case elf.DT_SYMENT:
			t.syment = int64(min(e.value, 1<<16))
		case elf.DT_MIPS_SYMTABNO:
			if f.Machine == elf.EM_MIPS {
				t.symbols = int64(min(e.value, uint64(d.size)+1))
			}
		case elf.DT_MIPS_GOTSYM:
			if f.Machine == elf.EM_MIPS {
				t.firstGlobal = int64(min(e.value, uint64(d.size)+1))
			}
		case elf.DT_GNU_HASH:
			f.GNUHash = true
			t.gnuHash, t.gnuRest, err = d.place(e)
		case elf.DT_HASH:
			f.SysVHash = true
			t.hash, t.hashRest, err = d.place(e)
		case elf.DT_VERSYM:
			t.versym, t.versymRest, err = d.place(e)
		case elf.DT_VERNEED:
			t.verneed, t.verneedRest, err = d.place(e)
		case elf.DT_VERDEF:
			t.verdef, t.defsRest, err = d.place(e)
		case elf.DT_VERNEEDNUM:
			t.needs = int64(min(e.value, uint64(d.size)+1))
		case elf.DT_VERDEFNUM:
			t.defs = int64(min(e.value, uint64(d.size)+1))
		case elf.DT_RELA:
			t.rela, t.relaRest, err = d.place(e)
		case elf.DT_RELASZ:
			t.relasz = int64(min(e.value, uint64(d.size)+1))
		case elf.DT_REL:
			t.rel, t.relRest, err = d.place(e)
		case elf.DT_RELSZ:
			t.relsz = int64(min(e.value, uint64(d.size)+1))
		case dtRELR:
			f.RELR = true
			t.relr, t.relrRest, err = d.place(e)
		case dtAndroidRELR:
			f.AndroidRELR = true
		case dtRELRSZ:
			t.relrsz = int64(min(e.value, uint64(d.size)+1))
		case elf.DT_JMPREL:
			t.jmprel, t.jmpRest, err = d.place(e)
		case elf.DT_PLTRELSZ:
			t.pltrelsz = int64(min(e.value, uint64(d.size)+1))
		case elf.DT_PLTREL:
			t.pltrel = elf.DynTag(min(e.value, 1<<31-1))
		case elf.DT_INIT:
			t.init = e.value
		case elf.DT_FINI:
			t.fini = e.value
		case elf.DT_FLAGS:
			f.DynFlags |= elf.DynFlag(e.value)
		case elf.DT_FLAGS_1:
			f.DynFlags1 |= elf.DynFlag1(e.value)
		case elf.DT_TEXTREL:
			f.DynFlags |= elf.DF_TEXTREL
		case elf.DT_BIND_NOW:
			f.DynFlags |= elf.DF_BIND_NOW
		case elf.DT_SYMBOLIC:
			f.DynFlags |= elf.DF_SYMBOLIC
		}
		if err != nil {
			return err
		}
	}
	if d.f.Loading != nil {
		d.asLoaders()
	}
	return d.inSegments()
}

// Tags that debug/elf has no name for.
const (
	dtRELRSZ      elf.DynTag = 35
	dtRELR        elf.DynTag = 36
	dtAndroidRELR elf.DynTag = 0x6fffe000
)

// place translates the address of a table. A null one is absent: linkers leave
// such entries where a table came out empty. Of that one nothing, and less than
// of a table that the file does not mention, is left: -1.
func (d *decoder) place(e dynEntry) (off, rest int64, err error) {
	if e.value == 0 {
		return 0, -1, nil
	}
	off, rest, ok := d.offset(e.value)
	if !ok {
		return 0, 0, d.damaged(0, "dynamic table: %s is at address %#x, which no PT_LOAD takes from the file", e.tag, e.value)
	}
	if off == 0 && d.f.Loading == nil { // and 0 is an absent one from here on
		return 0, 0, d.damaged(0, "dynamic table: %s is at address %#x, where the header of the file is", e.tag, e.value)
	}
	return off, rest, nil
}

func (d *decoder) dynamicNames(entries []dynEntry) error {
	f := d.f
	var rpath, runpath string
	var hasRPath, hasRunPath bool
	needed := 0
	for _, e := range entries {
		if e.tag == elf.DT_NEEDED {
			needed++
		}
	}
	if needed > 0 {
		f.Needed = make([]string, 0, needed)
	}
	for _, e := range entries {
		var one *string
		var list *[]string
		var what string // DynTag.String looks through all tags there are
		switch e.tag {
		case elf.DT_NEEDED:
			list, what = &f.Needed, "DT_NEEDED"
		case elf.DT_AUXILIARY:
			list, what = &f.Auxiliary, "DT_AUXILIARY"
		case elf.DT_FILTER:
			list, what = &f.Filter, "DT_FILTER"
		case elf.DT_SONAME:
			one, what = &f.SOName, "DT_SONAME"
		case elf.DT_RPATH:
			one, hasRPath, what = &rpath, true, "DT_RPATH"
		case elf.DT_RUNPATH:
			one, hasRunPath, what = &runpath, true, "DT_RUNPATH"
		default:
			continue
		}
		s, err := d.str(e.value, what)
		if err != nil {
			return err
		}
		if one != nil {
			*one = d.intern(s)
		} else {
			*list = append(*list, d.intern(s))
		}
	}
	if hasRPath {
		f.RPath = strings.Split(rpath, ":")
	}
	if hasRunPath {
		f.RunPath = strings.Split(runpath, ":")
	}
	if f.Kind == Shared && (f.DynFlags1&elf.DF_1_PIE != 0 || f.Interpreter != "" && f.SOName == "") {
		// libc.so.6 has an interpreter too, and a name.
		f.Kind = PIE
	}
	return nil
}
