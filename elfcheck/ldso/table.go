package ldso

import (
	"hash/maphash"

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
