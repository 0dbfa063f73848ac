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

// A mark is a symbol that is kept; its name is in scratch.names until all of
// them are known, so that they can share one string.
type mark struct {
	Symbol
	end      int // of its name, in scratch.names
	need     int32
	imported bool
}

// symbols keeps those symbols that are wanted of a piece of the table. The
// first of the piece has the given number.
func (d *decoder) symbols(want Want, first int64, syms, versions []byte) error {
	entry := int(d.symbolSize())
	for i := 0; i*entry < len(syms); i++ {
		b := syms[i*entry : (i+1)*entry]
		var info, other byte
		var section uint16
		if d.wide {
			info, other, section = b[4], b[5], d.u16(b[6:])
		} else {
			info, other, section = b[12], b[13], d.u16(b[14:])
		}
		bind := elf.ST_BIND(info)
		if bind == elf.STB_LOCAL {
			continue
		}
		m := mark{imported: section == uint16(elf.SHN_UNDEF)}
		if versions != nil {
			v := d.u16(versions[2*i:])
			m.Hidden = v&verHidden != 0
			if m.Number = v &^ verHidden; m.Number > verGlobal {
				if int(m.Number) >= len(d.index) || d.index[m.Number] == 0 {
					return d.damaged(0, "symbol %d has version %d, which the file neither needs nor defines", first+int64(i), m.Number)
				}
				m.need = d.index[m.Number]
			}
		}
		if m.imported {
			d.f.ImportCount++
			if want&WantImports == 0 {
				continue
			}
		} else {
			if v := elf.ST_VISIBILITY(other); v == elf.STV_HIDDEN || v == elf.STV_INTERNAL {
				continue
			}
			d.f.ExportCount++
			// A copy relocation defines what it asks of a library: stdout of
			// GLIBC_2.2.5 is both.
			if want&WantExports == 0 && m.need <= 0 {
				continue
			}
		}
		m.Bind, m.Type, m.Visibility = bind, elf.ST_TYPE(info), elf.ST_VISIBILITY(other)
		m.Absolute = section == uint16(elf.SHN_ABS)
		if at := first + int64(i); at < int64(len(d.refs)) {
			m.Refs = d.refs[at]
		}
		if d.wide {
			m.Value, m.Size = d.u64(b[8:]), d.u64(b[16:])
		} else {
			m.Value, m.Size = uint64(d.u32(b[4:])), uint64(d.u32(b[8:]))
		}
		name, err := d.str(uint64(d.u32(b)), "symbol")
		if err != nil {
			return err
		}
		d.names = append(d.names, name...)
		m.end = len(d.names)
		d.marks = append(d.marks, m)
	}
	return nil
}

// keep turns the marks into the file's symbols.
func (d *decoder) keep(want Want) {
	f, names, start := d.f, string(d.names), 0
	d.makeRoom(want)
	for i := range d.marks {
		m := &d.marks[i]
		m.Name, start = names[start:m.end], m.end
		switch {
		case m.need > 0:
			need := &f.VersionNeeds[m.need-1]
			m.Version, m.Library = need.Version, need.File
			if want&WantImports == 0 {
				break
			}
			need.Symbols = append(need.Symbols, m.Name)
			if m.Bind != elf.STB_WEAK {
				need.Strong++
			}
		case m.need < 0:
			m.Version = f.VersionDefs[-m.need-1].Name
		}
		if m.imported {
			f.Imports = append(f.Imports, m.Symbol)
		} else if want&WantExports != 0 {
			f.Exports = append(f.Exports, m.Symbol)
		}
	}
}

// makeRoom allocates what keep fills, in one piece for each kind of list.
func (d *decoder) makeRoom(want Want) {
	needs := d.f.VersionNeeds
	counts := make([]int, len(needs))
	imports, exports, versioned := 0, 0, 0
	for i := range d.marks {
		m := &d.marks[i]
		if m.imported {
			imports++
		} else {
			exports++
		}
		if m.need > 0 && want&WantImports != 0 {
			counts[m.need-1]++
			versioned++
		}
	}
	if imports > 0 {
		d.f.Imports = make([]Symbol, 0, imports)
	}
	if exports > 0 && want&WantExports != 0 {
		d.f.Exports = make([]Symbol, 0, exports)
	}
	room := make([]string, versioned)
	for i, n := range counts {
		if n > 0 {
			needs[i].Symbols, room = room[:0:n], room[n:]
		}
	}
}
