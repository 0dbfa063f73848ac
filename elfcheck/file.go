package elfcheck

import (
	"debug/elf"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/abi/extension"
	"github.com/abivet/abivet/luajit"
)

// A File is what an ELF file says of itself. It is plain data: it holds no
// reader, may be copied and compared, and a test may write it as a literal.
//
// A zero field is absent from the file or was not asked for.
type File struct {
	// Name is the file's own, without the directories before it: what some
	// loaders and interpreters go by. Whoever opens the file sets it; it is
	// empty where nobody did.
	Name       string
	Platform   abi.Platform
	Class      int // 32 or 64
	BigEndian  bool
	Machine    elf.Machine
	OSABI      elf.OSABI
	ABIVersion uint8
	Flags      uint32 // e_flags; their meaning depends on the machine
	Float      FloatABI
	Kind       Kind

	// KernelModule says that an object is for the Linux kernel, whose functions
	// have names that C libraries have too.
	KernelModule bool

	// Packed names the program that packed this one: what the file says is of the
	// stub that unpacks it, and nothing of what it will then load is to be seen.
	Packed string

	Interpreter string // PT_INTERP
	Segments    []Segment

	// Dynamic says that there is a PT_DYNAMIC: the fields below come from it.
	Dynamic   bool
	SOName    string
	Needed    []string
	RPath     []string // DT_RPATH, split at its colons; an empty element is the working directory
	RunPath   []string // DT_RUNPATH, likewise
	Auxiliary []string
	Filter    []string
	DynFlags  elf.DynFlag  // DT_FLAGS, with what the older tags of the same meaning say
	DynFlags1 elf.DynFlag1 // DT_FLAGS_1
	RELR      bool         // DT_RELR: relative relocations in their packed form
	// AndroidRELR is DT_ANDROID_RELR: the same under the tag that Android had
	// for it before it was standardised.
	AndroidRELR bool
	GNUHash     bool // DT_GNU_HASH
	SysVHash    bool // DT_HASH

	VersionNeeds []VersionNeed
	VersionDefs  []VersionDef

	// ImportCount and ExportCount count the dynamic symbols (of a relocatable
	// object the symbols of its symbol table); Imports and Exports list them.
	ImportCount, ExportCount int
	Imports, Exports         []Symbol

	Notes       Notes
	Relocations Relocations

	// StackNote is what the .note.GNU-stack section of a relocatable object
	// says. Linked files have a PT_GNU_STACK segment instead.
	StackNote StackNote

	// Callers names, of a relocatable object, the function that first refers to
	// an undefined symbol, and Supplies what it defines: both of the names that
	// glibc or libstdc++ have, hidden ones too. WantCallers, WantSupplies.
	Callers  map[string]string
	Supplies []string
	// Supplied has the names that other members of the same static archive
	// supply. Whoever reads the archive sets it: all its members share one.
	Supplied map[string]bool

	// Beside has those of Needed that are known to stand where the file's own
	// $ORIGIN leads. Whoever knows its directory sets it.
	Beside []string

	Libc         abi.Libc
	LibcEvidence []string // what speaks for Libc
	Go           *GoBuild
	LuaJIT       *luajit.Info
	Extensions   []extension.Info // by host; WantExtensions

	NameService *NameService // of a static program of glibc

	// Instructions is nil of a processor whose code is not decoded.
	Instructions *Instructions

	Loading *Loading // WantLoading
}

// A Kind is what a file is for.
type Kind string

// The kinds. A core dump is refused by Read.
const (
	Executable Kind = "executable" // at a fixed address
	PIE        Kind = "pie"        // a program at any address
	Shared     Kind = "shared"     // a shared object
	Object     Kind = "object"     // relocatable
	DebugInfo  Kind = "debug"      // the separated debug information of another file
)

// A FloatABI is how floating-point arguments are passed, where the machine has
// more than one way and the header names it: soft, single, hard.
type FloatABI string

// A Segment is a program header.
type Segment struct {
	Type     elf.ProgType
	Flags    elf.ProgFlag
	Offset   uint64
	VAddr    uint64
	FileSize uint64
	MemSize  uint64
	Align    uint64
}

// Segment returns the first segment of a type.
func (f *File) Segment(t elf.ProgType) (Segment, bool) {
	for _, s := range f.Segments {
		if s.Type == t {
			return s, true
		}
	}
	return Segment{}, false
}

// A VersionNeed is one version that a file asks of one of its libraries.
type VersionNeed struct {
	File    string // soname of the library
	Version string // GLIBC_2.34
	// Weak is VER_FLG_WEAK: the loader goes on without the version. A strong
	// symbol of that version still fails when it is looked up.
	Weak bool
	// Misfiled: its hash is that of another name, and glibc finds no such version;
	// WantLoading.
	Misfiled bool
	Symbols  []string // imports of that version; WantImports
	Strong   int      // how many of them are not weak
}

// A VersionDef is one version that a file defines.
type VersionDef struct {
	Name string
	Base bool // names the file itself
	Weak bool
	// Misfiled: as that of a VersionNeed.
	Misfiled bool
}

// A Symbol is an entry of the dynamic symbol table, or of the symbol table of
// a relocatable object.
type Symbol struct {
	Name       string
	Version    string // empty without one
	Library    string // the soname that an import's version is asked of
	Bind       elf.SymBind
	Type       elf.SymType
	Visibility elf.SymVis
	Hidden     bool // a version that is not the default of its name
	Absolute   bool // defined by a value, not in a section
	Refs       Refs // by the file's own relocations; WantRefs
	// Number is the symbol's entry in the version table without its hidden
	// bit: loaders treat 0 to 2 apart from the others.
	Number uint16
	Value  uint64
	Size   uint64
}

// Refs says how the relocations of a file refer to a symbol. A loader looks up
// no symbol that none refers to.
type Refs uint8

// The kinds of reference.
const (
	RefCall  Refs = 1 << iota // through the procedure linkage table: may wait until the call
	RefSlot                   // its address, in the global offset table
	RefData                   // anywhere else
	RefCopy                   // the object is copied out of the library that has it
	RefTLS                    // its module or offset
	RefOwnTP                  // its offset from the thread pointer: initial-exec TLS
)

// A StackNote is what a relocatable object says of the stack it needs.
type StackNote int

// The answers. An object that says nothing makes GNU ld ask for an executable
// stack on x86, arm and some others.
const (
	StackUnknown StackNote = iota // not an object
	StackSilent
	StackPlain
	StackExecutable
)

// Relocations is what rules ask of the relocation tables; WantRelocations.
type Relocations struct {
	Count int
	Types []uint32 // that occur, in rising order
	// OwnTLS counts relocations that ask for a fixed offset from the thread
	// pointer to the file's own thread-local storage: initial-exec TLS, which
	// dlopen can refuse.
	OwnTLS int
	// Text counts relocations against segments that are not writable.
	Text int
}

// Want names facts that cost more than the headers do.
type Want uint

// The costlier facts; add them up.
const (
	WantImports         Want = 1 << iota // undefined symbols, and which version need each belongs to
	WantExports                          // defined symbols
	WantRelocations                      // Relocations
	WantTextRelocations                  // Relocations of a file that says it has some in its code
	WantRefs                             // Symbol.Refs, with WantImports or WantExports
	WantLuaJIT                           // File.LuaJIT of a file that holds one or needs one, and the imports
	WantMentions                         // with WantLuaJIT: also where a file says the name, or has bytecode, and no more; reads all of it
	WantGo                               // File.Go
	WantCallers                          // File.Callers
	WantSupplies                         // File.Supplies
	WantNameService                      // File.NameService
	WantInstructions                     // File.Instructions, and the imports: reads and decodes all code
	WantExtensions                       // File.Extensions, and the imports
	WantFindable                         // Loading.Unfound, beside WantLoading and the symbols
	WantLoading                          // File.Loading; what is damaged where loaders do not look is no error
	// WantRules asks for the imports of those files alone of which Rules look at them
	// for what the file says itself. Of the others they are counted: what is found of
	// such a file against a target names no symbol, until the file is read again with
	// WantImports, and what a target forbids by name is not found.
	WantRules

	WantSymbols = WantImports | WantExports
)
