package luajit

import "github.com/abivet/abivet/abi"

// LowHeapDoc is of a program that starts and soon has no memory.
var LowHeapDoc = abi.Doc{
	ID:       "luajit-low-heap",
	Title:    "page zero leaves LuaJIT little of its 2 GiB",
	Severity: abi.Note,
	Why: `On x86-64 a LuaJIT without GC64 keeps all its objects below 2 GiB, and nothing below
the end of page zero can be had. The page zero of this program is small enough for
LuaJIT to start, and large enough to take most of that: "not enough memory" comes at a
fraction of what the same code uses elsewhere. The kernel moves the end of page zero of a
position independent program up by as much as 256 MiB, anew at every start.

LuaJIT 2.0 always lacks GC64, 2.1 from before 2019-12-08 lacks it by default; with GC64
the whole of memory can be used.`,
	Fix: `Take a LuaJIT with GC64: a 2.1 from 2019-12-08 or later. Or link the main executable,
for amd64 alone, with -Wl,-pagezero_size,0x10000; luajit-pagezero has the words for CMake,
Go and Cargo.`,
	Refs: []string{
		"https://github.com/LuaJIT/LuaJIT/commit/bd00094c3b50e193fb32aad79b7ea8ea6b78ed25",
		"https://github.com/tarantool/tarantool/issues/2643",
	},
}

// PageZeroMisplacedDoc is of a flag on a file that has no use for it.
var PageZeroMisplacedDoc = abi.Doc{
	ID:       "luajit-pagezero-misplaced",
	Title:    "a library has a page zero of its own, which does nothing",
	Severity: abi.Note,
	Why: `-pagezero_size was given to the link of a dylib or bundle. Only the page zero of the
main executable decides what low memory LuaJIT finds; Apple's linker refuses the flag for
anything else, this one did not. Who looks at the build believes that the matter is
settled, and the program fails as if the flag were not there.`,
	Fix: `Take -pagezero_size and -image_base out of the link of the library: out of luajit.pc,
of LDFLAGS that programs and libraries share, of target_link_options(... PUBLIC) in CMake
(INTERFACE reaches libraries too), of cargo:rustc-link-arg (use rustc-link-arg-bins). If
the LuaJIT lacks GC64, link the main executable with -Wl,-pagezero_size,0x10000.`,
	Refs: []string{
		"https://github.com/Homebrew/homebrew-core/pull/37169",
		"https://github.com/Aegisub/Aegisub/issues/193",
	},
}

// LibraryBaseDoc is of libraries that want the place of the system.
var LibraryBaseDoc = abi.Doc{
	ID:       "luajit-library-base",
	Title:    "a library of LuaJIT has a preferred address where it cannot be",
	Severity: abi.Note,
	Why: `The Makefile of LuaJIT for macOS linked its dylib at 0x7fff04c4a000, from 2010 until
2021-03-23, to keep low memory free; other advice of that time was to rebase libraries
below 2 GiB. Since macOS 11 the first is within the region of the system's own libraries,
and nothing is below 4 GiB in a program that has its page zero. dyld then moves the
library at every start; it was reported that an application did not start at all.`,
	Fix: `Link the dylib without -image_base and -seg1addr (CMake, Go and Cargo pass none unless
told to): the linker's default is 0. LuaJIT's own Makefile does so from 2021-03-23 on; in
older ones take -image_base out of TARGET_DYNXLDOPTS, in src/Makefile.`,
	Refs: []string{
		"https://github.com/LuaJIT/LuaJIT/commit/e131936133c58de4426c595db2341caf5a1665b5",
		"https://github.com/WohlSoft/LuaJIT/issues/19",
	},
}

// HardenedRuntimeDoc is of a signed program whose JIT compiler gets no memory.
var HardenedRuntimeDoc = abi.Doc{
	ID:       "luajit-hardened-runtime",
	Title:    "the hardened runtime takes the memory for code from LuaJIT",
	Severity: abi.Error,
	Why: `This program is signed for the hardened runtime, which notarization asks for, and
LuaJIT compiles at run time. Without an entitlement the first loop that is compiled ends
it: "Killed: 9" (Code Signature Invalid) or "runtime code generation failed, restricted
kernel?". It works in every build that is not signed so, and as long as the code is cold.

LuaJIT does not use MAP_JIT, so allow-jit does not help it, except a build with
-DLUAJIT_ENABLE_OSX_HRT for macOS 11 or later (2.1 from 2025-03-10; from 2025-11-06 on
until at least 2026-08 that option does not compile). The entitlements of the main
executable count alone, also for a LuaJIT in a library or plugin.`,
	Fix: `Sign the main executable with an entitlement that this build can use:
  codesign -f -s IDENTITY --options runtime --entitlements FILE program
where FILE is a property list that has true for
  com.apple.security.cs.allow-unsigned-executable-memory   for any LuaJIT
  com.apple.security.cs.allow-jit                          for a build with LUAJIT_ENABLE_OSX_HRT
In CMake set XCODE_ATTRIBUTE_CODE_SIGN_ENTITLEMENTS; go build and cargo build do not sign:
run codesign after them. Or build LuaJIT with -DLUAJIT_DISABLE_JIT, or call jit.off() before
anything else and use no callbacks of the FFI.`,
	Refs: []string{
		"https://developer.apple.com/documentation/bundleresources/entitlements/com.apple.security.cs.allow-unsigned-executable-memory",
		"https://github.com/LuaJIT/LuaJIT/issues/1334",
		"https://github.com/LuaJIT/LuaJIT/commit/4f2bb199",
	},
}
