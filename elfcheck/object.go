package elfcheck

import (
	"debug/elf"
	"strings"
)

// maxSections bounds what is kept of an object's section headers. Objects built
// with -ffunction-sections have hundreds of thousands.
const maxSections = 1 << 22

// object reads a relocatable object, by its section headers: it has no others.
func (d *decoder) object(want Want) error {
	var sections []section
	var symtab *section
	var wrong error
	err := d.eachSection(func(s section) bool {
		sections = append(sections, s)
		switch {
		case s.kind != elf.SHT_NOBITS && s.kind != elf.SHT_NULL && (s.offset > uint64(d.size) || s.size > uint64(d.size)-s.offset):
			wrong = d.damaged(int64(min(s.offset, uint64(d.size))), "section %d: %d bytes at %#x, the file ends at %#x", len(sections)-1, s.size, s.offset, d.size)
		case s.kind == elf.SHT_SYMTAB && symtab != nil:
			wrong = d.damaged(0, "section %d is a second symbol table: the gABI has one, and linkers differ in which", len(sections)-1)
		case s.kind == elf.SHT_SYMTAB:
			symtab = &s
		}
		return len(sections) <= maxSections && wrong == nil
	})
	if err == nil {
		err = wrong
	}
	if err != nil {
		return err
	}
	if len(sections) > maxSections {
		return d.damaged(0, "more than %d sections", maxSections)
	}
	d.f.StackNote = StackSilent
	if err := d.sectionNames(sections); err != nil {
		return err
	}
	if want&WantRules != 0 {
		want |= WantImports // which are all that an object says
	}
	if symtab == nil || want&(WantSymbols|WantLuaJIT|WantCallers|WantSupplies) == 0 {
		return nil
	}
	return d.objectSymbols(want, *symtab, sections)
}

func (d *decoder) objectSymbols(want Want, symtab section, sections []section) error {
	if symtab.link >= uint32(len(sections)) {
		return d.damaged(0, "symbol table: its strings are section %d of %d", symtab.link, len(sections))
	}
	if err := d.strings(sections[symtab.link]); err != nil {
		return err
	}
	if symtab.offset > uint64(d.size) || symtab.size > uint64(d.size)-symtab.offset {
		return d.damaged(0, "symbol table: %d bytes at %#x, the file ends at %#x", symtab.size, symtab.offset, d.size)
	}
	if symtab.size%uint64(d.symbolSize()) != 0 {
		return d.damaged(int64(symtab.offset), "symbol table: %d bytes, want a multiple of %d", symtab.size, d.symbolSize())
	}
	if want&(WantSymbols|WantLuaJIT) != 0 {
		if err := d.symbolTable(want, int64(symtab.offset), int64(symtab.size)/d.symbolSize(), 0); err != nil {
			return err
		}
	}
	if want&(WantCallers|WantSupplies) == 0 {
		return nil
	}
	return d.systemNames(want, symtab, sections)
}

// strings makes a section the string table that names are taken from.
func (d *decoder) strings(s section) error {
	if s.offset > uint64(d.size) || s.size > uint64(d.size)-s.offset {
		return d.damaged(0, "string table: %d bytes at %#x, the file ends at %#x", s.size, s.offset, d.size)
	}
	d.dyn.strtab, d.dyn.strsz, d.dyn.strings = int64(s.offset), int64(s.size), nil
	if s.size > uint64(d.wholeStrings()) {
		return nil
	}
	var err error
	d.dyn.strings, err = d.bytes(&d.strs, int64(s.offset), int64(s.size), "string table")
	return err
}

// sectionNames looks for the sections that say something by their name.
func (d *decoder) sectionNames(sections []section) error {
	at := d.big.Uint16(d.head[24+3*d.wordSize()+14:])
	index := uint32(at)
	if at == uint16(elf.SHN_XINDEX) && len(sections) > 0 {
		index = sections[0].link
	}
	if index == 0 {
		return nil // it has no names
	}
	if index >= uint32(len(sections)) {
		return d.damaged(0, "section names are section %d of %d", index, len(sections))
	}
	if err := d.strings(sections[index]); err != nil {
		return err
	}
	for _, s := range sections {
		if s.kind == elf.SHT_NULL {
			continue
		}
		name, err := d.sectionName(s)
		if err != nil {
			return err
		}
		switch {
		case name == ".modinfo": // of every object that the kernel is made of, or takes in
			d.f.KernelModule = true
		case name == stackSection:
			d.f.StackNote = StackPlain
			if s.flags&elf.SHF_EXECINSTR != 0 {
				d.f.StackNote = StackExecutable
			}
		case strings.HasPrefix(name, ".note.") && s.kind == elf.SHT_NOTE:
			if err := d.sectionNote(s); err != nil {
				return err
			}
		}
	}
	return nil
}

const stackSection = ".note.GNU-stack"

// sectionName returns the start of a section's name: as much as tells it from
// the names that are looked for. Objects have very many sections, and C++ very
// long names.
func (d *decoder) sectionName(s section) (string, error) {
	at, n := int64(s.name), int64(len(stackSection)+1)
	if at >= d.dyn.strsz {
		return "", d.damaged(d.dyn.strtab, "section name at %#x of a string table of %#x bytes", at, d.dyn.strsz)
	}
	n = min(n, d.dyn.strsz-at)
	b, err := d.dyn.strings, error(nil)
	if b != nil {
		b = b[at : at+n]
	} else if b, err = d.record(d.dyn.strtab+at, n, "section name"); err != nil {
		return "", err
	}
	if name, ok := cstring(b); ok {
		b = name
	}
	return string(b), nil
}

func (d *decoder) sectionNote(s section) error {
	if s.size > maxNotes || s.offset > uint64(d.size) {
		return d.damaged(0, "note section: %d bytes at %#x, the file ends at %#x", s.size, s.offset, d.size)
	}
	b, err := d.bytes(&d.table, int64(s.offset), int64(s.size), "note section")
	if err != nil {
		return err
	}
	return d.noteList(b, int64(s.offset), int(s.align))
}
