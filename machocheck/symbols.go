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
	entries := span{uint64(d.big.Uint32(c.raw[8:])), uint64(d.big.Uint32(c.raw[12:])) * d.symbolSize()}
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
		defined:   run{uint64(d.big.Uint32(c.raw[16:])), uint64(d.big.Uint32(c.raw[20:]))},
		undefined: run{uint64(d.big.Uint32(c.raw[24:])), uint64(d.big.Uint32(c.raw[28:]))},
	}
	return nil
}

// symbols keeps of the names what was asked for.
func (d *decoder) symbols(want Want) (err error) {
	f := d.file
	if want&WantExports != 0 {
		if f.Exports, f.Trie, err = d.exports(); err != nil {
			return err
		}
	}
	switch flat := f.Loaded() && f.Flags&twoLevel == 0; {
	case want&WantImports != 0, want&WantRules != 0 && (f.LuaJIT != nil || flat):
		f.Imports, err = d.imports()
	case want&WantRules != 0 && f.Loaded():
		var n *notes
		if n, err = d.notes(); err == nil {
			f.Imports = n.imports.list
		}
	default:
		f.ChainFormats = nil // they were read for others' sake
	}
	return err
}

// imports returns what dyld is to look up. It reads them once.
func (d *decoder) imports() ([]Import, error) {
	if d.imported == nil {
		all := new(importer)
		if err := d.eachImport(all); err != nil {
			return nil, err
		}
		d.imported = all
	}
	return d.imported.list, nil
}

// exports returns the names that the file offers, sorted, and what else its
// trie says of them. It reads them once.
//
// Where there is a trie, dyld looks at nothing else: the symbol table, which
// may be many times as long and is gone after strip, adds nothing to it.
func (d *decoder) exports() ([]string, []Export, error) {
	if d.exportsRead {
		return d.exported, d.offered, nil
	}
	d.exportsRead = true
	if d.trie.size > 0 {
		exports, err := d.exportTrie(nil, nil)
		if err != nil {
			return nil, nil, err
		}
		d.offered, d.exported = exports, slices.Grow([]string(nil), len(exports))
		for i := range exports {
			d.exported = append(d.exported, exports[i].Name)
		}
	} else if err := d.defined(func(name, _ []byte) {
		d.exported = append(d.exported, string(name))
	}); err != nil {
		return nil, nil, err
	}
	slices.Sort(d.exported)
	d.exported = slices.Compact(d.exported)
	return d.exported, d.offered, nil
}

// defined hands over the external symbols of the symbol table that the file has
// itself, and undefined those that it has not.
func (d *decoder) defined(do func(name, raw []byte)) error {
	return d.symbolTable(0, func(name, raw []byte) {
		if d.defines(raw) {
			do(name, raw)
		}
	})
}

func (d *decoder) undefined(do func(name, raw []byte)) error {
	return d.symbolTable(1, func(name, raw []byte) {
		if !d.defines(raw) {
			do(name, raw)
		}
	})
}

// symbolTable hands over the external entries of a run, or of all the symbol
// table where it has no runs, with their names.
func (d *decoder) symbolTable(of int, do func(name, raw []byte)) error {
	t := d.symtab
	if t.entries.size == 0 || d.file.Kind == Stub {
		return nil
	}
	entry := d.symbolSize()
	runs, err := d.externals()
	if err != nil {
		return err
	}
	r := runs[min(of, len(runs)-1)]
	if r.count == 0 {
		return nil // wherever it begins
	}
	raw, err := d.read(span{t.entries.offset + r.first*entry, r.count * entry})
	if err != nil {
		return err
	}
	first := t.names.size
	for rest := raw; len(rest) > 0; rest = rest[entry:] {
		if isExternal(rest) {
			first = min(first, uint64(d.big.Uint32(rest)))
		}
	}
	// Linkers put the names of local symbols, which may have many times as many
	// bytes, before the others.
	names, err := d.borrow(span{t.names.offset + first, t.names.size - first})
	if err != nil {
		return err
	}
	left := maxNames * t.names.size
	for ; len(raw) > 0; raw = raw[entry:] {
		if !isExternal(raw) {
			continue
		}
		name, err := d.symbolName(raw, names, first)
		if err != nil {
			return err
		}
		if uint64(len(name)) > left {
			return d.bad(t.at, "symbols with names of more than %d times the %#x bytes that these stand in", maxNames, t.names.size)
		}
		left -= uint64(len(name))
		do(name, raw)
	}
	return nil
}

// externals returns where the symbols are that may be external.
func (d *decoder) externals() ([]run, error) {
	total := d.symtab.entries.size / d.symbolSize()
	if !d.dysymtab.present {
		return []run{{0, total}}, nil
	}
	runs := []run{d.dysymtab.defined, d.dysymtab.undefined} // the local ones can be a hundred times as many
	for _, r := range runs {
		if r.count > 0 && (r.first > total || r.count > total-r.first) {
			return nil, d.bad(d.symtab.at, "LC_DYSYMTAB with %d symbols from %d: the table has %d", r.count, r.first, total)
		}
	}
	return runs, nil
}

// symbolSize is of an entry of the symbol table.
func (d *decoder) symbolSize() uint64 {
	if d.wide {
		return 16
	}
	return 12
}

// isExternal reports whether an entry is of a symbol that others may see.
func isExternal(raw []byte) bool {
	kind := types.NType(raw[4])
	if kind&types.N_STAB != 0 || kind&types.N_EXT == 0 {
		return false
	}
	return kind&types.N_PEXT == 0 || kind&types.N_TYPE == types.N_UNDF // else within the library alone
}

// symbolName returns the name of an entry, out of the names from a place on.
func (d *decoder) symbolName(raw, names []byte, first uint64) ([]byte, error) {
	at := uint64(d.big.Uint32(raw))
	if at >= d.symtab.names.size {
		return nil, d.bad(d.symtab.at, "symbol with its name at %#x: the names have %#x bytes", at, d.symtab.names.size)
	}
	end := bytes.IndexByte(names[at-first:], 0)
	if end < 0 {
		return nil, d.bad(d.symtab.at, "the name of a symbol, at %#x, has no end", at)
	}
	return names[at-first:][:end:end], nil
}

// defines reports whether an entry is of a symbol that the file has itself.
func (d *decoder) defines(raw []byte) bool {
	return types.NType(raw[4])&types.N_TYPE != types.N_UNDF || d.isCommon(raw)
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
		return d.big.Uint64(raw[8:]) != 0
	}
	return d.big.Uint32(raw[8:]) != 0
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
