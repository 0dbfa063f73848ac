package ldso

import (
	"debug/elf"
	"hash/maphash"
	"io"
	"slices"
	"sync"

	"github.com/abivet/abivet/elfcheck"
)

// A tableBuilder is the memory that a table is made in, kept for the next: what
// stays has the size that it needs.
type tableBuilder struct {
	table   table
	defs    []definition
	hashes  []uint64 // of their names
	refs    []relocated
	names   []byte
	asked   []asked  // as in table.versions
	numbers []uint32 // there, plus one, by number of the version table
	seen    map[uint64]bool
	zero    []uint64 // imports without a value, while none with one was seen
	own     bool     // what a file refers to and defines is a reference too
}

// Most libraries have less than that, and to grow there by and by leaves as much behind.
const usual = 4 << 10

var builders = sync.Pool{New: func() any {
	return &tableBuilder{defs: make([]definition, 0, usual), hashes: make([]uint64, 0, usual), refs: make([]relocated, 0, usual), names: make([]byte, 0, 16*usual)}
}}

// readTable takes from a file what binding needs. That a file finds in itself what it
// defines is taken for granted, unless own says that it is not.
func readTable(r io.ReaderAt, size int64, want elfcheck.Want, own bool) (*elfcheck.File, table, error) {
	b := builders.Get().(*tableBuilder)
	defer builders.Put(b)
	b.reset()
	b.own = own
	f, err := elfcheck.EachSymbol(r, size, want, b.add)
	if err != nil {
		return nil, table{}, err
	}
	return f, b.done(f), nil
}

func (b *tableBuilder) reset() {
	b.table, b.asked = table{shift: 64}, append(b.asked[:0], asked{hash: noVersion})
	b.defs, b.hashes, b.refs, b.names, b.zero = b.defs[:0], b.hashes[:0], b.refs[:0], b.names[:0], b.zero[:0]
	clear(b.numbers)
	b.seen = nil
}

// add takes a symbol.
func (b *tableBuilder) add(name []byte, s *elfcheck.Symbol, imported bool) {
	hash := maphash.Bytes(seed, name)
	if len(name) > 3 && string(name[:3]) == luaPrefix {
		b.table.lua = true
	}
	if imported {
		if s.Refs != 0 {
			b.refer(name, hash, s, 0)
		}
		b.value(hash, s)
		return
	}
	d := flagsOf(s)
	if interposable(name, s) {
		d |= defInterposable
	}
	b.defs, b.hashes = append(b.defs, define(hash, b.number(s), d)), append(b.hashes, hash)
	// What a file defines and refers to it finds at least in itself, unless the
	// definition is one that does not count.
	const counts = defBinds | defMusl
	if s.Refs&(elfcheck.RefCopy|elfcheck.RefOwnTP) != 0 || s.Refs != 0 && (b.own || d&(counts|defHidden) != counts) {
		flags := refDefined
		if d&defBinds != 0 {
			flags |= refBinds
		}
		b.refer(name, hash, s, flags)
	}
}

// refer notes a symbol that is to be looked up.
func (b *tableBuilder) refer(name []byte, hash uint64, s *elfcheck.Symbol, flags refFlags) {
	b.names = append(b.names, name...)
	if s.Bind == elf.STB_WEAK {
		flags |= refWeak
	}
	if s.Value != 0 {
		flags |= refValue
	}
	b.refs = append(b.refs, relocated{hash, len(b.names), b.number(s), s.Refs, flags})
}

// value keeps imports with a value. Only the first of a name counts.
func (b *tableBuilder) value(hash uint64, s *elfcheck.Symbol) {
	if b.seen == nil {
		if s.Value == 0 {
			b.zero = append(b.zero, hash)
			return
		}
		b.seen = map[uint64]bool{}
		for _, hash := range b.zero {
			b.seen[hash] = true
		}
	}
	if s.Value != 0 && !b.seen[hash] {
		b.table.canonical = append(b.table.canonical, define(hash, b.number(s), flagsOf(s)))
	}
	b.seen[hash] = true
}

// number returns the place of a symbol's version in the table's.
func (b *tableBuilder) number(s *elfcheck.Symbol) uint32 {
	if n := int(s.Number); n < len(b.numbers) && b.numbers[n] != 0 { // nearly all
		return b.numbers[n] - 1
	}
	if s.Version == "" && s.Library == "" {
		return 0
	}
	for len(b.numbers) <= int(s.Number) {
		b.numbers = append(b.numbers, 0)
	}
	b.asked = append(b.asked, asked{s.Version, s.Library, nameHash(s.Version)})
	b.numbers[s.Number] = uint32(len(b.asked))
	return b.numbers[s.Number] - 1
}

func (b *tableBuilder) done(f *elfcheck.File) table {
	t := b.table
	t.hashed, t.versioned = f.GNUHash || f.SysVHash, len(f.VersionDefs)+len(f.VersionNeeds) > 0
	t.refs, t.names, t.versions = slices.Clone(b.refs), string(b.names), slices.Clone(b.asked)
	clear(b.asked) // or it holds strings of the last file
	t.index(b.defs, b.hashes)
	return t
}

func flagsOf(s *elfcheck.Symbol) (flags defFlags) {
	if binds(s) {
		flags |= defBinds
	}
	if muslBinds(s) {
		flags |= defMusl
	}
	if s.Hidden {
		flags |= defHidden
	}
	switch {
	case s.Number <= 1:
		flags |= defLocal
	case s.Number == 2:
		flags |= defFirst
	}
	if s.Visibility == elf.STV_PROTECTED {
		flags |= defProtected
	}
	return flags
}
