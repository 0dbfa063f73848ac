package elfcheck

import (
	"cmp"
	"debug/elf"
	"slices"

	"github.com/abivet/abivet/abi/symbols"
)

// A function is where one stands in a relocatable object.
type function struct {
	section     uint32
	name        uint32
	value, size uint64
}

// systemNames reads of an object's symbol table the names that libraries of the
// system have as well: which of them it defines, and which function asks for
// those that it does not.
func (d *decoder) systemNames(want Want, symtab section, sections []section) error {
	d.named = 0 // the symbols have been read before
	asked := map[uint32]string{}
	var functions []function
	err := d.eachObjectSymbol(symtab, func(number uint32, info byte, f function) error {
		bind, kind := elf.ST_BIND(info), elf.ST_TYPE(info)
		defined := f.section != uint32(elf.SHN_UNDEF)
		if defined && kind == elf.STT_FUNC && want&WantCallers != 0 {
			functions = append(functions, f)
		}
		if bind == elf.STB_LOCAL || bind == elf.STB_WEAK && !defined || defined && want&WantSupplies == 0 {
			return nil
		}
		name, err := d.str(uint64(f.name), "symbol")
		switch {
		case err != nil:
			return err
		case !symbols.Known(name):
		case defined:
			d.f.Supplies = append(d.f.Supplies, string(name))
		default:
			asked[number] = string(name)
		}
		return nil
	})
	if err != nil || len(asked) == 0 || want&WantCallers == 0 {
		return err
	}
	return d.callers(sections, functions, asked)
}

// eachObjectSymbol calls do for each symbol, as if it were a function, with its
// number. A section beyond 65279 has a number of its own table, which is not
// read: its functions call nothing here.
func (d *decoder) eachObjectSymbol(symtab section, do func(number uint32, info byte, f function) error) error {
	entry := d.symbolSize()
	per := chunkSize / entry * entry
	number := uint32(0)
	for done := int64(0); done < int64(symtab.size); done += per {
		b, err := d.bytes(&d.chunk, int64(symtab.offset)+done, min(per, int64(symtab.size)-done), "symbols")
		if err != nil {
			return err
		}
		for ; len(b) > 0; b = b[entry:] {
			f, info := function{name: d.big.Uint32(b)}, byte(0)
			if d.wide {
				info, f.section = b[4], uint32(d.big.Uint16(b[6:]))
				f.value, f.size = d.big.Uint64(b[8:]), d.big.Uint64(b[16:])
			} else {
				info, f.section = b[12], uint32(d.big.Uint16(b[14:]))
				f.value, f.size = uint64(d.big.Uint32(b[4:])), uint64(d.big.Uint32(b[8:]))
			}
			if number > 0 {
				if err := do(number, info, f); err != nil {
					return err
				}
			}
			number++
		}
	}
	return nil
}

// callers fills File.Callers from the relocations: the function that covers the
// place of the first one for each name.
func (d *decoder) callers(sections []section, functions []function, asked map[uint32]string) error {
	slices.SortStableFunc(functions, func(a, b function) int {
		return cmp.Or(cmp.Compare(a.section, b.section), cmp.Compare(a.value, b.value))
	})
	found := map[uint32]uint32{} // place of the caller's name
	for _, s := range sections {
		if s.kind != elf.SHT_REL && s.kind != elf.SHT_RELA || s.info >= uint32(len(sections)) || sections[s.info].flags&elf.SHF_EXECINSTR == 0 {
			continue
		}
		if s.offset > uint64(d.size) || s.size > uint64(d.size)-s.offset {
			return d.damaged(0, "relocations: %d bytes at %#x, the file ends at %#x", s.size, s.offset, d.size)
		}
		_, err := d.relocationTable(int64(s.offset), int64(s.size), s.kind == elf.SHT_RELA, func(r relocation) bool {
			if _, ok := asked[r.symbol]; !ok {
				return true
			}
			if _, ok := found[r.symbol]; ok {
				return true
			}
			if f, ok := covering(functions, s.info, r.offset); ok {
				found[r.symbol] = f.name
			}
			return len(found) < len(asked)
		})
		if err != nil {
			return err
		}
		if len(found) == len(asked) {
			break
		}
	}
	return d.nameCallers(asked, found)
}

func (d *decoder) nameCallers(asked map[uint32]string, found map[uint32]uint32) error {
	if len(found) > 0 {
		d.f.Callers = make(map[string]string, len(found))
	}
	for symbol, at := range found {
		name, err := d.str(uint64(at), "symbol")
		if err != nil {
			return err
		}
		d.f.Callers[asked[symbol]] = string(name)
	}
	return nil
}

// covering returns the function that an offset in a section lies in. Assembly
// often gives no size: such a function ends where the next begins.
func covering(functions []function, section uint32, offset uint64) (function, bool) {
	i, _ := slices.BinarySearchFunc(functions, offset, func(f function, offset uint64) int {
		if f.section != section {
			return cmp.Compare(f.section, section)
		}
		if f.value <= offset {
			return -1
		}
		return +1
	})
	if i == 0 {
		return function{}, false
	}
	f := functions[i-1]
	return f, f.section == section && (f.size == 0 || offset-f.value < f.size)
}
