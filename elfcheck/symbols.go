package elfcheck

import "debug/elf"

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
	for i := 0; i*entry < len(syms); i++ {
		b := syms[i*entry : (i+1)*entry]
		var m mark
		var section uint16
		if d.wide {
			m.info, m.other, section = b[4], b[5], d.u16(b[6:])
		} else {
			m.info, m.other, section = b[12], b[13], d.u16(b[14:])
		}
		if elf.ST_BIND(m.info) == elf.STB_LOCAL {
			continue
		}
		if versions != nil {
			v := d.u16(versions[2*i:])
			m.hidden, m.number = v&verHidden != 0, v&^verHidden
			if m.number > verGlobal {
				if int(m.number) >= len(d.index) || d.index[m.number] == 0 {
					return d.damaged(0, "symbol %d has version %d, which the file neither needs nor defines", first+int64(i), m.number)
				}
				m.need = d.index[m.number]
			}
		}
		m.imported, m.absolute = section == uint16(elf.SHN_UNDEF), section == uint16(elf.SHN_ABS)
		if !d.wanted(want, &m) {
			continue
		}
		if at := first + int64(i); at < int64(len(d.refs)) {
			m.refs = d.refs[at]
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

// wanted counts a symbol, and reports whether it is to be kept.
func (d *decoder) wanted(want Want, m *mark) bool {
	if m.imported {
		d.f.ImportCount++
		return want&WantImports != 0
	}
	if v := elf.ST_VISIBILITY(m.other); v == elf.STV_HIDDEN || v == elf.STV_INTERNAL {
		return false
	}
	d.f.ExportCount++
	// A copy relocation defines what it asks of a library: stdout of
	// GLIBC_2.2.5 is both.
	return want&WantExports != 0 || m.need > 0
}
