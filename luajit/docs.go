package luajit

import "github.com/abivet/abivet/abi"

// The hazards of LuaJIT that exist in several forms. Each format and each
// closure has a rule of its own for the same Doc.

// PageZeroDoc is of a darwin/amd64 program whose LuaJIT finds no memory.
var PageZeroDoc = abi.Doc{
	ID:       "luajit-pagezero",
	Title:    "LuaJIT has no low memory to allocate from",
	Severity: abi.Error,
	Why: `On x86-64 a LuaJIT without GC64 keeps all its objects below 2 GiB. The linker
gives a 64-bit macOS program a page zero of 4 GiB, and nothing below its end can be
had: luaL_newstate returns NULL. The program says "cannot create state: not enough
memory" or, where it does not look at the result, dies of a segmentation fault at
address 0x8 or close to it. It does so at every start and on macOS alone.

The page zero of the main executable decides, also where LuaJIT comes in through a
library or an extension. When the kernel loads a position independent program, it
moves the end of page zero up with it, by less than 256 MiB.

LuaJIT 2.0 always lacks GC64. So does 2.1 from before 2019-12-08 (2.1.0-beta1 to
-beta3), unless built with -DLUAJIT_ENABLE_GC64. From that day on 2.1 has it unless
built with -DLUAJIT_DISABLE_GC64, and since 2021-03-23 it cannot be built for macOS
without. The third number of a rolling version, as in 2.1.1727870382, is the time of
its commit in seconds since 1970.`,
	Fix: `Take a LuaJIT with GC64: a 2.1 from 2019-12-08 or later. Or link the main
executable, for amd64 alone, with a small page zero:
  linker  cc -Wl,-pagezero_size,0x10000
  CMake   target_link_options(program PRIVATE "LINKER:-pagezero_size,0x10000")
  Go      go build -ldflags '-extldflags "-Wl,-pagezero_size,0x10000"', or
          CGO_LDFLAGS=-Wl,-pagezero_size,0x10000 in the environment; in a #cgo
          LDFLAGS line cmd/go refuses both -pagezero_size and -image_base
  Cargo   println!("cargo:rustc-link-arg-bins=-Wl,-pagezero_size,0x10000"); in build.rs
Of the pair that LuaJIT's manual asked for, -pagezero_size 10000 -image_base 100000000,
only the first matters today: linkers ignore or refuse the base of a position
independent program, and programs are position independent unless asked not to be.
Check the file and not the build log (otool -l shows the vmsize of __PAGEZERO): some
linkers and drivers drop the flag with a warning.`,
	Refs: []string{
		"https://github.com/LuaJIT/LuaJIT/commit/bd00094c3b50e193fb32aad79b7ea8ea6b78ed25",
		"https://github.com/LuaJIT/LuaJIT/commit/e131936133c58de4426c595db2341caf5a1665b5",
		"https://github.com/LuaJIT/LuaJIT/issues/521",
		"https://github.com/LuaJIT/LuaJIT/issues/667",
	},
}

// PageZeroNeedlessDoc is of a program that gave up its page zero for nothing.
var PageZeroNeedlessDoc = abi.Doc{
	ID:       "luajit-pagezero-needless",
	Title:    "page zero is small for the sake of a LuaJIT that does not ask for it",
	Severity: abi.Note,
	Why: `A LuaJIT with GC64 allocates anywhere. A small page zero then only weakens what it
is for: with 4 GiB of it, a pointer cut to 32 bits faults at once instead of reading
something. Apple's linker warns of the flag when it targets macOS 13 or later, and an
arm64 program with a small page zero is not started by the kernel at all.`,
	Fix: `Remove -pagezero_size and -image_base from the link of the main executable. They
were needed for LuaJIT 2.0 and for 2.1 from before 2019-12-08, on amd64.`,
	Refs: []string{
		"https://github.com/LuaJIT/LuaJIT/commit/bd00094c3b50e193fb32aad79b7ea8ea6b78ed25",
	},
}

// HostDecidesDoc is of a library that cannot mend its LuaJIT by itself.
var HostDecidesDoc = abi.Doc{
	ID:       "luajit-host-decides",
	Title:    "a library brings a LuaJIT that works only in a host linked for it",
	Severity: abi.Warning,
	Why: `This dylib, bundle or extension holds or needs a LuaJIT without GC64, which keeps
all its objects below 2 GiB. Whether a process has memory there is decided by the page
zero of its main executable: 4 GiB, unless that was linked otherwise. In a host such as
the ruby, python or node of a macOS laptop luaL_newstate returns NULL ("cannot create
state: not enough memory", or a segmentation fault at address 0x8 or close to it). No
flag on the library can change that; the linker refuses -pagezero_size for anything but
a main executable.

LuaJIT 2.0 always lacks GC64, 2.1 from before 2019-12-08 lacks it by default.`,
	Fix: `Build the library with a LuaJIT that has GC64: a 2.1 from 2019-12-08 or later. Where
the host is yours, link the host with -Wl,-pagezero_size,0x10000 instead (for amd64
alone); luajit-pagezero has the words for CMake, Go and Cargo.`,
	Refs: []string{
		"https://github.com/LuaJIT/LuaJIT/commit/bd00094c3b50e193fb32aad79b7ea8ea6b78ed25",
		"https://github.com/jmettraux/rufus-lua/issues/37",
	},
}

// NewStateDoc is of a program that creates its state by the wrong function.
var NewStateDoc = abi.Doc{
	ID:       "luajit-newstate",
	Title:    "lua_newstate always fails in this LuaJIT",
	Severity: abi.Error,
	Why: `A 64-bit LuaJIT without GC64 must allocate below 2 GiB and cannot leave that to an
allocator of its host. Its lua_newstate prints "Must use luaL_newstate() for 64 bit
target" and returns NULL, on every system. A program that does not look at the result
dies of a segmentation fault at a low address.

LuaJIT 2.0 always lacks GC64 on x86-64, 2.1 from before 2019-12-08 lacks it by default.`,
	Fix: `Call luaL_newstate() in place of lua_newstate(allocator, data), or take a LuaJIT with
GC64: a 2.1 from 2019-12-08 or later.`,
	Refs: []string{
		"https://github.com/LuaJIT/LuaJIT/commit/055396a69d9588bf77227f516bf86ff080abdcc4",
		"https://github.com/LuaJIT/LuaJIT/commit/bd00094c3b50e193fb32aad79b7ea8ea6b78ed25",
	},
}

// LowMemoryDoc is of the small heap of a LuaJIT without GC64.
var LowMemoryDoc = abi.Doc{
	ID:       "luajit-low-memory",
	Title:    "all of LuaJIT's objects share 1 to 2 GiB of low memory",
	Severity: abi.Note,
	Why: `On x86-64 a LuaJIT without GC64 keeps all its objects below 2 GiB, however much
memory the machine has. On Linux version 2.0 asks for the upper gigabyte of that alone,
and 2.1 for both. Everything else that asks for low memory (MAP_32BIT, a program linked
at a fixed address, other states in the process) takes it from there. When it is gone,
Lua code gets "not enough memory", and luaL_newstate returns NULL.`,
	Fix: `Take a LuaJIT with GC64: a 2.1 from 2019-12-08 or later. Or keep large data outside
the Lua heap: memory of ffi.C.malloc does not count, that of ffi.new does.`,
	Refs: []string{
		"https://github.com/LuaJIT/LuaJIT/commit/bd00094c3b50e193fb32aad79b7ea8ea6b78ed25",
		"https://github.com/ntop/ntopng/issues/2158",
	},
}
