package elfcheck

import "debug/elf"

type relocation struct {
	offset uint64
	symbol uint32
	kind   uint32
}

// ownTLS has the relocation that stores the offset of thread-local storage from
// the thread pointer. Origin: elf.h of glibc.
var ownTLS = map[elf.Machine]uint32{
	elf.EM_X86_64:    uint32(elf.R_X86_64_TPOFF64),
	elf.EM_386:       uint32(elf.R_386_TLS_TPOFF),
	elf.EM_AARCH64:   uint32(elf.R_AARCH64_TLS_TPREL64),
	elf.EM_ARM:       19, // R_ARM_TLS_TPOFF32
	elf.EM_PPC64:     uint32(elf.R_PPC64_TPREL64),
	elf.EM_S390:      uint32(elf.R_390_TLS_TPOFF),
	elf.EM_RISCV:     uint32(elf.R_RISCV_TLS_TPREL64),
	elf.EM_LOONGARCH: 11, // R_LARCH_TLS_TPREL64
}

// relocations fills File.Relocations.
func (d *decoder) relocations() error {
	tls, known := ownTLS[d.f.Machine]
	out := &d.f.Relocations
	return d.eachRelocation(func(r relocation) {
		out.Count++
		if known && r.kind == tls && r.symbol == 0 {
			out.OwnTLS++
		}
		if d.f.DynFlags&elf.DF_TEXTREL != 0 && !d.writable(r.offset) {
			out.Text++
		}
	})
}

func (d *decoder) writable(addr uint64) bool {
	for i := range d.f.Segments {
		s := &d.f.Segments[i]
		if s.Type == ptLoad && addr >= s.VAddr && addr-s.VAddr < s.MemSize {
			return s.Flags&elf.PF_W != 0
		}
	}
	return true // not mapped: nobody's text
}

// eachRelocation goes through the tables of the dynamic linker, without the
// packed relative ones, which name no symbol.
func (d *decoder) eachRelocation(do func(relocation)) error {
	t := &d.dyn
	plt := t.pltrel == elf.DT_RELA
	for _, table := range []struct {
		off, size int64
		addend    bool
	}{{t.rela, t.relasz, true}, {t.rel, t.relsz, false}, {t.jmprel, t.pltrelsz, plt}} {
		if table.off == 0 || table.size == 0 {
			continue
		}
		if err := d.relocationTable(table.off, table.size, table.addend, do); err != nil {
			return err
		}
	}
	return nil
}

func (d *decoder) relocationTable(off, size int64, addend bool, do func(relocation)) error {
	entry := 2 * d.wordSize()
	if addend {
		entry += d.wordSize()
	}
	per := chunkSize / entry * entry
	for done := int64(0); done < size; done += per {
		b, err := d.bytes(&d.chunk, off+done, min(per, size-done), "relocations")
		if err != nil {
			return err
		}
		for ; int64(len(b)) >= entry; b = b[entry:] {
			do(d.relocation(b))
		}
	}
	return nil
}

func (d *decoder) relocation(b []byte) relocation {
	if !d.wide {
		info := d.u32(b[4:])
		return relocation{offset: uint64(d.u32(b)), symbol: info >> 8, kind: info & 0xff}
	}
	info := d.u64(b[8:])
	if d.f.Machine == elf.EM_MIPS && !d.big {
		// Little-endian MIPS64 keeps the symbol in the low half.
		return relocation{offset: d.u64(b), symbol: uint32(info), kind: uint32(info >> 56)}
	}
	return relocation{offset: d.u64(b), symbol: uint32(info >> 32), kind: uint32(info)}
}
