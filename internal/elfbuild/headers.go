package elfbuild

import "debug/elf"

// A header is what the file header says.
type header struct {
	kind     elf.Type
	machine  elf.Machine
	osabi    elf.OSABI
	version  uint8
	flags    uint32
	progs    []elf.ProgHeader
	sections sectionTable
}

// A sectionTable is where the section headers stand.
type sectionTable struct {
	off   uint64
	count int
}

// header returns the file header and the program headers after it.
func (c coder) header(h header) []byte {
	b := []byte(elf.ELFMAG)
	b = append(b, byte(c.pick(1, 2)), 1, 1, byte(h.osabi), h.version)
	if c.half(nil, 1)[0] == 0 {
		b[elf.EI_DATA] = byte(elf.ELFDATA2MSB)
	}
	b = c.half(pad(b, 16), uint16(h.kind), uint16(h.machine))
	size, entry, section := c.pick(52, 64), c.pick(32, 56), c.pick(40, 64)
	phoff := uint64(size)
	if len(h.progs) == 0 {
		phoff, entry = 0, 0
	}
	if h.sections.count == 0 {
		section = 0
	}
	b = c.word(c.word(c.word(c.quad(b, 1), 0), phoff), h.sections.off)
	b = c.half(c.quad(b, h.flags), uint16(size), uint16(entry), uint16(len(h.progs)))
	b = c.half(b, uint16(section), uint16(h.sections.count), uint16(max(0, h.sections.count-1)))
	for _, p := range h.progs {
		b = c.prog(b, p)
	}
	return b
}

func (c coder) prog(b []byte, p elf.ProgHeader) []byte {
	if p.Paddr == 0 {
		p.Paddr = p.Vaddr
	}
	b = c.quad(b, uint32(p.Type))
	if c.wide {
		b = c.quad(b, uint32(p.Flags))
	}
	for _, v := range []uint64{p.Off, p.Vaddr, p.Paddr, p.Filesz, p.Memsz} {
		b = c.word(b, v)
	}
	if !c.wide {
		b = c.quad(b, uint32(p.Flags))
	}
	return c.word(b, p.Align)
}

// sections appends the names of the sections and their headers to a file.
func (c coder) sections(b []byte, parts []*part, address func(*part) uint64) ([]byte, sectionTable) {
	index, names := map[string]uint32{}, newNames(0)
	for i, p := range parts {
		index[p.name] = uint32(i + 1)
		names.add(p.name)
	}
	own := names.add(".shstrtab")
	strings := uint64(len(b))
	b = pad(append(b, names.buf...), 8)
	table := sectionTable{uint64(len(b)), len(parts) + 2}
	b = append(b, make([]byte, c.pick(40, 64))...)
	for _, p := range parts {
		addr := uint64(0)
		if p.flags&elf.SHF_ALLOC != 0 {
			addr = address(p)
		}
		b = c.section(b, names.add(p.name), *p, addr, index[p.link])
	}
	last := part{kind: elf.SHT_STRTAB, off: strings, bytes: names.buf, align: 1}
	return c.section(b, own, last, 0, 0), table
}

func (c coder) section(b []byte, name uint32, p part, addr uint64, link uint32) []byte {
	b = c.quad(b, name, uint32(p.kind))
	for _, v := range []uint64{uint64(p.flags), addr, p.off, uint64(len(p.bytes))} {
		b = c.word(b, v)
	}
	b = c.quad(b, link, p.info)
	return c.word(c.word(b, uint64(max(p.align, 1))), uint64(p.entry))
}
