package dyld

import (
	"strings"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/abi/extension"
	"github.com/abivet/abivet/machocheck"
)

// A Verdict is what the kernel and dyld say in the end.
type Verdict string

// The verdicts.
const (
	OK      Verdict = "ok"
	Fail    Verdict = "fail"
	Unknown Verdict = "unknown"
)

// A Category sorts what the kernel and dyld stop at. Where ldso has the same
// thing, it has the same word.
type Category string

// The categories.
const (
	MissingLibrary Category = "missing-library"
	MissingSymbol  Category = "missing-symbol"
	WrongArch      Category = "wrong-arch"
	WrongPlatform  Category = "wrong-platform"
	WrongVersion   Category = "wrong-version"
	NotDlopenable  Category = "not-dlopenable"
	BadMachO       Category = "bad-macho"
	CodeSignature  Category = "code-signature" // there is none
	BadSignature   Category = "bad-signature"  // it is not that of the file
	Validation     Category = "library-validation"
	KernelRefuses  Category = "kernel-refuses"
	Poisoned       Category = "poisoned-library" // loading it ends the process
	Other          Category = "other"
)

// A Failure is one thing that the kernel or dyld stops at, or would stop at
// next.
type Failure struct {
	Category Category
	Object   string // the file at fault, as it was found
	// Message is in the loader's words, with its line breaks; of the kernel's
	// refusals it is what a shell prints.
	Message  string
	Subject  string // the library or symbol
	Provider string // the library that was to have the symbol
	Why      string // in short, what the loader's words leave out
	// Rule is the rule over files that says the same of Object; empty for all
	// that is said of a process alone.
	Rule string
	// Host says that the program that opens the plugin may still bring it.
	Host bool
	// Elsewhere lists files of the missing library's name that stand where
	// dyld does not look.
	Elsewhere []string
	// Places are what was tried for a missing library, in order.
	Places []Place
}

// A Process is a program, or an opened library or bundle, with everything that
// it brings, as dyld would lay it out.
type Process struct {
	File     string
	Arch     string       // of the process, as lipo names it
	Platform abi.Platform // of the program; of a plugin without one, its own
	Release  abi.Version  // of macOS
	// Objects are the files, in load order. The first is the program; of an
	// opened library the ones from Opened on are new. Libraries of the system
	// are none.
	Objects []*Object
	Opened  int
	// Plugin says that the file was opened by a program that nobody named:
	// what it lacks may be its real host's.
	Plugin bool
	// Hosted says that the program that opened the file was asked for and starts,
	// Extensions what the file is as an extension, and Offers what the program
	// is to it.
	Hosted     bool
	Extensions []extension.Info
	Offers     []extension.Offer
	// Failures is in the order in which the loader meets them: it stops at the
	// first.
	Failures []Failure
	// Deferred are the symbols that fail only when they are called.
	Deferred []Failure
	// FromHost are the symbols that a plugin leaves to the program that opens
	// it, or to whatever else is loaded.
	FromHost []machocheck.Import
	// NotJudged says what was left open for want of knowledge, one line each:
	// symbols of system libraries without an SDK, and the like. None of it
	// changes the verdict.
	NotJudged []string
	Unknown   string // why there is no verdict, or ""
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

// Hardened reports whether the program has the hardened runtime.
func (p *Process) Hardened() bool {
	main := p.Main()
	return main != nil && main.File.Signature.Flags&machocheck.HardenedRuntime != 0
}

// Main returns the program, or nil where a file was opened by a bare one.
func (p *Process) Main() *Object {
	if len(p.Objects) == 0 || p.Objects[0].File.Kind != machocheck.Executable {
		return nil
	}
	return p.Objects[0]
}

// An Object is a file in a process.
type Object struct {
	Path   string           // where the file is: dyld has its paths without links
	File   *machocheck.File // the slice that was taken
	Needs  []Need           // what it asks for, in its order
	Loader *Object          // the object that asked for it first; nil for a program and what is opened
	image  *image
}

// A Need is a library that an object asks for.
type Need struct {
	machocheck.Dylib
	Object *Object // the file that was taken
	// System is the install name of the library of the system that was taken.
	System string
	// Unknown says why it is not known whether there is such a library.
	Unknown string
	Looked  []Place // in order; empty where it was loaded already
}

// Missing reports whether the library was not found, which a weak one may be.
func (n Need) Missing() bool { return n.Object == nil && n.System == "" && n.Unknown == "" }

// A Place is where dyld looked for a library.
type Place struct {
	Path string
	By   string // what made it look there: LC_RPATH of an object, path, fallback
	Saw  string // what was there; empty for the file that was taken
}

func (p *Process) fail(f Failure) { p.Failures = append(p.Failures, f) }

// doubt gives up the verdict, with the first reason.
func (p *Process) doubt(why string) {
	if p.Unknown == "" {
		p.Unknown = why
	}
}

// shown is a path as messages have it.
func shown(name string) string { return strings.TrimPrefix(name, outsideMark) }
