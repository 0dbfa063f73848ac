package elfbuild

import "debug/elf"

// A part is a table of the file: a section, and what leads a loader to it.
type part struct {
	name    string
	kind    elf.SectionType
	flags   elf.SectionFlag
	bytes   []byte
	align   int
	entry   int
	link    string // the section of that name
	info    uint32
	tag     elf.DynTag   // has its address
	size    elf.DynTag   // has its size
	segment elf.ProgType // that is for it alone
	off     uint64
}

// tables returns the read-only parts of an image, in their order.
func (m *Image) tables(c coder, strings *names) []*part {
	var parts []*part
	add := func(p part) {
		if p.flags == 0 {
			p.flags = elf.SHF_ALLOC
		}
		parts = append(parts, &p)
	}
	if m.Interpreter != "" {
		add(part{name: ".interp", kind: elf.SHT_PROGBITS, bytes: append([]byte(m.Interpreter), 0), align: 1, segment: elf.PT_INTERP})
	}
	for _, p := range m.notes(c) {
		add(p)
	}
	if m.Static {
		return parts
	}
	symbols, order, first := m.ordered()
	word := c.pick(4, 8)
	if m.Hash == GNU || m.Hash == Both {
		add(part{name: ".gnu.hash", kind: elf.SHT_GNU_HASH, bytes: c.gnuTable(symbols, first), align: word, link: ".dynsym", tag: elf.DT_GNU_HASH})
	}
	if m.Hash == SysV || m.Hash == Both {
		add(part{name: ".hash", kind: elf.SHT_HASH, bytes: c.sysvTable(m.machine(), symbols), align: word, entry: 4, link: ".dynsym", tag: elf.DT_HASH})
	}
	table, locals := c.symbol(nil, 0, Symbol{}), uint32(1)
	for _, s := range symbols {
		table = c.symbol(table, strings.add(s.Name), s)
		if s.Bind == elf.STB_LOCAL {
			locals++
		}
	}
	add(part{name: ".dynsym", kind: elf.SHT_DYNSYM, bytes: table, align: word, entry: c.pick(16, 24), link: ".dynstr", info: locals, tag: elf.DT_SYMTAB})
	versions := m.versions(c, symbols, strings)
	for _, t := range m.named() {
		strings.add(t.Name)
	}
	add(part{name: ".dynstr", kind: elf.SHT_STRTAB, bytes: strings.buf, align: 1, tag: elf.DT_STRTAB, size: elf.DT_STRSZ})
	for _, p := range versions {
		add(p)
	}
	for _, p := range m.relocations(c, order) {
		add(p)
	}
	return parts
}

// versions writes the tables of symbol versions.
func (m *Image) versions(c coder, symbols []Symbol, strings *names) []part {
	var versions []part
	if len(m.Needs)+len(m.Defs) > 0 {
		versions = append(versions, part{name: ".gnu.version", kind: elf.SHT_GNU_VERSYM, bytes: m.versym(c, symbols), align: 2, entry: 2, link: ".dynsym", tag: elf.DT_VERSYM})
	}
	if m.VersionsGap > 0 {
		versions = append(versions, part{name: ".gap", kind: elf.SHT_PROGBITS, bytes: make([]byte, m.VersionsGap), align: 1})
	}
	if len(m.Needs) > 0 {
		versions = append(versions, part{name: ".gnu.version_r", kind: elf.SHT_GNU_VERNEED, bytes: m.verneed(c, strings), align: 8, link: ".dynstr", info: uint32(len(m.Needs)), tag: elf.DT_VERNEED})
	}
	if len(m.Defs) > 0 {
		versions = append(versions, part{name: ".gnu.version_d", kind: elf.SHT_GNU_VERDEF, bytes: m.verdef(c, strings), align: 8, link: ".dynstr", info: uint32(len(m.Defs)), tag: elf.DT_VERDEF})
	}
	return versions
}

// relocations writes the two tables of relocations.
func (m *Image) relocations(c coder, order []int) []part {
	var parts []part
	prefix, kind, entry, tag, size := ".rela", elf.SHT_RELA, c.pick(12, 24), elf.DT_RELA, elf.DT_RELASZ
	if m.NoAddend {
		prefix, kind, entry, tag, size = ".rel", elf.SHT_REL, c.pick(8, 16), elf.DT_REL, elf.DT_RELSZ
	}
	for _, t := range []struct {
		name      string
		list      []Relocation
		tag, size elf.DynTag
	}{{prefix + ".dyn", m.Relocations, tag, size}, {prefix + ".plt", m.PLT, elf.DT_JMPREL, elf.DT_PLTRELSZ}} {
		if len(t.list) == 0 {
			continue
		}
		var b []byte
		for _, r := range t.list {
			symbol := 0
			if r.Symbol > 0 {
				symbol = order[r.Symbol-1]
			}
			b = m.relocation(c, b, r, uint64(symbol))
		}
		parts = append(parts, part{name: t.name, kind: kind, bytes: b, align: c.pick(4, 8), entry: entry, link: ".dynsym", tag: t.tag, size: t.size})
	}
	return parts
}

func (m *Image) relocation(c coder, b []byte, r Relocation, symbol uint64) []byte {
	b = c.word(b, r.Offset)
	switch {
	case !c.wide:
		b = c.word(b, symbol<<8|uint64(r.Type)&0xff)
	case m.machine() == elf.EM_MIPS && !m.BigEndian:
		b = c.word(b, symbol|uint64(r.Type)<<56) // the psABI's own order
	default:
		b = c.word(b, symbol<<32|uint64(r.Type))
	}
	if !m.NoAddend {
		b = c.word(b, r.Addend)
	}
	return b
}

// notes writes the notes, neighbours of one alignment together.
func (m *Image) notes(c coder) []part {
	var parts []part
	for _, n := range m.Notes {
		align := max(n.Align, 4)
		if last := len(parts) - 1; last < 0 || parts[last].align != align {
			parts = append(parts, part{name: ".note", kind: elf.SHT_NOTE, align: align, segment: elf.PT_NOTE})
		}
		p := &parts[len(parts)-1]
		p.bytes = c.note(p.bytes, n)
	}
	return parts
}

func (c coder) note(b []byte, n Note) []byte {
	align := max(n.Align, 4)
	desc := append(c.quad(nil, n.Words...), n.Bytes...)
	name := append([]byte(n.Name), 0)
	b = c.quad(b, uint32(len(name)), uint32(len(desc)), n.Type)
	b = pad(append(b, name...), align)
	return pad(append(b, desc...), align)
}
