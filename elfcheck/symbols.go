package elfcheck

import (
	"debug/elf"
	"fmt"
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
		if err := d.overlook(d.damaged(0, "dynamic table: symbols of %d bytes each, want %d", t.syment, entry)); err != nil {
			return err
		}
	}
	if want&WantFindable != 0 {
		d.hashes()
	}
	if want&(WantSymbols|WantRules) == WantRules {
		if d.countable() {
			if err := d.symbolTable(want, t.symtab, count, t.versym); err != nil || !d.rulesLook() {
				return err
			}
			d.uncount()
		}
		want |= WantImports
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
	if d.later() {
		if err := d.nameMarks(); err != nil {
			return err
		}
	}
	d.keep(want)
	return nil
}

// symbols keeps those symbols that are wanted of a piece of the table. The
// first of the piece has the given number.
func (d *decoder) symbols(want Want, first int64, syms, versions []byte) error {
	entry, tail := int(d.symbolSize()), 12 // where st_info begins what does not depend on the class
	if d.wide {
		tail = 4
	}
	hosts := want&WantExtensions != 0 && d.f.Kind == Shared && d.dyn.strings != nil
	if want&(WantSymbols|WantRules) == WantRules {
		return d.countSymbols(hosts, first, syms, versions)
	}
	index, big := d.index, d.big
	for number := first; len(syms) >= entry; number, syms = number+1, syms[entry:] {
		b := syms[tail:]
		info, other, section := b[0], b[1], elf.SectionIndex(big.Uint16(b[2:]))
		var version uint16
		if len(versions) >= 2 {
			version, versions = big.Uint16(versions), versions[2:]
		}
		if elf.ST_BIND(info) == elf.STB_LOCAL || elf.ST_TYPE(info) == elf.STT_GNU_IFUNC {
			d.wild(syms[:entry], number, info, section)
		}
		if elf.ST_BIND(info) == elf.STB_LOCAL {
			continue
		}
		var need int32
		if v := version &^ verHidden; v > verGlobal {
			if int(v) < len(index) {
				need = index[v]
			}
			if need == 0 {
				if err := d.unknownVersion(number, v); err != nil {
					return err
				}
			}
		}
		if hosts {
			if err := d.noteHost(number, big.Uint32(syms), section == elf.SHN_UNDEF); err != nil {
				return err
			}
		}
		if !d.wanted(want, other, need, section) {
			continue
		}
		if err := d.mark(number, syms[:entry], version, need); err != nil {
			return err
		}
	}
	return nil
}

// mark keeps an entry of the table, or gives it to whoever wants each.
func (d *decoder) mark(number int64, b []byte, version uint16, need int32) error {
	big := d.big
	at := big.Uint32(b)
	if d.only != nil && !d.only[at] && int64(at) < d.dyn.strsz {
		return nil
	}
	s, tail := &d.one, b[4:8]
	if d.wide {
		values := b[8:24]
		s.Value, s.Size = big.Uint64(values), big.Uint64(values[8:])
	} else {
		s.Value, s.Size, tail = uint64(big.Uint32(b[4:])), uint64(big.Uint32(b[8:])), b[12:16]
	}
	info, other, section := tail[0], tail[1], elf.SectionIndex(big.Uint16(tail[2:]))
	imported := section == elf.SHN_UNDEF
	s.Bind, s.Type, s.Visibility, s.Absolute = elf.ST_BIND(info), elf.ST_TYPE(info), elf.ST_VISIBILITY(other), section == elf.SHN_ABS
	s.Hidden, s.Number, s.Refs = version&verHidden != 0, version&^verHidden, 0
	if number < int64(len(d.refs)) {
		s.Refs = d.refs[number]
	}
	if imported && d.f.Machine == elf.EM_MIPS {
		d.mips(s, other, number)
	}
	var name []byte
	later := d.later()
	if !later {
		var err error
		if name, err = d.str(uint64(at), "symbol"); err != nil {
			if s.Refs == 0 && d.overlook(err) == nil { // nobody asks for it
				d.f.Loading.Unfound++
				return nil
			}
			return err
		}
	}
	if d.want&WantFindable != 0 && (!imported || s.Value != 0) && !d.findable(uint32(number), name) {
		d.f.Loading.Unfound++
	}
	if d.each != nil {
		if need != d.oneNeed { // mostly many of a version follow one another
			d.oneNeed = need
			d.version(s, need)
		}
		d.each(name, s, imported)
		return nil
	}
	m := mark{
		value: s.Value, size: s.Size, name: at, need: need, number: s.Number, info: info, other: other, refs: s.Refs,
		imported: imported, hidden: s.Hidden, absolute: s.Absolute,
	}
	if !later {
		d.nameMark(&m, name)
	}
	d.marks = append(d.marks, m)
	return nil
}

// noteHost keeps whose extension a symbol speaks for, by its name.
func (d *decoder) noteHost(number int64, name uint32, asked bool) error {
	table := d.dyn.strings
	if uint64(name) >= uint64(len(table)) {
		return d.overlook(d.damaged(d.dyn.strtab, "symbol %d: name at %#x of a string table of %#x bytes", number, name, len(table)))
	}
	if host := extension.HostAt(table[name:], asked); host != "" && !slices.Contains(d.hosts, host) {
		d.hosts = append(d.hosts, host)
	}
	return nil
}

// mips gives an undefined symbol what is different there: no relocation refers to
// those that the global offset table has, and most values are of stubs, to which
// nobody else binds. Origin: elf_machine_got_rel and elf_machine_sym_no_match of glibc.
func (d *decoder) mips(s *Symbol, other byte, number int64) {
	const linkage = 8 // STO_MIPS_PLT
	stub := s.Type == elf.STT_FUNC && s.Value != 0 && other&linkage == 0
	if t := &d.dyn; d.want&WantRefs != 0 && t.firstGlobal != 0 && number >= t.firstGlobal {
		if stub {
			s.Refs |= RefCall
		} else {
			s.Refs |= RefSlot
		}
	}
	if other&linkage == 0 {
		s.Value = 0
	}
}

// unknownVersion is the error of a symbol whose version is none of the file's. To glibc
// it has no version where the file has versions of a higher number, and it does
// not look at a symbol that no relocation refers to.
func (d *decoder) unknownVersion(symbol int64, number uint16) error {
	what := fmt.Sprintf("symbol %d has version %d, which the file neither needs nor defines", symbol, number)
	l := d.f.Loading
	switch {
	case l == nil:
		return d.damaged(0, "%s", what)
	case l.OddRecord || int(number) < len(d.index) || symbol < int64(len(d.refs)) && d.refs[symbol] == 0:
		return d.overlook(d.damaged(0, "%s", what))
	case l.UnknownVersion == "":
		l.UnknownVersion = what
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

// wild counts a symbol that is called while the file is relocated, and is no code, or
// that is copied and is the file's own.
func (d *decoder) wild(b []byte, number int64, info byte, section elf.SectionIndex) {
	if number >= int64(len(d.refs)) || d.refs[number] == 0 || d.f.Loading == nil {
		return
	}
	value := uint64(d.big.Uint32(b[4:]))
	if d.wide {
		value = d.big.Uint64(b[8:])
	}
	called := elf.ST_TYPE(info) == elf.STT_GNU_IFUNC && section != elf.SHN_UNDEF && !d.executable(value)
	if called || elf.ST_BIND(info) == elf.STB_LOCAL && d.refs[number]&RefCopy != 0 {
		d.f.Loading.Wild++
	}
}
