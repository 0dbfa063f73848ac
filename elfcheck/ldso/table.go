package ldso

import (
	"debug/elf"
	"hash/maphash"
	"slices"
	"strings"

	"github.com/abivet/abivet/elfcheck"
)

// A table is what binding asks of the symbols of a file, in a sixth of the room
// that they take: a user space has hundreds of libraries, and some of them tens
// of thousands of symbols.
//
// Names are compared by hashes of 64 bits, under a seed that no file knows: that
// two of a million names share one happens once in ten million runs.
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
}

// A definition is a symbol that a file defines.
type definition struct {
	hash    uint64 // of its name
	version uint32 // in table.versions
	flags   defFlags
}

type defFlags uint8

const (
	defBinds  defFlags = 1 << iota // glibc binds to it
	defMusl                        // musl binds to it
	defHidden                      // a version that is not the default of its name
	defLocal                       // number 0 or 1 of the version table
	defFirst                       // number 2: the first version
	defProtected
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

// newTable takes from a file what binding needs.
func newTable(f *elfcheck.File) table {
	t := table{
		versions: []asked{{hash: noVersion}}, shift: 64,
		hashed: f.GNUHash || f.SysVHash, versioned: len(f.VersionDefs)+len(f.VersionNeeds) > 0,
	}
	number := t.numbering()
	defs := make([]definition, len(f.Exports))
	for i := range f.Exports {
		defs[i] = definition{nameHash(f.Exports[i].Name), number(&f.Exports[i]), flagsOf(&f.Exports[i])}
	}
	var count, size int
	eachRef(f, defs, func(s *elfcheck.Symbol, _ refFlags) { count, size = count+1, size+len(s.Name) })
	t.refs = make([]relocated, 0, count)
	var names strings.Builder
	names.Grow(size)
	eachRef(f, defs, func(s *elfcheck.Symbol, flags refFlags) {
		names.WriteString(s.Name)
		if s.Bind == elf.STB_WEAK {
			flags |= refWeak
		}
		if s.Value != 0 {
			flags |= refValue
		}
		t.refs = append(t.refs, relocated{nameHash(s.Name), names.Len(), number(s), s.Refs, flags})
	})
	t.names = names.String()
	t.index(defs)
	t.takeCanonical(f.Imports, number)
	return t
}

// eachRef calls do for the symbols that are to be looked up. What a file
// defines and refers to it finds at least in itself, unless the definition is
// one that does not count.
func eachRef(f *elfcheck.File, defs []definition, do func(*elfcheck.Symbol, refFlags)) {
	for i := range f.Imports {
		if s := &f.Imports[i]; s.Refs != 0 {
			do(s, 0)
		}
	}
	const counts = defBinds | defMusl
	for i := range f.Exports {
		s, flags := &f.Exports[i], refDefined
		if defs[i].flags&defBinds != 0 {
			flags |= refBinds
		}
		if s.Refs&(elfcheck.RefCopy|elfcheck.RefOwnTP) != 0 || s.Refs != 0 && defs[i].flags&(counts|defHidden) != counts {
			do(s, flags)
		}
	}
}

// numbering returns what gives the versions of symbols their numbers.
func (t *table) numbering() func(*elfcheck.Symbol) uint32 {
	known := map[[2]string]uint32{{}: 0}
	return func(s *elfcheck.Symbol) uint32 {
		key := [2]string{s.Version, s.Library}
		n, ok := known[key]
		if !ok {
			n = uint32(len(t.versions))
			known[key] = n
			t.versions = append(t.versions, asked{s.Version, s.Library, nameHash(s.Version)})
		}
		return n
	}
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
func (t *table) index(defs []definition) {
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
	for i := range defs {
		h := defs[i].hash
		t.heads[h>>t.shift+1]++
		*t.word(h) |= bloomBits(h)
	}
	for i := 1; i < len(t.heads); i++ {
		t.heads[i] += t.heads[i-1]
	}
	t.defs = make([]definition, len(defs))
	for i := range defs {
		at := &t.heads[defs[i].hash>>t.shift]
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
		if bucket[i].hash == hash {
			return &bucket[i]
		}
	}
	return nil
}

// takeCanonical keeps imports with a value. Only the first of a name counts.
func (t *table) takeCanonical(imports []elfcheck.Symbol, number func(*elfcheck.Symbol) uint32) {
	if !slices.ContainsFunc(imports, func(s elfcheck.Symbol) bool { return s.Value != 0 }) {
		return
	}
	seen := map[uint64]bool{}
	for i := range imports {
		s, hash := &imports[i], nameHash(imports[i].Name)
		if s.Value != 0 && !seen[hash] {
			t.canonical = append(t.canonical, definition{hash, number(s), flagsOf(s)})
		}
		seen[hash] = true
	}
}

// name returns the name of a reference.
func (t *table) name(i int) string {
	start := 0
	if i > 0 {
		start = t.refs[i-1].end
	}
	return t.names[start:t.refs[i].end]
}
