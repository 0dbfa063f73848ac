package luajit

import "github.com/abivet/abivet/abi"

// LowMemory is the end of the memory that a 64-bit LuaJIT without GC64 can use
// for its objects: addresses of 31 bits.
const LowMemory uint64 = 1 << 31

// LinkFlags returns what the main executable must be linked with, in the words
// of a C compiler's command line, so that a LuaJIT of the given mode works in
// it on the platform; nil where nothing is needed. They are for the main
// executable, also where LuaJIT comes in through a library.
//
// Where the mode is Unknown, a program for darwin/amd64 gets the flags: one
// that needs them dies at its start without, one that does not need them
// starts with them too. Never hand the result for amd64 to a link for arm64,
// nor to one for both: the kernel does not start an arm64 program with a small
// page zero.
//
// The -image_base 100000000 that used to be asked for beside it is not among
// them. It does not give LuaJIT any memory, and Apple's linker ignores it for
// position independent programs while others refuse it.
func LinkFlags(p abi.Platform, gc64 Answer) []string {
	if p.OS != darwin || p.Arch != "amd64" || gc64 == Yes {
		return nil
	}
	return []string{"-Wl,-pagezero_size,0x10000"}
}
