package elfcheck

import (
	"debug/elf"
	"math/bits"
	"slices"
)

type relocation struct {
	offset uint64
	symbol uint32
	kind   uint32
	addend uint64 // 0 where the table has none: it is in the place itself
}

// A relocationKinds names the relocations of a machine that are not plain
// references to data.
type relocationKinds struct {
	call, slot, copied, ownTP uint32
	tls                       []uint32 // module, offset in it, descriptor
	indirect                  uint32   // the value is what a function returns
	later                     []uint32 // what may be among calls that wait, where a loader looks
}

// kinds has the machines whose loaders are modelled. Origin: elf.h of glibc.
var kinds = map[elf.Machine]relocationKinds{
	elf.EM_X86_64:    {call: 7, slot: 6, copied: 5, ownTP: 18, tls: []uint32{16, 17, 36}, indirect: 37, later: []uint32{7, 36, 37}},
	elf.EM_386:       {call: 7, slot: 6, copied: 5, ownTP: 14, tls: []uint32{35, 36, 37, 41}, indirect: 42, later: []uint32{7, 41, 42}},
	elf.EM_AARCH64:   {call: 1026, slot: 1025, copied: 1024, ownTP: 1030, tls: []uint32{1028, 1029, 1031}, indirect: 1032, later: []uint32{1026, 1031, 1032}},
	elf.EM_ARM:       {call: 22, slot: 21, copied: 20, ownTP: 19, tls: []uint32{13, 17, 18}},
	elf.EM_PPC64:     {call: 21, slot: 20, copied: 19, ownTP: 73, tls: []uint32{68, 78}, indirect: 248},
	elf.EM_S390:      {call: 11, slot: 10, copied: 9, ownTP: 56, tls: []uint32{54, 55}, indirect: 61, later: []uint32{11, 61}},
	elf.EM_RISCV:     {call: 5, copied: 4, ownTP: 11, tls: []uint32{7, 9, 12}},
	elf.EM_MIPS:      {call: 127, copied: 126, ownTP: 48, tls: []uint32{38, 39, 40, 41, 47}},
	elf.EM_LOONGARCH: {call: 5, copied: 4, ownTP: 11, tls: []uint32{7, 9, 14}},
}

func (k relocationKinds) refs(kind uint32) Refs {
	switch {
	case kind == k.call:
		return RefCall
	case kind == k.slot && kind != 0:
		return RefSlot
	case kind == k.copied:
		return RefCopy
	case kind == k.ownTP:
		return RefTLS | RefOwnTP
	case slices.Contains(k.tls, kind):
		return RefTLS
	}
	return RefData
}

// relocations fills File.Relocations and, if symbols want their references,
// d.refs.
func (d *decoder) relocations(want Want) error {
	c := relocationCounter{decoder: d, like: relative[d.f.Machine]}
	if want&WantRefs != 0 && d.dyn.symtab != 0 {
		n, err := d.symbolCount()
		if err != nil {
			return err
		}
		d.refs = append(d.refs, make([]Refs, n)...)
	}
	c.kinds, c.known = kinds[d.f.Machine]
	if d.f.Machine == elf.EM_MIPS && !d.wide {
		c.kinds.ownTP = 47
	}
	c.text = d.f.DynFlags&elf.DF_TEXTREL != 0
	c.places = writer{segments: d.f.Segments, anywhere: c.text}
	var relatives int64
	if d.f.Loading != nil {
		relatives, c.here = d.relatives()
	}
	err := d.eachRelocationTable(func(off, size int64, addend bool) (bool, error) {
		c.plain, c.calls = false, off == d.dyn.jmprel
		return d.relocationRecords(off, size, addend, c.count)
	})
	if err == nil && d.f.Loading != nil {
		err = d.packed(&c.places)
	}
	if like := unasserted[d.f.Machine]; err == nil && relatives > c.here && like != 0 {
		err = d.unlikeBehind(relatives-c.here, int64(like))
	}
	if err == nil && relatives > c.here && c.like != 0 {
		err = d.unlikeBehind(relatives-c.here, int64(c.like))
	}
	return err
}

// A relocationCounter fills File.Relocations, File.Loading and d.refs.
type relocationCounter struct {
	*decoder
	kinds    relocationKinds
	known    bool // kinds are those of the machine
	text     bool // some are in the code
	places   writer
	like     uint32 // the relative relocation, as far as glibc looks at it
	here     int64  // how many of the first are to be like
	last     uint32 // kind
	lastRefs Refs   // what a symbol has of it
	calls    bool   // they are of calls
	plain    bool   // the next of that kind differs in its place and symbol alone
}

// count takes records. Mostly thousands of a kind follow one another.
func (c *relocationCounter) count(b []byte, entry int64) bool {
	out, loading := &c.f.Relocations, c.f.Loading
	for ; len(b) > 0; b = b[entry:] {
		if !c.plain {
			c.take(b, entry)
			continue
		}
		info := c.big.Uint64(b[8:])
		kind, symbol := uint32(info), int64(info>>32)
		if kind != c.last {
			c.take(b, entry)
			continue
		}
		out.Count++
		if loading != nil && kind != 0 && !c.places.writes(c.big.Uint64(b)) {
			loading.Astray++
		}
		if kind != c.like {
			c.unlike()
			if symbol == 0 && kind == c.kinds.ownTP && c.known {
				out.OwnTLS++
			}
		}
		if symbol < int64(len(c.refs)) {
			if symbol != 0 {
				c.refs[symbol] |= c.lastRefs
			}
		} else {
			c.nobody(symbol)
		}
	}
	return true
}

func (c *relocationCounter) take(b []byte, entry int64) {
	out, loading, r := &c.f.Relocations, c.f.Loading, c.relocation(b)
	out.Count++
	if r.kind != c.last || out.Count == 1 {
		c.last, c.lastRefs = r.kind, 0
		if c.known {
			c.lastRefs = c.kinds.refs(r.kind)
		}
		if at, found := slices.BinarySearch(out.Types, r.kind); !found && len(out.Types) < maxTypes {
			out.Types = slices.Insert(out.Types, at, r.kind)
		}
	}
	c.plain = c.wide && !c.text && c.f.Machine != elf.EM_MIPS && r.kind != c.kinds.indirect
	if loading != nil && r.kind != 0 {
		if !c.places.writes(r.offset) {
			loading.Astray++
		}
		if r.kind == c.kinds.indirect && entry == 3*c.wordSize() && !c.executable(c.word(b[2*c.wordSize():])) {
			loading.Wild++
		}
	}
	if loading != nil && c.calls && c.kinds.later != nil && !slices.Contains(c.kinds.later, r.kind) {
		if loading.OddCalls++; loading.OddCalls == 1 {
			loading.OddCall = r.kind
		}
	}
	if r.kind != c.like {
		c.unlike()
	}
	if c.known && r.kind == c.kinds.ownTP && r.symbol == 0 {
		out.OwnTLS++
	}
	if c.text && !c.writable(r.offset) {
		out.Text++
	}
	if c.f.Machine == elf.EM_MIPS && r.kind == mipsREL32 {
		return // by way of the global offset table
	}
	if r.symbol != 0 && int64(r.symbol) < int64(len(c.refs)) {
		c.refs[r.symbol] |= c.lastRefs
	} else {
		c.nobody(int64(r.symbol))
	}
}

// nobody counts a relocation to a symbol that is not there.
func (c *relocationCounter) nobody(symbol int64) {
	if symbol > 0 && symbol >= int64(len(c.refs)) && c.want&WantRefs != 0 && c.f.Loading != nil {
		c.f.Loading.Nobody++
	}
}

// unlike counts a relocation that is not relative among the first.
func (c *relocationCounter) unlike() {
	if int64(c.f.Relocations.Count) <= c.here && c.like != 0 {
		c.f.Loading.Unlike++
	}
}

// mipsREL32 is R_MIPS_REL32.
const mipsREL32 = 3

// relatives is how many of the first relocations are relative, as the dynamic table
// says, and how many of them stand in the table.
func (d *decoder) relatives() (count, here int64) {
	t, w := &d.dyn, d.wordSize()
	tag, here := elf.DT_RELACOUNT, t.relasz/(3*w)
	switch {
	case t.rela == 0 && t.rel == 0:
		return 0, 0
	case t.rela == 0:
		tag, here = elf.DT_RELCOUNT, t.relsz/(2*w)
	case t.jmprel > t.rela && t.jmprel+t.pltrelsz == t.rela+t.relasz:
		here = (t.jmprel - t.rela) / (3 * w)
	}
	n, _ := d.f.Loading.Tag(tag)
	count = int64(min(n, 1<<31))
	return count, min(count, here)
}

// unlikeBehind counts those behind the end of the table that are not relative: glibc
// goes by their number alone.
func (d *decoder) unlikeBehind(count, like int64) error {
	t, entry := &d.dyn, 2*d.wordSize()
	off, size, rest, addend := t.rel, t.relsz, t.relRest, false
	if t.rela != 0 {
		off, size, rest, addend, entry = t.rela, t.relasz, t.relaRest, true, entry+d.wordSize()
	}
	size -= size % entry
	if count*entry > rest-size {
		d.f.Loading.Unlike++
		return nil
	}
	_, err := d.relocationTable(off+size, count*entry, addend, func(r relocation) bool {
		if int64(r.kind) != like {
			d.f.Loading.Unlike++
		}
		return true
	})
	return err
}

// packed counts in Loading.PackedAstray what of the packed relative relocations is in no
// place that can be written to. Origin: ELF_DYNAMIC_DO_RELR of glibc.
func (d *decoder) packed(places *writer) error {
	t, w := &d.dyn, d.wordSize()
	_, there := d.f.Loading.Tag(dtRELR)
	_, sized := d.f.Loading.Tag(dtRELRSZ)
	if there && !sized {
		d.f.Loading.PackedAstray++ // glibc looks for the size
	}
	if t.relr == 0 || t.relrsz == 0 {
		return nil
	}
	var where uint64 // none before the first address
	per := chunkSize / w * w
	for done := int64(0); done < t.relrsz; done += per {
		b, err := d.bytes(&d.chunk, t.relr+done, min(per, t.relrsz-done), "relative relocations")
		if err != nil {
			return err
		}
		for ; int64(len(b)) >= w; b = b[w:] {
			entry := d.word(b)
			if entry&1 == 0 {
				if !places.writes(entry) || d.overTable(1, entry) {
					d.f.Loading.PackedAstray++
				}
				where = entry + uint64(w)
				continue
			}
			if bitmap := entry >> 1; bitmap != 0 {
				first, last := uint64(bits.TrailingZeros64(bitmap)), uint64(bits.Len64(bitmap)-1)
				if where == 0 || d.overTable(bitmap, where) || !places.writes(where+first*uint64(w)) || !places.writes(where+last*uint64(w)) {
					d.f.Loading.PackedAstray++
				}
			}
			where += uint64(8*w-1) * uint64(w)
		}
	}
	return nil
}

// overTable reports whether one of the words from an address on that a bitmap has is
// in the dynamic table, and one that a loader looks at afterwards.
func (d *decoder) overTable(bitmap, addr uint64) bool {
	table, w := d.dyn.addr, uint64(d.wordSize())
	for ; bitmap != 0; bitmap &= bitmap - 1 {
		at := addr + uint64(bits.TrailingZeros64(bitmap))*w - table
		if i := at / (2 * w); i < uint64(len(d.f.Loading.Tags)) && at%(2*w) >= w && slices.Contains(relocating, d.f.Loading.Tags[i].Tag) {
			return true
		}
	}
	return false
}

// relocating are the tags that tell of relocations and what they need.
var relocating = []elf.DynTag{
	elf.DT_STRTAB, elf.DT_SYMTAB, elf.DT_VERSYM, elf.DT_RELA, elf.DT_RELASZ, elf.DT_REL, elf.DT_RELSZ, elf.DT_JMPREL, elf.DT_PLTREL, elf.DT_PLTRELSZ,
}

// maxTypes bounds how many different types are listed; no machine has as many.
const maxTypes = 256

func (d *decoder) writable(addr uint64) bool {
	for i := range d.f.Segments {
		s := &d.f.Segments[i]
		if s.Type == ptLoad && addr >= s.VAddr && addr-s.VAddr < s.MemSize {
			return s.Flags&elf.PF_W != 0
		}
	}
	return true // not mapped: nobody's text
}

// executable reports whether an address is in a segment that is code.
func (d *decoder) executable(addr uint64) bool {
	if d.f.Machine == elf.EM_PPC64 && bool(d.big) {
		return true // addresses of functions are of their descriptors
	}
	for i := range d.f.Segments {
		s := &d.f.Segments[i]
		if s.Type == ptLoad && addr >= s.VAddr && addr-s.VAddr < s.MemSize {
			return s.Flags&elf.PF_X != 0
		}
	}
	return false
}

// eachRelocation goes through the tables of the dynamic linker until it is told that
// this is enough.
func (d *decoder) eachRelocation(do func(relocation) (more bool)) error {
	return d.eachRelocationTable(func(off, size int64, addend bool) (bool, error) {
		return d.relocationTable(off, size, addend, do)
	})
}

// eachRelocationTable goes through the tables without the packed relative
// relocations, which name no symbol.
func (d *decoder) eachRelocationTable(do func(off, size int64, addend bool) (more bool, err error)) error {
	t := &d.dyn
	plt := t.pltrel == elf.DT_RELA
	if t.jmprel > t.rela && t.jmprel+t.pltrelsz == t.rela+t.relasz {
		t.relasz = t.jmprel - t.rela // riscv64 counts those of the PLT twice
	}
	for _, table := range [...]struct {
		off, size int64
		addend    bool
	}{{t.rela, t.relasz, true}, {t.rel, t.relsz, false}, {t.jmprel, t.pltrelsz, plt}} {
		if table.off == 0 || table.size == 0 {
			continue
		}
		if more, err := do(table.off, table.size, table.addend); err != nil || !more {
			return err
		}
	}
	return nil
}

func (d *decoder) relocationTable(off, size int64, addend bool, do func(relocation) bool) (more bool, err error) {
	return d.relocationRecords(off, size, addend, func(b []byte, entry int64) bool {
		for ; len(b) > 0; b = b[entry:] {
			r := d.relocation(b)
			if addend {
				r.addend = d.word(b[entry-d.wordSize():])
			}
			if !do(r) {
				return false
			}
		}
		return true
	})
}

// relocationRecords gives whole records of a table to do, many at a time.
func (d *decoder) relocationRecords(off, size int64, addend bool, do func(b []byte, entry int64) (more bool)) (more bool, err error) {
	entry := 2 * d.wordSize()
	if addend {
		entry += d.wordSize()
	}
	if size%entry != 0 {
		if err := d.overlook(d.damaged(off, "relocations: %d bytes, want a multiple of %d", size, entry)); err != nil {
			return false, err
		}
		if size -= size % entry; d.f.Loading != nil && off+size+entry <= d.size {
			size += entry // glibc goes on while it is not at the end
		}
	}
	per := chunkSize / entry * entry
	for done := int64(0); done < size; done += per {
		b, err := d.bytes(&d.chunk, off+done, min(per, size-done), "relocations")
		if err != nil {
			return false, err
		}
		if !do(b, entry) {
			return false, nil
		}
	}
	return true, nil
}

func (d *decoder) relocation(b []byte) relocation {
	if !d.wide {
		info := d.big.Uint32(b[4:])
		return relocation{offset: uint64(d.big.Uint32(b)), symbol: info >> 8, kind: info & 0xff}
	}
	info := d.big.Uint64(b[8:])
	if d.f.Machine == elf.EM_MIPS && !d.big {
		// Little-endian MIPS64 keeps the symbol in the low half.
		return relocation{offset: d.big.Uint64(b), symbol: uint32(info), kind: uint32(info >> 56)}
	}
	return relocation{offset: d.big.Uint64(b), symbol: uint32(info >> 32), kind: uint32(info)}
}
