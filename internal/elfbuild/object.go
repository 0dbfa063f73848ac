package elfbuild

import "debug/elf"

// An Object is a relocatable object file.
type Object struct {
	Machine   elf.Machine // 0 is x86-64
	Narrow    bool
	BigEndian bool
	Flags     uint32
	Symbols   []Symbol // local ones first
	Notes     []Note
	// StackNote adds .note.GNU-stack, and StackFlags its flags.
	StackNote  bool
	StackFlags elf.SectionFlag
	NoSymbols  bool // no symbol table
	// Sections is a number of further empty sections.
	Sections int
	// Relocations are of .text, with addends.
	Relocations []Relocation
}

// Bytes returns the file.
func (o Object) Bytes() []byte {
	c := newCoder(o.Narrow, o.BigEndian)
	image := Image{Notes: o.Notes, Machine: o.Machine, BigEndian: o.BigEndian}
	parts := []*part{{name: ".text", kind: elf.SHT_PROGBITS, flags: elf.SHF_ALLOC | elf.SHF_EXECINSTR, bytes: make([]byte, 16), align: 16}}
	for _, p := range image.notes(c) {
		p.name = ".note.test"
		parts = append(parts, &p)
	}
	if o.StackNote {
		parts = append(parts, &part{name: ".note.GNU-stack", kind: elf.SHT_PROGBITS, flags: o.StackFlags, align: 1})
	}
	for range o.Sections {
		parts = append(parts, &part{name: ".data", kind: elf.SHT_PROGBITS, flags: elf.SHF_ALLOC | elf.SHF_WRITE, align: 1})
	}
	if len(o.Relocations) > 0 {
		var b []byte
		for _, r := range o.Relocations {
			b = image.relocation(c, b, r, uint64(r.Symbol))
		}
		parts = append(parts, &part{name: ".rela.text", kind: elf.SHT_RELA, bytes: b, align: c.pick(4, 8), entry: c.pick(12, 24), link: ".symtab", info: 1})
	}
	if !o.NoSymbols {
		strings, locals := newNames(0), uint32(1)
		table := c.symbol(nil, 0, Symbol{})
		for _, s := range o.Symbols {
			table = c.symbol(table, strings.add(s.Name), s)
			if s.Bind == elf.STB_LOCAL {
				locals++
			}
		}
		parts = append(parts,
			&part{name: ".symtab", kind: elf.SHT_SYMTAB, bytes: table, align: c.pick(4, 8), entry: c.pick(16, 24), link: ".strtab", info: locals},
			&part{name: ".strtab", kind: elf.SHT_STRTAB, bytes: strings.buf, align: 1})
	}
	b := make([]byte, c.pick(52, 64))
	place(parts, uint64(len(b)))
	for _, p := range parts {
		b = append(append(b, make([]byte, int(p.off)-len(b))...), p.bytes...)
	}
	machine := o.Machine
	if machine == 0 {
		machine = elf.EM_X86_64
	}
	h := header{kind: elf.ET_REL, machine: machine, flags: o.Flags}
	b, h.sections = c.sections(b, parts, func(*part) uint64 { return 0 })
	copy(b, c.header(h))
	return b
}
