package machocheck

import (
	"strings"

	"github.com/blacktop/go-macho/types"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/abi/extension"
	"github.com/abivet/abivet/luajit"
)

// A File is what a thin Mach-O file, or one slice of a universal file, says of
// itself. It is plain data: it holds no reader, may be copied and compared, and
// a test may write it as a literal.
//
// A zero field is absent from the file or was not asked for.
type File struct {
	// Name is the file's own, without the directories before it: what some
	// interpreters go by. Whoever opens the file sets it; it is empty where
	// nobody did.
	Name string
	// Platform has the word of GOOS for macOS, darwin, and Apple's words for
	// the others: ios, ios-simulator, maccatalyst. A file without a version
	// command is darwin, as dyld takes it.
	Platform abi.Platform
	// Arch is the architecture as lipo names it: x86_64, x86_64h, arm64,
	// arm64e. Platform has only amd64 and arm64 for these.
	Arch      string
	CPU       uint32
	Subtype   uint32
	Bits      int // 32 or 64
	BigEndian bool
	Slice     Slice // where in the file; all of it unless that is universal
	Kind      Kind
	Flags     uint32 // of the header, MH_PIE and the like

	Segments []Segment

	// Builds are the version commands in their order. A zippered library has
	// two: macOS and Mac Catalyst.
	Builds []Build
	MinOS  abi.Version // of the build that Platform comes from
	SDK    abi.Version

	ID          Dylib // of a dylib: its own install name and versions
	Dylibs      []Dylib
	RPaths      []string // as they stand, duplicates too
	UUID        string
	Dylinker    string
	Entry       Entry
	Environment []string // LC_DYLD_ENVIRONMENT: variables that dyld is to set

	ChainedFixups bool // LC_DYLD_CHAINED_FIXUPS
	ExportsTrie   bool // LC_DYLD_EXPORTS_TRIE
	DyldInfo      bool // LC_DYLD_INFO or LC_DYLD_INFO_ONLY, the older form of both

	// SplitInfo says that there is a LC_SEGMENT_SPLIT_INFO with contents: the
	// library is made for the cache of dyld.
	SplitInfo bool

	Signature Signature
	Encrypted bool     // by Apple's store
	Unknown   []uint32 // load commands that are not known here, as numbers
	// Repeated are load commands that stand more than once although a file has
	// one at most; LC_MAIN and LC_UNIXTHREAD count as one.
	Repeated []string
	// LinkerOptions are what an object asks of the linker, LC_LINKER_OPTION:
	// each is one option with its arguments.
	LinkerOptions [][]string
	CommandsEnd   uint64 // where the load commands end in the slice

	// Names of symbols are as they stand, with the underscore of C.

	// Exports are the names of what the file offers, sorted: those of its export
	// trie or, where it has none, the external symbols that its symbol table
	// defines. dyld looks into one of these alone, too. WantExports.
	Exports []string
	// Trie is the export trie, in its order. WantExports.
	Trie []Export
	// Imports are what dyld is to look up, each symbol of a library once, in
	// the order of the file: from the chained fixups or the bind opcodes, which
	// are there after strip, too. Where a file has neither, as objects have
	// not, they are the undefined symbols of its symbol table. WantImports; a
	// part of them is WantRules.
	Imports []Import
	// ChainFormats are the forms of the chained pointers, as numbers
	// (DYLD_CHAINED_PTR_64_OFFSET is 6), sorted. WantImports, WantRules.
	ChainFormats []int

	Go     *GoBuild     // WantGo
	LuaJIT *luajit.Info // WantLuaJIT, WantMentions; nil where nothing speaks for one

	Extensions []extension.Info // by host; WantExtensions
}

// A Kind is what a file is for. One that is not listed here is "file type N".
type Kind string

// The kinds. A core dump is refused by Read.
const (
	Executable Kind = "executable"
	Library    Kind = "dylib"
	Bundle     Kind = "bundle" // can be loaded but not linked against
	Object     Kind = "object"
	DebugInfo  Kind = "dsym" // the separated debug information of another file
	Loader     Kind = "dylinker"
	Kext       Kind = "kext"
	Stub       Kind = "dylib-stub"
	FixedVM    Kind = "fvmlib"
	Preload    Kind = "preload"
	FileSet    Kind = "fileset"
)

// An Entry is the load command that says where a program starts.
type Entry string

// The entries. Go's own linker writes the older one for amd64.
const (
	EntryMain   Entry = "LC_MAIN"
	EntryThread Entry = "LC_UNIXTHREAD"
)

// A Segment is a part of a file that is mapped into memory together.
type Segment struct {
	Name     string
	Addr     uint64
	Size     uint64 // in memory
	Offset   uint64 // from the start of the slice
	FileSize uint64
	MaxProt  Prot
	InitProt Prot
	Flags    uint32 // SG_READ_ONLY and the like
	Sections []Section
}

// A Section is a part of a segment.
type Section struct {
	Segment string // differs from the segment's name in an object
	Name    string
	Addr    uint64
	Size    uint64
	Offset  uint64 // from the start of the slice; 0 where it has no bytes there
	Flags   uint32
}

// Prot is how memory may be accessed: the bits are read, write, execute.
type Prot uint32

// The bits of Prot.
const (
	ProtRead    Prot = 1
	ProtWrite   Prot = 2
	ProtExecute Prot = 4
)

// String writes rwx, as otool -lv does.
func (p Prot) String() string {
	s := []byte("rwx")
	for i := range s {
		if p&(1<<i) == 0 {
			s[i] = '-'
		}
	}
	return string(s)
}

// A Build is one version command.
type Build struct {
	OS    string
	MinOS abi.Version
	// SDK is empty where the command has 0 in its place.
	SDK abi.Version
	// Linker is the version of Apple's ld, where the command names it: 1115.7.3
	// is of Xcode 16. Others do not give one, or 0 for theirs.
	Linker abi.Version
	// Old says that it is one of LC_VERSION_MIN_*, not LC_BUILD_VERSION.
	Old bool
}

// A Dylib is a library that a file needs, or says it is.
type Dylib struct {
	Name          string
	Current       abi.Version // always three parts
	Compatibility abi.Version
	Link          Link
}

// A Link is how a library is needed. The zero value is the normal way.
type Link string

// The ways to need a library.
const (
	Normal   Link = ""
	Weak     Link = "weak"     // may be missing; its symbols are then 0
	Reexport Link = "reexport" // its symbols are offered as own
	Upward   Link = "upward"   // is initialized later; for circles
	Lazy     Link = "lazy"     // is loaded at the first call
	Delayed  Link = "delayed"  // is initialized at the first use
)

// An Import is a symbol that a file leaves undefined.
type Import struct {
	Name string
	// Library is the place in Dylibs, from 1. 0 is the file itself, and in a
	// symbol table without two levels nothing is known; negative ones are of
	// the kinds below.
	Library int
	Weak    bool // may be missing: its address is then 0
	Lazy    bool // is looked up at the first call, and not before
}

// Where an import is looked up that no single library provides.
const (
	MainProgram   = -1
	DynamicLookup = -2 // in all images, in their order
	// WeakLookup is of a symbol that the file defines or a library provides,
	// and that another image may replace: the first in their order is taken
	// by all. Such an import is never missing.
	WeakLookup = -3
)

// An Export is a symbol of the export trie.
type Export struct {
	Name     string
	Address  uint64 // from the start of the image; the value itself where Absolute
	Resolver uint64 // of the function that chooses the address; 0 without one
	// Library is the place in Dylibs, from 1, of the library that really has
	// the symbol, by the name ImportName, or the same where that is empty.
	Library     int
	ImportName  string
	Weak        bool // may be replaced by that of another image
	ThreadLocal bool
	Absolute    bool
}

// Want names facts that cost more than the load commands do. The zero value
// reads only these.
type Want uint

// The costlier facts.
const (
	WantImports    Want = 1 << iota // Imports
	WantExports                     // Exports and what the trie says of them
	WantRules                       // of Imports what Rules look at: dated functions of libSystem and the like, and all where it may be any
	WantLuaJIT                      // File.LuaJIT of a file that holds one or needs one
	WantMentions                    // with WantLuaJIT: also where a file says the name, or has bytecode, and no more; reads all of it
	WantGo                          // File.Go
	WantSignature                   // all of Signature that is not hashed
	WantHashes                      // the signature is held against every byte that it covers
	WantExtensions                  // File.Extensions

	WantSymbols = WantImports | WantExports

	WantAll = WantSymbols | WantRules | WantLuaJIT | WantMentions | WantGo | WantSignature | WantHashes | WantExtensions
)

// Loaded reports whether dyld loads the file into a process: it is a program, a
// library or a bundle.
func (f *File) Loaded() bool {
	return f.Kind == Executable || f.Kind == Library || f.Kind == Bundle
}

// PIE reports whether a program asks to be loaded at any address.
func (f *File) PIE() bool { return f.Flags&uint32(types.PIE) != 0 }

// Section returns the first section of a name, in whatever segment.
func (f *File) Section(name string) (Section, bool) {
	for _, segment := range f.Segments {
		for _, s := range segment.Sections {
			if s.Name == name {
				return s, true
			}
		}
	}
	return Section{}, false
}

// isSystem reports whether a library is part of macOS. Since macOS 11 most of
// them are not files but in the cache of dyld.
func isSystem(name string) bool {
	return strings.HasPrefix(name, "/usr/lib/") || strings.HasPrefix(name, "/System/")
}
