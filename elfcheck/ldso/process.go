package ldso

import (
	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/abi/extension"
	"github.com/abivet/abivet/elfcheck"
)

// A Verdict is what a loader says in the end.
type Verdict string

// The verdicts.
const (
	OK      Verdict = "ok"
	Fail    Verdict = "fail"
	Unknown Verdict = "unknown"
)

// A Category sorts what loaders stop at.
type Category string

// The categories.
const (
	MissingLibrary Category = "missing-library"
	MissingVersion Category = "missing-version"
	MissingSymbol  Category = "missing-symbol"
	InterpMissing  Category = "interp-missing"
	InterpBad      Category = "interp-bad"
	WrongArch      Category = "wrong-arch"
	StaticTLS      Category = "static-tls"
	ExecStack      Category = "execstack"
	ISA            Category = "isa"
	NotDlopenable  Category = "not-dlopenable"
	BadELF         Category = "bad-elf"
	BadReloc       Category = "bad-reloc"
	RelrMarker     Category = "relr-marker"
	LoaderAssert   Category = "loader-assert"
	IndirectExtern Category = "indirect-extern-access"
	Crash          Category = "crash"
	Other          Category = "other"
)

// A Failure is one thing that a loader stops at, or would stop at next.
type Failure struct {
	Category Category
	Object   string // the file at fault, as it was found
	Message  string // in the loader's words
	Subject  string // the library, version or symbol
	Provider string // the library that was to have it
	Why      string // what was looked at, in short
	// Package is the package of the user space that Object belongs to, and
	// ProviderPackage that of Provider, where its database says so.
	Package, ProviderPackage string
	// Elsewhere lists files of the missing library's name that stand where
	// the loader does not look.
	Elsewhere []string
}

// A Process is a program or an opened shared object with everything that it
// brings, as a loader would lay it out.
type Process struct {
	File    string
	Libc    abi.Libc
	Version abi.Version // of the C library
	Loader  string      // path of the loader
	// Objects is in load order. The first is the program; of an opened shared
	// object the ones from Opened on are new.
	Objects []*Object
	Opened  int
	// Plugin says that the file was opened by a bare program: what symbols it
	// lacks may be its real host's.
	Plugin bool
	// Hosted says that the program that opened the file was asked for, and
	// Offers what it is to the file, where that is an extension of it.
	Hosted bool
	Offers []extension.Offer
	// Failures is in the order in which the loader meets them: it stops at the
	// first.
	Failures []Failure
	// Deferred are the symbols that fail only when they are called.
	Deferred []Failure
	Unknown  string // why there is no verdict, or ""
	// Symbols says that Shared was looked for, and that no file stood in the way.
	Symbols bool
	Shared  []Shared
}

// A Shared is what two objects of a process both define, and only one of them
// is asked for.
type Shared struct {
	First, Second *Object // in load order; whoever asks gets the first one's
	Names         []string
}

// Verdict is the loader's: it stops at the first failure.
func (p *Process) Verdict() Verdict {
	switch {
	case len(p.Failures) > 0:
		return Fail
	case p.Unknown != "":
		return Unknown
	}
	return OK
}

// An Object is a file in a process.
type Object struct {
	Path string // as it was found; links in it are not followed
	Real string // where the file is
	// File has of its symbols only Lua's.
	File    *elfcheck.File
	Needs   []Need    // what it asks for, in its order
	Loader  *Object   // the object that asked for it first; nil for a program and what is opened
	filters []*Object // of DT_AUXILIARY and DT_FILTER: before it in every scope
	names   []string
	image   *image
	origin  string
	soname  bool // its soname is among names
	startup bool // was there before anything was opened
}

// A Need is a library that an object asks for.
type Need struct {
	Name   string
	Object *Object // nil where it was not found
	Looked []Place // in order; empty where it was loaded already
	more   int     // places that were looked at beyond what is kept, the last in Looked among them
}

// A Place is where a loader looked for a library.
type Place struct {
	Path string
	By   string // what made it look there: RUNPATH, ld.so.cache, ...
	Saw  string // what was there; empty for the file that was taken
}

func (p *Process) fail(f Failure) { p.Failures = append(p.Failures, f) }
