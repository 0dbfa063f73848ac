package elfcheck

import "debug/elf"

// hollow reports whether the program headers say that the bytes are elsewhere:
// objcopy --only-keep-debug leaves of the segments the file header, the program
// headers and the notes. So does damage: the section headers have to say it too.
func (d *decoder) hollow() bool {
	var data, code, codeData, dynamicData bool
	for _, s := range d.f.Segments {
		switch s.Type {
		case elf.PT_DYNAMIC:
			if s.FileSize == 0 && s.MemSize > 0 {
				return true
			}
			dynamicData = s.FileSize > 0
		case ptLoad:
			data = data || s.FileSize > 0
			if s.Flags&elf.PF_X != 0 {
				code, codeData = code || s.MemSize > 0, codeData || s.FileSize > 0
			}
		}
	}
	return !data || code && !codeData && !dynamicData
}

// separated reports whether the section headers say so: code or constants that
// are not in the file. It is asked of a file that does not make sense otherwise:
// eu-strip leaves the program headers as they were, over bytes that are no longer
// there.
func (d *decoder) separated() bool {
	found := false
	err := d.eachSection(func(s section) bool {
		constant := s.flags&elf.SHF_ALLOC != 0 && s.flags&elf.SHF_WRITE == 0
		found = s.kind == elf.SHT_NOBITS && s.size > 0 && (constant || s.flags&elf.SHF_EXECINSTR != 0)
		return !found
	})
	return err == nil && found
}
