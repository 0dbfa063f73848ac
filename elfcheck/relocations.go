package elfcheck

import (
	"debug/elf"
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

// mipsREL32 is R_MIPS_REL32.
const mipsREL32 = 3

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
