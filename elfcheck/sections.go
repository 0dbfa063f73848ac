package elfcheck

import "debug/elf"

// A section is a section header. Loaders do not see them.
type section struct {
	name         uint32
	kind         elf.SectionType
	flags        elf.SectionFlag
	addr         uint64
	offset, size uint64
	link, info   uint32
	align        uint64
}

// sectionsInFile refuses a file that ends before its section headers do.
func (d *decoder) sectionsInFile() error {
	off, entry, count := d.sectionTable()
	size := uint64(entry * max(count, 1)) // with more than 65279 the first one has their number
	if off != 0 && (off > uint64(d.size) || size > uint64(d.size)-off) {
		return d.damaged(int64(min(off, uint64(d.size))), "section headers: %d bytes at %#x, the file ends at %#x: it was cut short", size, off, d.size)
	}
	return nil
}

// sectionTable returns what the header says of the section headers: their place, size
// and number.
func (d *decoder) sectionTable() (off uint64, size, count int64) {
	b, w := d.head, d.wordSize()
	tail := b[24+3*w:]
	return d.word(b[24+2*w:]), int64(d.big.Uint16(tail[10:])), int64(d.big.Uint16(tail[12:]))
}

// eachSection calls do for each section header until it returns false. A
// linked file may have none.
func (d *decoder) eachSection(do func(section) bool) error {
	entry := int64(40)
	if d.wide {
		entry = 64
	}
	off, size, count := d.sectionTable()
	if off == 0 && d.f.Kind != Object {
		return nil
	}
	if off == 0 || size != entry || off > uint64(d.size) || int64(off) > d.size-entry {
		return d.damaged(0, "section headers of %d bytes at %#x: want %d bytes each, inside the file", size, off, entry)
	}
	for i := int64(0); i < count || count == 0; i++ {
		rec, err := d.record(int64(off)+i*entry, entry, "section headers")
		if err != nil {
			return err
		}
		s := d.section(rec)
		if i == 0 && count == 0 {
			// More than 65279 sections: the first, empty one has the number.
			if count = int64(min(s.size, uint64(d.size))); count == 0 {
				return nil
			}
		}
		if !do(s) {
			return nil
		}
	}
	return nil
}

func (d *decoder) section(b []byte) section {
	s := section{name: d.big.Uint32(b), kind: elf.SectionType(d.big.Uint32(b[4:]))}
	if d.wide {
		s.flags, s.addr = elf.SectionFlag(d.big.Uint64(b[8:])), d.big.Uint64(b[16:])
		s.offset, s.size = d.big.Uint64(b[24:]), d.big.Uint64(b[32:])
		s.link, s.info = d.big.Uint32(b[40:]), d.big.Uint32(b[44:])
		s.align = d.big.Uint64(b[48:])
		return s
	}
	s.flags, s.addr = elf.SectionFlag(d.big.Uint32(b[8:])), uint64(d.big.Uint32(b[12:]))
	s.offset, s.size = uint64(d.big.Uint32(b[16:])), uint64(d.big.Uint32(b[20:]))
	s.link, s.info = d.big.Uint32(b[24:]), d.big.Uint32(b[28:])
	s.align = uint64(d.big.Uint32(b[32:]))
	return s
}
