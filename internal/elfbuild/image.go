// Package elfbuild writes small ELF files for tests: any machine, class and
// byte order, with the tables that a loader reads. It writes what it is told
// to, sound or not; linkers refuse much of what a reader must be tested with.
package elfbuild

import "debug/elf"

// An Image is a linked ELF file: a program or a shared object. The zero value
// is a shared object for x86-64 with an empty dynamic symbol table.
type Image struct {
	Machine    elf.Machine // 0 is x86-64
	Type       elf.Type    // 0 is ET_DYN
	Narrow     bool        // 32-bit
	BigEndian  bool
	OSABI      elf.OSABI
	ABIVersion uint8
	Flags      uint32 // e_flags

	// Static leaves PT_DYNAMIC and everything that it leads to away.
	Static      bool
	Interpreter string
	SOName      string
	Needed      []string
	RPath       []string // one DT_RPATH each
	RunPath     []string // one DT_RUNPATH each
	Tags        []Tag    // further entries of the dynamic table

	Symbols []Symbol
	Needs   []Need
	Defs    []Def
	Hash    Hash

	Relocations []Relocation
	PLT         []Relocation // DT_JMPREL
	NoAddend    bool         // DT_REL, not DT_RELA

	Notes []Note
	Data  []byte // in the writable segment, at a multiple of 16
	TLS   uint64 // size of PT_TLS in memory; 0 for none

	Stack    elf.ProgFlag // of PT_GNU_STACK; 0 for none
	RELRO    bool
	Segments []elf.ProgHeader // further program headers

	Base       uint64 // of the first segment; 0 is 0x400000 for ET_EXEC
	Page       uint64 // alignment of PT_LOAD; 0 is 4096
	NoSections bool   // neither section headers nor their names

	StringsPad  int // bytes without meaning at the start of the string table
	VersionsGap int // bytes without meaning before the version needs
}

// A Tag is an entry of the dynamic table. With a Name the value is the place of
// that name in the string table.
type Tag struct {
	Tag   elf.DynTag
	Value uint64
	Name  string
}

// A Symbol is an entry of the dynamic symbol table. It is undefined where
// Section is zero.
type Symbol struct {
	Name       string
	Version    string // of Library if that is not empty, else of the file's own
	Library    string
	Hidden     bool // the version is not the default of its name
	Bind       elf.SymBind
	Type       elf.SymType
	Visibility elf.SymVis
	Section    elf.SectionIndex
	Value      uint64
	Size       uint64
	// Hashed puts an undefined symbol into the hashed part of the GNU hash
	// table, as GNU ld does with one whose address is taken.
	Hashed bool
}

// A Need is a library, and what is asked of it.
type Need struct {
	Library  string
	Versions []NeedVersion
}

// A NeedVersion is one version that is asked of a library.
type NeedVersion struct {
	Name string
	Weak bool
}

// A Def is a version that the file defines.
type Def struct {
	Name    string
	Base    bool
	Weak    bool
	Parents []string
}

// A Hash is the kind of hash table over the symbols.
type Hash int

// The kinds.
const (
	GNU Hash = iota
	SysV
	Both
	None
)

// A Relocation is one of the dynamic linker's. Symbol is an index into
// Image.Symbols plus one, or zero.
type Relocation struct {
	Offset uint64
	Symbol int
	Type   uint32
	Addend uint64
}

// A Note is an ELF note. Words, in the byte order of the file, stand before
// Bytes. Neighbours of one alignment share a segment.
type Note struct {
	Name  string // without the NUL that ends it
	Type  uint32
	Words []uint32
	Bytes []byte
	Align int // 0 is 4
}

// ABITag is the GNU note that names an operating system (0 is Linux) and its
// oldest kernel.
func ABITag(os, major, minor, patch uint32) Note {
	return Note{Name: "GNU", Type: 1, Words: []uint32{os, major, minor, patch}}
}

// BuildID is the GNU note that tells one build from another.
func BuildID(id ...byte) Note { return Note{Name: "GNU", Type: 3, Bytes: id} }

// GoBuildID is the note that Go's linker leaves. Its name ends in two NULs.
func GoBuildID(id string) Note { return Note{Name: "Go\x00", Type: 4, Bytes: []byte(id)} }

// Property is the GNU property note of a 64-bit file, with pairs of a kind and
// a value of four bytes.
func Property(pairs ...uint32) Note {
	n := Note{Name: "GNU", Type: 5, Align: 8}
	for i := 0; i+1 < len(pairs); i += 2 {
		n.Words = append(n.Words, pairs[i], 4, pairs[i+1], 0)
	}
	return n
}
