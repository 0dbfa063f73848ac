package machocheck

import (
	"bytes"
	"hash/maphash"
	"slices"

	"github.com/blacktop/go-macho/types"
)

// An importer collects imports, each symbol of a library once.
type importer struct {
	keep   func(name []byte) bool // nil keeps all
	met    bool                   // there is an import, kept or not
	expect int                    // about how many there are
	spare  []Import               // memory for the list
	list   []Import
	// Seen has the places in the list, from 1, where its hash leads or behind; it is
	// nil while the list is short. A map of the names takes ten times the memory.
	seen []int32
}

// add takes an import and its name.
func (m *importer) add(name []byte, i Import) {
	m.met = true
	if m.keep != nil && !m.keep(name) {
		return
	}
	at, slot := m.place(name, i.Library)
	if at >= 0 {
		// dyld takes a symbol for weak if one of its uses is, and one that
		// is bound when the image is loaded is not lazy, whatever else is.
		m.list[at].Weak = m.list[at].Weak || i.Weak
		m.list[at].Lazy = m.list[at].Lazy && i.Lazy
		return
	}
	i.Name = string(name)
	if m.list == nil {
		m.list = m.spare
	}
	m.list = append(m.list, i)
	if m.seen != nil {
		m.seen[slot] = int32(len(m.list))
	}
}

// manyImports is from when on a table of places is faster than the list.
const manyImports = 16

// place returns where an import stands in the list or, with -1, in which slot of
// seen it belongs.
func (m *importer) place(name []byte, library int) (at, slot int) {
	if m.seen == nil && len(m.list) < manyImports {
		return slices.IndexFunc(m.list, func(i Import) bool { return i.Library == library && i.Name == string(name) }), 0
	}
	if 2*len(m.list) >= len(m.seen) {
		m.seen = make([]int32, 4*max(m.expect/2, len(m.list)))
		for at := range m.list {
			_, slot := m.slot([]byte(m.list[at].Name), m.list[at].Library)
			m.seen[slot] = int32(at + 1)
		}
	}
	return m.slot(name, library)
}

// importSeed is of the hashes, so that nobody makes names that meet in one slot.
var importSeed = maphash.MakeSeed()

func (m *importer) slot(name []byte, library int) (at, slot int) {
	hash := maphash.Bytes(importSeed, name) + uint64(library)
	for slot = int(hash % uint64(len(m.seen))); m.seen[slot] > 0; slot = (slot + 1) % len(m.seen) {
		at = int(m.seen[slot]) - 1
		if i := &m.list[at]; i.Library == library && i.Name == string(name) {
			return at, slot
		}
	}
	return -1, slot
}

// eachImport hands over what dyld is to bind or, where the file does not say
// that, the undefined symbols of its symbol table.
func (d *decoder) eachImport(m *importer) error {
	f := d.file
	if !f.Loaded() || !f.ChainedFixups && !f.DyldInfo {
		return d.undefined(func(name, raw []byte) {
			desc := d.big.Uint16(raw[6:])
			m.add(name, Import{Library: d.provider(desc), Weak: desc&weakReference != 0})
		})
	}
	if f.ChainedFixups {
		if err := d.chainedImports(m); err != nil {
			return err
		}
	}
	if err := d.rebase(); err != nil {
		return err
	}
	for kind, s := range d.binds {
		if s.size == 0 {
			continue
		}
		raw, err := d.borrow(s)
		if err != nil {
			return err
		}
		b := binder{raw: raw, place: d.base + int64(s.offset), libraries: len(f.Dylibs), kind: kind, into: m, budget: nameBudget(len(raw))}
		b.where = d.where()
		if err := b.run(); err != nil {
			return err
		}
	}
	return nil
}

// The kinds of bind opcodes, in the order of LC_DYLD_INFO.
const (
	normalBinds = iota
	weakBinds
	lazyBinds
)

// A binder runs bind opcodes as far as they say which symbols are bound. Of the
// addresses only that they lie in a segment matters here, so that a count of a
// thousand million of them costs nothing.
type binder struct {
	raw       []byte
	at        int
	place     int64 // of the opcodes in the file
	libraries int   // how many there are
	kind      int
	into      *importer

	where   where
	library int
	named   bool // there is a library
	symbol  []byte
	set     bool // there is a symbol
	changed bool // symbol or library, since the last bind
	flags   byte
	budget  int // bytes of names that may still be looked up
}

const (
	weakImport    = 0x1 // BIND_SYMBOL_FLAGS_WEAK_IMPORT
	nonWeakSymbol = 0x8 // the file has a definition that all others give way to
)

func (b *binder) bad(format string, args ...any) error {
	return damaged(b.place+int64(b.at), format, args...)
}

func (b *binder) run() error {
	for b.at < len(b.raw) {
		opcode, imm := b.raw[b.at]&types.BIND_OPCODE_MASK, b.raw[b.at]&types.BIND_IMMEDIATE_MASK
		b.at++
		if opcode == types.BIND_OPCODE_DONE {
			if b.kind != lazyBinds {
				return nil
			}
			continue // there it stands behind each symbol
		}
		if err := b.step(opcode, imm); err != nil {
			return err
		}
	}
	return nil
}

func (b *binder) step(opcode, imm byte) error {
	switch opcode {
	case types.BIND_OPCODE_SET_DYLIB_ORDINAL_IMM:
		return b.setLibrary(uint64(imm))
	case types.BIND_OPCODE_SET_DYLIB_ORDINAL_ULEB:
		ordinal, err := b.uleb()
		if err != nil {
			return err
		}
		return b.setLibrary(ordinal)
	case types.BIND_OPCODE_SET_DYLIB_SPECIAL_IMM:
		b.library, b.named, b.changed = 0, true, true
		if imm != 0 {
			b.library = int(int8(imm | types.BIND_OPCODE_MASK))
		}
		if b.library < WeakLookup {
			return b.bad("bind opcodes with the library %d: want %d or more", b.library, WeakLookup)
		}
	case types.BIND_OPCODE_SET_SYMBOL_TRAILING_FLAGS_IMM:
		end := bytes.IndexByte(b.raw[b.at:], 0)
		if end < 0 {
			return b.bad("bind opcodes with a symbol that has no end")
		}
		b.symbol, b.flags, b.set, b.changed = b.raw[b.at:b.at+end], imm, true, true
		b.at += end + 1
	case types.BIND_OPCODE_SET_TYPE_IMM:
	case types.BIND_OPCODE_SET_ADDEND_SLEB:
		_, err := b.uleb() // a signed one is as long
		return err
	case types.BIND_OPCODE_SET_SEGMENT_AND_OFFSET_ULEB:
		offset, err := b.uleb()
		b.where.segment, b.where.offset = int(imm), offset
		return err
	case types.BIND_OPCODE_ADD_ADDR_ULEB:
		more, err := b.uleb()
		b.where.offset += more
		return err
	case types.BIND_OPCODE_DO_BIND:
		return b.bind(1, 0)
	case types.BIND_OPCODE_DO_BIND_ADD_ADDR_IMM_SCALED:
		return b.bind(1, uint64(imm)*b.where.pointer)
	case types.BIND_OPCODE_DO_BIND_ADD_ADDR_ULEB:
		more, err := b.uleb()
		if err != nil {
			return err
		}
		return b.bind(1, more)
	case types.BIND_OPCODE_DO_BIND_ULEB_TIMES_SKIPPING_ULEB:
		count, err := b.uleb()
		if err != nil {
			return err
		}
		skip, err := b.uleb()
		if err != nil || count == 0 {
			return err
		}
		return b.bind(count, skip)
	case types.BIND_OPCODE_THREADED:
		return b.threaded(imm)
	default:
		return b.bad("bind opcode %#02x is not known", opcode|imm)
	}
	return nil
}

// threaded reads what arm64e had before chained fixups: binds fill a table
// that chains of pointers then refer to.
func (b *binder) threaded(imm byte) error {
	switch imm {
	case types.BIND_SUBOPCODE_THREADED_SET_BIND_ORDINAL_TABLE_SIZE_ULEB:
		b.where.segments = nil
		_, err := b.uleb()
		return err
	case types.BIND_SUBOPCODE_THREADED_APPLY:
		return nil
	}
	return b.bad("threaded bind opcode %#x is not known", imm)
}

func (b *binder) setLibrary(ordinal uint64) error {
	if ordinal > uint64(b.libraries) {
		return b.bad("bind opcodes with library %d of %d", ordinal, b.libraries)
	}
	b.library, b.named, b.changed = int(ordinal), true, true
	return nil
}

func (b *binder) uleb() (uint64, error) {
	v, next, ok := uleb(b.raw, b.at)
	if !ok {
		return 0, b.bad("bind opcodes end within a number")
	}
	b.at = next
	return v, nil
}

// bind binds the symbol at addresses that lie apart by a pointer and what is
// skipped.
func (b *binder) bind(count, skip uint64) error {
	switch {
	case !b.set:
		return b.bad("bind opcodes that bind no symbol")
	case !b.named && b.kind != weakBinds:
		return b.bad("bind opcodes that bind %q of no library", b.symbol)
	}
	if !b.where.pass(count, skip) {
		return b.bad("bind opcodes that bind %q %s", b.symbol, b.where.wrong(count))
	}
	if !b.changed {
		return nil
	}
	b.changed = false
	if b.budget -= len(b.symbol); b.budget < 0 {
		return b.bad("bind opcodes of %#x bytes that use names of more than %d times that", len(b.raw), maxTrieNames)
	}
	i := Import{Library: b.library, Weak: b.flags&weakImport != 0, Lazy: b.kind == lazyBinds}
	if b.kind == weakBinds {
		i.Library = WeakLookup
	}
	b.into.add(b.symbol, i)
	return nil
}
