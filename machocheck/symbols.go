package machocheck

import (
	"bytes"
	"slices"

	"github.com/blacktop/go-macho/types"
)

// A symtab is where the symbols and their names stand.
type symtab struct {
	present bool
	at      int // of the command, for messages
	entries span
	names   span
}

// A dysymtab says which symbols are external: those that are defined stand
// together, and so do those that are not.
type dysymtab struct {
	present            bool
	defined, undefined run
}

// maxNames bounds the bytes of all names together as a multiple of those that
// they stand in: each of many symbols may point to one long name.
const maxNames = 16

// A run is entries of the symbol table.
type run struct{ first, count uint64 }

func (d *decoder) symtabCommand(c command) error {
	if err := d.need(c, 24); err != nil {
		return err
	}
	entry := uint64(12)
	if d.wide {
		entry = 16
	}
	entries := span{uint64(d.u32(c.raw[8:])), uint64(d.u32(c.raw[12:])) * entry}
	if err := d.inside(c, 8, entries); err != nil {
		return err
	}
	names, err := d.span(c, 16)
	d.symtab = symtab{present: true, at: c.at, entries: entries, names: names}
	return err
}

func (d *decoder) dysymtabCommand(c command) error {
	if err := d.need(c, 80); err != nil {
		return err
	}
	d.dysymtab = dysymtab{
		present:   true,
		defined:   run{uint64(d.u32(c.raw[16:])), uint64(d.u32(c.raw[20:]))},
		undefined: run{uint64(d.u32(c.raw[24:])), uint64(d.u32(c.raw[28:]))},
	}
	return nil
}

// symbols reads the exports and imports.
func (d *decoder) symbols() error {
	if d.file.Exports != nil || d.file.Imports != nil || d.file.Kind == Stub {
		return nil
	}
	if err := d.symbolTable(); err != nil {
		return err
	}
	if err := d.exportTrie(); err != nil {
		return err
	}
	if err := d.imports(); err != nil {
		return err
	}
	slices.Sort(d.file.Exports)
	d.file.Exports = slices.Compact(d.file.Exports)
	return nil
}

func (d *decoder) symbolTable() error {
	t := d.symtab
	if t.entries.size == 0 {
		return nil
	}
	entry := uint64(12)
	if d.wide {
		entry = 16
	}
	total := t.entries.size / entry
	runs := []run{{0, total}}
	if d.dysymtab.present {
		// The local symbols can be a hundred times as many.
		runs = []run{d.dysymtab.defined, d.dysymtab.undefined}
	}
	names, err := d.read(t.names)
	if err != nil {
		return err
	}
	d.namesLeft = maxNames * len(names)
	for _, r := range runs {
		if r.count == 0 {
			continue
		}
		if r.first > total || r.count > total-r.first {
			return d.bad(t.at, "LC_DYSYMTAB with %d symbols from %d: the table has %d", r.count, r.first, total)
		}
		raw, err := d.read(span{t.entries.offset + r.first*entry, r.count * entry})
		if err != nil {
			return err
		}
		for ; len(raw) > 0; raw = raw[entry:] {
			if err := d.symbol(raw, names); err != nil {
				return err
			}
		}
	}
	return nil
}

// symbol takes one entry of the symbol table, where it is external.
func (d *decoder) symbol(raw, names []byte) error {
	kind := types.NType(raw[4])
	if kind&types.N_STAB != 0 || kind&types.N_EXT == 0 {
		return nil
	}
	undefined := kind&types.N_TYPE == types.N_UNDF
	if kind&types.N_PEXT != 0 && !undefined {
		return nil // external within the library alone
	}
	at := d.u32(raw)
	if int64(at) >= int64(len(names)) {
		return d.bad(d.symtab.at, "symbol with its name at %#x: the names have %#x bytes", at, len(names))
	}
	end := bytes.IndexByte(names[at:], 0)
	if end < 0 {
		return d.bad(d.symtab.at, "the name of a symbol, at %#x, has no end", at)
	}
	if d.namesLeft -= end; d.namesLeft < 0 {
		return d.bad(d.symtab.at, "symbols with names of more than %d times the %#x bytes that these stand in", maxNames, len(names))
	}
	name := string(names[at : int(at)+end])
	if !undefined || d.isCommon(raw) {
		d.file.Exports = append(d.file.Exports, name)
		return nil
	}
	desc := d.u16(raw[6:])
	d.file.Imports = append(d.file.Imports, Import{
		Name: name, Library: d.provider(desc), Weak: desc&weakReference != 0,
	})
	return nil
}

const (
	weakReference = 0x40
	twoLevel      = 0x80 // MH_TWOLEVEL of the header
)

// isCommon reports whether an undefined symbol of an object has a size: it is
// a tentative definition of C.
func (d *decoder) isCommon(raw []byte) bool {
	if d.file.Kind != Object {
		return false
	}
	if d.wide {
		return d.u64(raw[8:]) != 0
	}
	return d.u32(raw[8:]) != 0
}

// provider reads the place of the library in the upper half of n_desc.
func (d *decoder) provider(desc uint16) int {
	if d.file.Flags&twoLevel == 0 {
		return 0
	}
	switch ordinal := int(desc >> 8); ordinal {
	case 0xfe:
		return DynamicLookup
	case 0xff:
		return MainProgram
	default:
		return ordinal
	}
}
