// Package closure has what the loaders of all formats have in common: the
// documentation of hazards that exist for each of them, and the drawing of what
// brings what.
package closure

import "github.com/abivet/abivet/abi"

// What the documentation refers to.
const (
	manual         = "https://man7.org/linux/man-pages/man8/ld.so.8.html"
	glibcLoad      = "https://sourceware.org/git/?p=glibc.git;a=blob;f=elf/dl-load.c"
	glibcLookup    = "https://sourceware.org/git/?p=glibc.git;a=blob;f=elf/dl-lookup.c"
	muslLoad       = "https://git.musl-libc.org/cgit/musl/tree/ldso/dynlink.c"
	dyldLoader     = "https://github.com/apple-oss-distributions/dyld/blob/main/dyld/Loader.cpp"
	dyldJustInTime = "https://github.com/apple-oss-distributions/dyld/blob/main/dyld/JustInTimeLoader.cpp"
)

// LibraryNotFound is of a library that the loader does not find.
var LibraryNotFound = abi.Doc{
	ID:       "library-not-found",
	Title:    "a library that is needed is not where the loader looks",
	Severity: abi.Error,
	Why: `On Linux the loader looks in the library paths of the object that asks and of those
that brought it (RPATH; a RUNPATH counts for its own object alone), then in
/etc/ld.so.cache and its own directories. On macOS a library has a path, and dyld
looks there; what begins with @ is rpath-unresolved. A library that stands elsewhere
might as well not be there: "cannot open shared object file", "Library not loaded".
Every place that was looked at is in the evidence, in order.`,
	Fix: `Linux: install the package that has the library; or put it where the loader looks and
run ldconfig; or give the object that asks a RUNPATH with $ORIGIN. macOS: bring the
library along, and change the path to one with @loader_path or @rpath
(install_name_tool -change OLD NEW FILE), then sign again`,
	Refs: []string{manual, glibcLoad, muslLoad, dyldLoader},
}

// SymbolNotFound is of a symbol that nobody has.
var SymbolNotFound = abi.Doc{
	ID:       "symbol-not-found",
	Title:    "a symbol is in none of the libraries",
	Severity: abi.Error,
	Why: `Every library is found, and one of them lacks a function or variable: it is of
another release, or built with other options. The loader stops at once for data, with
-z now, and on macOS for files with chained fixups; else at the first call: "symbol
lookup error", "Symbol not found". On macOS a symbol is looked for in the one library
that the linker found it in, and in those that this offers as its own. A plugin takes
symbols from the program that opens it; without one named, what is missing is a note.`,
	Fix:  `install the release of the library that has the symbol; or name the program that opens the plugin (--host)`,
	Refs: []string{glibcLookup, muslLoad, dyldLoader},
}

// LibraryTwice is of one library in two releases.
var LibraryTwice = abi.Doc{
	ID:       "library-twice",
	Title:    "one library in two releases in one process",
	Severity: abi.Warning,
	Why: `Two releases of a library export the same names. On Linux whoever asks without a
version gets those of the first: state is split or corrupted, exceptions are not
caught, memory is freed by the other one. On macOS each asks the library that it was
linked against, but classes of Objective-C, locks and thread pools exist once for a
process ("Class X is implemented in both"). It holds as well for two OpenMP runtimes
and for two Go runtimes, which the Go project does not support.`,
	Fix:  `build everything against one release; or keep one of them in a program of its own`,
	Refs: []string{"https://github.com/golang/go/issues/65050", manual},
}

// LoaderRefuses is of a file that is there and is not taken.
var LoaderRefuses = abi.Doc{
	ID:       "loader-refuses",
	Title:    "the loader refuses a file that it finds",
	Severity: abi.Error,
	Why: `The file is there and the kernel or the loader will not have it: damaged, no native
file at all (a linker script under the name of a library), a program where a library is
wanted, a relocation or load command that it does not know, something that dyld checks
from a certain SDK on. On Linux it does not go on looking elsewhere.`,
	Fix:  `replace the file by the library that was meant; the message says what the loader saw`,
	Refs: []string{glibcLoad, muslLoad, dyldJustInTime},
}

// Outside is of a library that was to come from somewhere else.
var Outside = abi.Doc{
	ID:       "library-outside-prefix",
	Title:    "a library comes from outside the prefix that was to have all of them",
	Severity: abi.Error,
	Why: `A runtime, bundle or relocatable install that is to be self-contained works on
another system only as far as every library of the closure comes from within it.
What escapes to the host is there by chance, in the host's release. Libraries of macOS
itself do not count.`,
	Fix: `bring the library along and give the object that asks a RUNPATH with $ORIGIN, or on
macOS an LC_RPATH with @loader_path; or allow its directory with another --within`,
	Refs: []string{manual},
}
