package luajit

import "github.com/abivet/abivet/abi"

// BytecodeModeDoc is of bytecode that the LuaJIT beside it refuses.
var BytecodeModeDoc = abi.Doc{
	ID:       "luajit-bytecode-mode",
	Title:    "bytecode is of another mode or version than the LuaJIT that is to run it",
	Severity: abi.Error,
	Why: `What luajit -b or string.dump wrote loads only into a LuaJIT of the same branch (2.0 or
2.1) and the same mode: with GC64 a call takes two slots of the frame, without it one,
and the bytecode has the numbers in it. Any other refuses it when it is loaded: "cannot
load incompatible bytecode". A program that does not look at that error goes on without
the chunk and fails later: "attempt to index a nil value".

The library has the same name in every mode, libluajit-5.1.so.2: a program built on one
system meets the other mode on the next. Debian 11 has it without GC64, Debian 12 with.
No version ends this. Since 2.1 of 2024-01-25 luajit -b can write for either mode.`,
	Fix: `Compile the bytecode with a luajit of the mode of the runtime, in every build for every
system: luajit -b -X for one with GC64, -W for one without (2.1 from 2024-01-25); an older
luajit writes its own mode alone. Or embed the source (xxd -i, CMake's file(GENERATE),
go:embed, include_bytes!) and let the runtime compile it: that works with all. Bytecode
that is in the file does not depend on flags of the linker.`,
	Refs: []string{
		"https://luajit.org/running.html#opt_b",
		"https://github.com/LuaJIT/LuaJIT/issues/967",
		"https://github.com/LuaJIT/LuaJIT/blob/v2.1/src/lj_bcread.c",
	},
}

// SymbolsHiddenDoc is of a program whose LuaJIT modules in C cannot call.
var SymbolsHiddenDoc = abi.Doc{
	ID:       "luajit-symbols-hidden",
	Title:    "modules in C do not find the LuaJIT that is in the program",
	Severity: abi.Warning,
	Why: `LuaJIT is linked into this program, and the program loads libraries, yet it does not
export Lua's functions. Modules in C (lfs, cjson, lpeg, socket) are linked without a Lua
and take lua_gettop and the others from the program that loads them. require then fails:
"undefined symbol: lua_gettop", on macOS "symbol not found in flat namespace
'_lua_gettop'". A module that brings a Lua of its own loads, and two runtimes then work
on one state: it hangs or crashes.

It is so in every version. A program that never loads modules in C loses nothing.`,
	Fix: `Export the functions of the program:
  linker  cc -Wl,-E (or -rdynamic); macOS: cc -Wl,-export_dynamic, and strip -x
  CMake   set_target_properties(program PROPERTIES ENABLE_EXPORTS ON)
  Go      #cgo LDFLAGS: -Wl,-E (cmd/go takes it), or -ldflags '-extldflags -rdynamic'
  Cargo   println!("cargo:rustc-link-arg-bins=-rdynamic"); in build.rs
Do not compile LuaJIT with -fvisibility=hidden, nor link it with --exclude-libs. Where
the linker leaves out what the program does not call, put the archive between
-Wl,--whole-archive and -Wl,--no-whole-archive (macOS: -Wl,-force_load,libluajit.a).`,
	Refs: []string{
		"https://luajit.org/install.html#embed",
		"https://github.com/openresty/lua-nginx-module/issues/2106",
	},
}

// TwoRuntimesDoc is of two Lua runtimes in one process.
var TwoRuntimesDoc = abi.Doc{
	ID:       "luajit-two-runtimes",
	Title:    "two Lua runtimes meet in one process",
	Severity: abi.Warning,
	Why: `LuaJIT and PUC's Lua 5.1 have the same functions by name, and states that are nothing
alike. Where a process has both, the linker's order decides in silence which of them
answers: with -llua5.1 before -lluajit-5.1 the program runs on PUC's. Where a module in C
brings a runtime of its own and the host does not export its one, the module's functions
get the host's state: a host with GC64 hangs for ever, one without dies of a segmentation
fault. Neither LuaJIT nor Lua 5.1 looks for that (5.2 does: "multiple Lua VMs detected").

It is so in every version.`,
	Fix: `Link one runtime, and link it into the program alone. Link modules in C against none:
  linker  leave -lluajit-5.1 and -llua5.1 out of the module; macOS: -Wl,-undefined,dynamic_lookup
  CMake   add_library(module MODULE ...) without target_link_libraries for Lua; only include
          directories; on macOS LINK_FLAGS "-undefined dynamic_lookup"
  Go      #cgo pkg-config: luajit in one package only, not lua5.1 beside it; see go list -deps
  Cargo   one feature of mlua or rlua: luajit or lua51; module for a module
and export the functions of a host that has its runtime inside; luajit-symbols-hidden has
the words for that.`,
	Refs: []string{
		"https://luajit.org/install.html#embed",
		"http://lua-users.org/wiki/BuildingModules",
	},
}

// UnwindDoc is of a LuaJIT whose errors find no way up the stack.
var UnwindDoc = abi.Doc{
	ID:       "luajit-unwind",
	Title:    "LuaJIT cannot unwind the stack to raise an error",
	Severity: abi.Warning,
	Why: `This build of LuaJIT leaves unwinding to the system (_Unwind_RaiseException), as those
for x86-64 always do and others since 2021-03-23. The unwinder needs the tables of every
frame between the error and its pcall. This file has lost them: the first error, even one
that pcall would catch, ends the program with "PANIC: unprotected error in call to Lua
API".`,
	Fix: `Keep .eh_frame and .eh_frame_hdr:
  linker  cc without -Wl,--no-eh-frame-hdr and without a script that drops .eh_frame;
          strip without -R .eh_frame; -static needs -Wl,--eh-frame-hdr
  CMake   no target_link_options of those; CMAKE_STRIP must not be sstrip or strip -R
  Go      nothing of that in CGO_LDFLAGS or -extldflags
  Cargo   -C force-unwind-tables=yes for the Rust frames between
and compile C code that Lua errors pass through with -funwind-tables.`,
	Refs: []string{
		"https://luajit.org/extensions.html#exceptions",
		"https://github.com/LuaJIT/LuaJIT/issues/573",
	},
}
