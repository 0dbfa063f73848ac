package machocheck

import (
	"bytes"
	"slices"
)

// Forms of the table of imports, and how long their entries are.
var chainedImportSizes = map[uint32]uint64{
	1: 4,  // DYLD_CHAINED_IMPORT
	2: 8,  // with an addend of 32 bits
	3: 16, // all 64 bits
}

const (
	chainedHeader = 28

	maxExpected = 1 << 14 // a table may name one symbol again and again

	maxChainFormats = 16 // thirteen are known, and a file has one
)

// chainedImports reads the header of the chained fixups and the imports. The
// chains themselves run through the data, and say only where each is used.
func (d *decoder) chainedImports(m *importer) error {
	if d.chains.size == 0 {
		return nil
	}
	place := d.base + int64(d.chains.offset)
	raw, err := d.borrow(d.chains)
	if err != nil {
		return err
	}
	if len(raw) < chainedHeader {
		return damaged(place, "chained fixups of %d bytes: want %d or more", len(raw), chainedHeader)
	}
	size := int64(len(raw))
	starts, table, names := d.big.Uint32(raw[4:]), d.big.Uint32(raw[8:]), d.big.Uint32(raw[12:])
	count, form, compressed := d.big.Uint32(raw[16:]), d.big.Uint32(raw[20:]), d.big.Uint32(raw[24:])
	if version := d.big.Uint32(raw); version != 0 {
		return damaged(place, "chained fixups of version %d: want 0", version)
	}
	if err := d.chainStarts(raw, starts, place); err != nil {
		return err
	}
	if count == 0 {
		return nil
	}
	if compressed != 0 {
		return damaged(place+24, "chained fixups with names that are compressed (form %d): no dyld reads them", compressed)
	}
	entry, ok := chainedImportSizes[form]
	if !ok {
		return damaged(place+20, "chained fixups with imports of form %d: want 1 to %d", form, len(chainedImportSizes))
	}
	if !within(uint64(table), uint64(count)*entry, size) || int64(names) > size {
		return damaged(place+16, "chained fixups with %d imports at %#x and names at %#x: they have %#x bytes", count, table, names, size)
	}
	if m.keep == nil {
		m.expect = int(min(count, maxExpected))
		m.list = make([]Import, 0, m.expect)
	}
	pool, budget := raw[names:], nameBudget(len(raw))
	for n := range count {
		at := uint64(table) + uint64(n)*entry
		i, name := d.chainedImport(raw[at:], form)
		if i.Library > len(d.file.Dylibs) || i.Library < WeakLookup {
			return damaged(place+int64(at), "import %d of library %d: the file names %d", n, i.Library, len(d.file.Dylibs))
		}
		if name >= uint64(len(pool)) {
			return damaged(place+int64(at), "import %d with its name at %#x: the names have %#x bytes", n, name, len(pool))
		}
		end := bytes.IndexByte(pool[name:], 0)
		if end < 0 {
			return damaged(place+int64(at), "the name of import %d has no end", n)
		}
		if budget -= end; budget < 0 {
			return damaged(place, "chained fixups of %#x bytes that use names of more than %d times that", size, maxTrieNames)
		}
		m.add(pool[name:][:end], i)
	}
	return nil
}

// chainedImport reads one entry, but for its name.
func (d *decoder) chainedImport(raw []byte, form uint32) (i Import, name uint64) {
	if form == 3 {
		v := d.big.Uint64(raw)
		i.Library = int(v & 0xffff)
		if i.Library > 0xfff0 {
			i.Library -= 1 << 16
		}
		i.Weak = v>>16&1 != 0
		return i, v >> 32
	}
	v := d.big.Uint32(raw)
	i.Library = int(v & 0xff)
	if i.Library > 0xf0 {
		i.Library -= 1 << 8
	}
	i.Weak = v>>8&1 != 0
	return i, uint64(v >> 9)
}

// chainStarts reads the forms of the pointers of each segment.
func (d *decoder) chainStarts(raw []byte, at uint32, place int64) error {
	size := int64(len(raw))
	if at == 0 {
		return nil
	}
	if !within(uint64(at), 4, size) {
		return damaged(place+4, "chains that start at %#x: the fixups have %#x bytes", at, size)
	}
	count := d.big.Uint32(raw[at:])
	if !within(uint64(at)+4, uint64(count)*4, size) {
		return damaged(place+int64(at), "chains of %d segments at %#x: the fixups have %#x bytes", count, at, size)
	}
	for n := range count {
		offset := d.big.Uint32(raw[at+4+4*n:])
		if offset == 0 {
			continue // a segment without chains
		}
		segment := uint64(at) + uint64(offset)
		if !within(segment, 8, size) {
			return damaged(place+int64(at), "chains of segment %d at %#x: the fixups have %#x bytes", n, segment, size)
		}
		if form := int(d.big.Uint16(raw[segment+6:])); !slices.Contains(d.file.ChainFormats, form) {
			if len(d.file.ChainFormats) == maxChainFormats {
				return damaged(place+int64(at), "chains in more than %d forms", maxChainFormats)
			}
			d.file.ChainFormats = append(d.file.ChainFormats, form)
		}
	}
	slices.Sort(d.file.ChainFormats)
	return nil
}
