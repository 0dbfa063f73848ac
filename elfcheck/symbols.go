package elfcheck

import (
	"debug/elf"
	"slices"

	"github.com/abivet/abivet/abi/extension"
)

// dynamicSymbols reads the dynamic symbol table.
func (d *decoder) dynamicSymbols(want Want) error {
	t := &d.dyn
	if t.symtab == 0 || !d.f.Dynamic {
		return nil
	}
	count, err := d.symbolCount()
	if err != nil {
		return err
	}
	if entry := d.symbolSize(); t.syment != 0 && t.syment != entry {
		return d.damaged(0, "dynamic table: symbols of %d bytes each, want %d", t.syment, entry)
	}
	if have := t.symRest / d.symbolSize(); count > have {
		return d.damaged(t.symtab, "dynamic symbols: %d of them, their segment holds %d", count, have)
	}
	return d.symbolTable(want, t.symtab, count, t.versym)
}

func (d *decoder) symbolSize() int64 {
	if d.wide {
		return 24
	}
	return 16
}

// symbolTable reads count symbols at off, with their versions if versym is not
// zero.
func (d *decoder) symbolTable(want Want, off, count, versym int64) error {
	entry := d.symbolSize()
	per := chunkSize / entry
	for first := int64(0); first < count; first += per {
		n := min(per, count-first)
		syms, err := d.bytes(&d.chunk, off+first*entry, n*entry, "symbols")
		if err != nil {
			return err
		}
		var versions []byte
		if versym != 0 {
			if versions, err = d.bytes(&d.pair, versym+first*2, n*2, "symbol versions"); err != nil {
				return err
			}
		}
		if first == 0 { // the null symbol
			syms = syms[entry:]
			if versions != nil {
				versions = versions[2:]
			}
		}
		if err := d.symbols(want, max(first, 1), syms, versions); err != nil {
			return err
		}
	}
	d.keep(want)
	return nil
}

// symbols keeps those symbols that are wanted of a piece of the table. The
// first of the piece has the given number.
func (d *decoder) symbols(want Want, first int64, syms, versions []byte) error {
	entry := int(d.symbolSize())
	hosts := want&WantExtensions != 0 && d.f.Kind == Shared && d.dyn.strings != nil
	index := d.index
	for number := first; len(syms) >= entry; number++ {
		b := syms[:entry:entry]
		syms = syms[entry:]
		var version []byte
		if versions != nil {
			version, versions = versions[:2:2], versions[2:]
		}
		var info, other byte
		var section elf.SectionIndex
		if d.wide {
			info, other, section = b[4], b[5], elf.SectionIndex(d.u16(b[6:]))
		} else {
			info, other, section = b[12], b[13], elf.SectionIndex(d.u16(b[14:]))
		}
		if elf.ST_BIND(info) == elf.STB_LOCAL {
			continue
		}
		var need int32
		if version != nil {
			if v := int(d.u16(version) &^ verHidden); v > verGlobal {
				if v >= len(index) || index[v] == 0 {
					return d.damaged(0, "symbol %d has version %d, which the file neither needs nor defines", number, v)
				}
				need = index[v]
			}
		}
		if hosts {
			if err := d.noteHost(number, d.u32(b), section == elf.SHN_UNDEF); err != nil {
				return err
			}
		}
		if !d.wanted(want, other, need, section) {
			continue
		}
		m := mark{need: need, info: info, other: other, imported: section == elf.SHN_UNDEF, absolute: section == elf.SHN_ABS}
		if version != nil {
			v := d.u16(version)
			m.hidden, m.number = v&verHidden != 0, v&^verHidden
		}
		if number < int64(len(d.refs)) {
			m.refs = d.refs[number]
		}
		if d.wide {
			m.value, m.size = d.u64(b[8:]), d.u64(b[16:])
		} else {
			m.value, m.size = uint64(d.u32(b[4:])), uint64(d.u32(b[8:]))
		}
		name, err := d.str(uint64(d.u32(b)), "symbol")
		if err != nil {
			return err
		}
		if d.each != nil {
			d.one = Symbol{}
			d.fill(&d.one, &m, "")
			d.each(name, &d.one, m.imported)
			continue
		}
		d.names = append(d.names, name...)
		m.end = len(d.names)
		d.marks = append(d.marks, m)
	}
	return nil
}

// noteHost keeps whose extension a symbol speaks for, by its name.
func (d *decoder) noteHost(number int64, name uint32, asked bool) error {
	table := d.dyn.strings
	if uint64(name) >= uint64(len(table)) {
		return d.damaged(d.dyn.strtab, "symbol %d: name at %#x of a string table of %#x bytes", number, name, len(table))
	}
	if host := extension.HostAt(table[name:], asked); host != "" && !slices.Contains(d.hosts, host) {
		d.hosts = append(d.hosts, host)
	}
	return nil
}

// wanted counts a symbol, and reports whether it is to be kept.
func (d *decoder) wanted(want Want, other byte, need int32, section elf.SectionIndex) bool {
	if section == elf.SHN_UNDEF {
		d.f.ImportCount++
		return want&WantImports != 0
	}
	if v := elf.ST_VISIBILITY(other); v == elf.STV_HIDDEN || v == elf.STV_INTERNAL {
		return false
	}
	d.f.ExportCount++
	// A copy relocation defines what it asks of a library: stdout of
	// GLIBC_2.2.5 is both.
	return want&WantExports != 0 || need > 0
}
