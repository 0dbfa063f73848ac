package elfbuild

import (
	"debug/elf"
	"slices"
)

func (m *Image) machine() elf.Machine {
	if m.Machine == 0 {
		return elf.EM_X86_64
	}
	return m.Machine
}

// named returns the entries of the dynamic table whose value is a name.
func (m *Image) named() []Tag {
	var tags []Tag
	for _, name := range m.Needed {
		tags = append(tags, Tag{Tag: elf.DT_NEEDED, Name: name})
	}
	if m.SOName != "" {
		tags = append(tags, Tag{Tag: elf.DT_SONAME, Name: m.SOName})
	}
	for _, path := range m.RPath {
		tags = append(tags, Tag{Tag: elf.DT_RPATH, Name: path})
	}
	for _, path := range m.RunPath {
		tags = append(tags, Tag{Tag: elf.DT_RUNPATH, Name: path})
	}
	return append(tags, m.Tags...)
}

// Bytes returns the file.
func (m Image) Bytes() []byte {
	c, strings := newCoder(m.Narrow, m.BigEndian), newNames(m.StringsPad)
	base, page := m.Base, m.Page
	if base == 0 && m.Type == elf.ET_EXEC {
		base = 0x400000
	}
	if page == 0 {
		page = 0x1000
	}
	tables := m.tables(c, strings)
	var writable []*part
	if !m.Static {
		empty := m.dynamic(c, tables, strings, base) // for its size
		writable = append(writable, &part{name: ".dynamic", kind: elf.SHT_DYNAMIC, flags: elf.SHF_ALLOC | elf.SHF_WRITE, bytes: empty,
			align: c.pick(4, 8), entry: c.pick(8, 16), link: ".dynstr", segment: elf.PT_DYNAMIC})
	}
	if len(m.Data) > 0 {
		writable = append(writable, &part{name: ".data", kind: elf.SHT_PROGBITS, flags: elf.SHF_ALLOC | elf.SHF_WRITE, bytes: m.Data, align: 16})
	}

	headers := c.pick(52, 64) + c.pick(32, 56)*len(m.headers(tables, writable, base, page, 0, 0))
	end := place(tables, uint64(headers))
	start := (end + 15) &^ 15
	stop := place(writable, start)
	if !m.Static {
		writable[0].bytes = m.dynamic(c, tables, strings, base)
	}
	progs := m.headers(tables, writable, base, page, start, stop)
	progs[0].Filesz = max(progs[0].Filesz, uint64(headers))
	progs[0].Memsz = progs[0].Filesz

	b := make([]byte, headers, stop)
	for _, p := range slices.Concat(tables, writable) {
		b = append(append(b, make([]byte, int(p.off)-len(b))...), p.bytes...)
	}
	h := header{kind: m.Type, machine: m.machine(), osabi: m.OSABI, version: m.ABIVersion, flags: m.Flags, progs: progs}
	if h.kind == 0 {
		h.kind = elf.ET_DYN
	}
	if !m.NoSections {
		b, h.sections = c.sections(b, slices.Concat(tables, writable), func(p *part) uint64 { return m.address(p, base, page, start) })
	}
	copy(b, c.header(h))
	return b
}

// place gives each part its offset, from off on, and returns the end.
func place(parts []*part, off uint64) uint64 {
	for _, p := range parts {
		align := uint64(max(p.align, 1))
		p.off = (off + align - 1) / align * align
		off = p.off + uint64(len(p.bytes))
	}
	return off
}

// address tells where a part is mapped: what is writable stands one page
// higher than the rest.
func (m *Image) address(p *part, base, page, start uint64) uint64 {
	if p.off >= start && p.flags&elf.SHF_WRITE != 0 {
		return base + page + p.off
	}
	return base + p.off
}

// dynamic writes the dynamic table.
func (m *Image) dynamic(c coder, tables []*part, strings *names, base uint64) []byte {
	var b []byte
	entry := func(tag elf.DynTag, value uint64) { b = c.word(c.word(b, uint64(tag)), value) }
	for _, t := range m.named() {
		if t.Name != "" {
			t.Value = uint64(strings.add(t.Name))
		}
		entry(t.Tag, t.Value)
	}
	for _, p := range tables {
		if p.tag == 0 {
			continue
		}
		entry(p.tag, base+p.off)
		if p.size != 0 {
			entry(p.size, uint64(len(p.bytes)))
		}
		switch p.tag {
		case elf.DT_SYMTAB:
			entry(elf.DT_SYMENT, uint64(p.entry))
		case elf.DT_RELA:
			entry(elf.DT_RELAENT, uint64(p.entry))
		case elf.DT_REL:
			entry(elf.DT_RELENT, uint64(p.entry))
		case elf.DT_JMPREL:
			kind := elf.DT_RELA
			if m.NoAddend {
				kind = elf.DT_REL
			}
			entry(elf.DT_PLTREL, uint64(kind))
		case elf.DT_VERNEED:
			entry(elf.DT_VERNEEDNUM, uint64(p.info))
		case elf.DT_VERDEF:
			entry(elf.DT_VERDEFNUM, uint64(p.info))
		}
	}
	entry(elf.DT_NULL, 0)
	return b
}

// headers returns the program headers. What is writable stands from start to
// stop.
func (m *Image) headers(tables, writable []*part, base, page, start, stop uint64) []elf.ProgHeader {
	var list []elf.ProgHeader
	end := uint64(0)
	for _, p := range tables {
		end = max(end, p.off+uint64(len(p.bytes)))
	}
	list = append(list, elf.ProgHeader{Type: elf.PT_LOAD, Flags: elf.PF_R | elf.PF_X, Vaddr: base, Filesz: end, Memsz: end, Align: page})
	if len(writable) > 0 {
		data := elf.ProgHeader{Type: elf.PT_LOAD, Flags: elf.PF_R | elf.PF_W, Off: start, Vaddr: base + page + start, Filesz: stop - start, Memsz: stop - start + 64, Align: page}
		list = append(list, data)
		if m.RELRO {
			data.Type, data.Flags, data.Align, data.Memsz = elf.PT_GNU_RELRO, elf.PF_R, 1, data.Filesz
			list = append(list, data)
		}
	}
	for _, p := range slices.Concat(tables, writable) {
		if p.segment == 0 {
			continue
		}
		flags := elf.PF_R
		if p.flags&elf.SHF_WRITE != 0 {
			flags |= elf.PF_W
		}
		n := uint64(len(p.bytes))
		list = append(list, elf.ProgHeader{Type: p.segment, Flags: flags, Off: p.off, Vaddr: m.address(p, base, page, start), Filesz: n, Memsz: n, Align: uint64(p.align)})
	}
	if m.TLS > 0 {
		list = append(list, elf.ProgHeader{Type: elf.PT_TLS, Flags: elf.PF_R, Off: start, Vaddr: base + page + start, Memsz: m.TLS, Align: 8})
	}
	if m.Stack != 0 {
		list = append(list, elf.ProgHeader{Type: elf.PT_GNU_STACK, Flags: m.Stack, Align: 16})
	}
	return append(list, m.Segments...)
}

// Packed gives a static 64-bit image, which is little-endian, the mark of UPX.
func Packed(image []byte) []byte {
	end := 64 + 56*int(image[56])
	return slices.Concat(image[:end], []byte("sum.UPX!"), image[min(end+8, len(image)):])
}
