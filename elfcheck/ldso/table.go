package ldso

import (
	"debug/elf"
	"hash/maphash"
	"io"
	"slices"
	"sync"

	"github.com/abivet/abivet/elfcheck"
)

// A table is what binding asks of the symbols of a file, in a sixth of the room
// that they take: a user space has hundreds of libraries, and some of them tens
// of thousands of symbols.
//
// Names are compared by hashes, under a seed that no file knows: that a name is taken
// for another happens once in some hundred thousand runs over a whole distribution.
type table struct {
	defs     []definition
	heads    []uint32 // by the top bits of a hash: where its definitions begin in defs
	shift    uint
	bloom    []uint64 // two bits for each definition, as in DT_GNU_HASH
	versions []asked
	refs     []relocated
	names    string // of refs
	// canonical has the imports that have a value: the address of a function
	// that a program takes is that of its own linkage table.
	canonical []definition
	// hashed and versioned tell whether a loader finds anything in the file by
	// name, and whether it has a version table.
	hashed, versioned bool
	lua               bool // a name in it begins with luaPrefix
}

// A definition is a symbol that a file defines, in the eight bytes that most of
// the memory of a user space goes to: 42 bits of the hash of its name, of which the
// place in the table tells some more; 15 bits that number its version, as in the
// file's own table; and its flags.
type definition uint64

const keyBits = 42

// keyOf is what a definition keeps of a hash. The place in a table goes by the
// other end of it.
func keyOf(hash uint64) uint64 { return hash & (1<<keyBits - 1) }

func define(hash uint64, version uint32, flags defFlags) definition {
	return definition(keyOf(hash) | uint64(version&(1<<15-1))<<keyBits | uint64(flags)<<(keyBits+15))
}

func (d definition) key() uint64     { return keyOf(uint64(d)) }
func (d definition) version() uint32 { return uint32(d>>keyBits) & (1<<15 - 1) } // in table.versions
func (d definition) flags() defFlags { return defFlags(d >> (keyBits + 15)) }

type defFlags uint8

const (
	defBinds  defFlags = 1 << iota // glibc binds to it
	defMusl                        // musl binds to it
	defHidden                      // a version that is not the default of its name
	defLocal                       // number 0 or 1 of the version table
	defFirst                       // number 2: the first version
	defProtected
	defInterposable // see interposable
)

// A relocated is a symbol that relocations of a file refer to.
type relocated struct {
	hash    uint64
	end     int    // of its name, in table.names
	version uint32 // in table.versions
	refs    elfcheck.Refs
	flags   refFlags
}

type refFlags uint8

const (
	refDefined refFlags = 1 << iota // by the file itself
	refBinds                        // to its own definition, if it has one
	refWeak
	refValue // it has a value
)

// An asked is a version, with the library that it is asked of.
type asked struct {
	version, library string
	hash             uint64 // of the version
}

var seed = maphash.MakeSeed()

func nameHash(name string) uint64 { return maphash.String(seed, name) }

var noVersion = nameHash("")

// A tableBuilder is the memory that a table is made in, kept for the next: what
// stays has the size that it needs.
type tableBuilder struct {
	table   table
	defs    []definition
	hashes  []uint64 // of their names
	refs    []relocated
	names   []byte
	numbers []uint32 // in table.versions, plus one, by number of the version table
	seen    map[uint64]bool
	zero    []uint64 // imports without a value, while none with one was seen
}

var builders = sync.Pool{New: func() any { return new(tableBuilder) }}

// readTable takes from a file what binding needs.
func readTable(r io.ReaderAt, size int64) (*elfcheck.File, table, error) {
	b := builders.Get().(*tableBuilder)
	defer builders.Put(b)
	b.reset()
	f, err := elfcheck.EachSymbol(r, size, b.add)
	if err != nil {
		return nil, table{}, err
	}
	return f, b.done(f), nil
}

func (b *tableBuilder) reset() {
	b.table = table{versions: []asked{{hash: noVersion}}, shift: 64}
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
	if s.Refs&(elfcheck.RefCopy|elfcheck.RefOwnTP) != 0 || s.Refs != 0 && d&(counts|defHidden) != counts {
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
	if s.Version == "" && s.Library == "" {
		return 0
	}
	for len(b.numbers) <= int(s.Number) {
		b.numbers = append(b.numbers, 0)
	}
	if b.numbers[s.Number] == 0 {
		b.table.versions = append(b.table.versions, asked{s.Version, s.Library, nameHash(s.Version)})
		b.numbers[s.Number] = uint32(len(b.table.versions))
	}
	return b.numbers[s.Number] - 1
}

func (b *tableBuilder) done(f *elfcheck.File) table {
	t := b.table
	t.hashed, t.versioned = f.GNUHash || f.SysVHash, len(f.VersionDefs)+len(f.VersionNeeds) > 0
	t.refs, t.names = slices.Clone(b.refs), string(b.names)
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

// index sorts definitions by the top bits of their hashes; those of a name stay
// in their order.
func (t *table) index(defs []definition, hashes []uint64) {
	if len(defs) == 0 {
		return
	}
	for n := 2; n < len(defs); n *= 2 {
		t.shift--
	}
	words := 1
	for words < len(defs)/8 {
		words *= 2
	}
	t.bloom = make([]uint64, words)
	t.heads = make([]uint32, 1<<(64-t.shift)+1)
	for _, h := range hashes {
		t.heads[h>>t.shift+1]++
		*t.word(h) |= bloomBits(h)
	}
	for i := 1; i < len(t.heads); i++ {
		t.heads[i] += t.heads[i-1]
	}
	t.defs = make([]definition, len(defs))
	for i, h := range hashes {
		at := &t.heads[h>>t.shift]
		t.defs[*at] = defs[i]
		*at++
	}
	copy(t.heads[1:], t.heads) // each has moved on to the next
	t.heads[0] = 0
}

func (t *table) word(hash uint64) *uint64 { return &t.bloom[hash>>12&uint64(len(t.bloom)-1)] }

func bloomBits(hash uint64) uint64 { return 1<<(hash&63) | 1<<(hash>>6&63) }

// bucket returns definitions among which all of a name are.
func (t *table) bucket(hash uint64) []definition {
	if len(t.defs) == 0 {
		return nil
	}
	if bits := bloomBits(hash); *t.word(hash)&bits != bits {
		return nil
	}
	at := hash >> t.shift
	return t.defs[t.heads[at]:t.heads[at+1]]
}

// first returns the first definition of a name, or nil.
func (t *table) first(hash uint64) *definition {
	bucket := t.bucket(hash)
	for i := range bucket {
		if bucket[i].key() == keyOf(hash) {
			return &bucket[i]
		}
	}
	return nil
}

// name returns the name of a reference.
func (t *table) name(i int) string {
	start := 0
	if i > 0 {
		start = t.refs[i-1].end
	}
	return t.names[start:t.refs[i].end]
}
