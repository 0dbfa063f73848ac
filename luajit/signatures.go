package luajit

import "strings"

// A signature is a run of bytes that LuaJIT leaves in a file.
type signature struct {
	name  string // in evidence
	bytes string
	rare  int // index of the byte that ordinary files have least of; the search goes by it
}

// A dispatch is the end of most instructions of LuaJIT's interpreter: fetch the
// next bytecode, take it apart, jump to its handler. It is written in assembly
// and assembled by DynASM, so no compiler, optimisation or stripping changes
// it, and the registers in it tell the mode.
type dispatch struct {
	arch string // of abi.Platform
	gc64 Answer
	signature
}

// An interpreter has some 77 to 102 of its dispatch, in each of 467 files of 62
// builds; no other file of 3,503 had one. One alone may be a pattern in a tool
// that looks for it.
const fewestDispatches = 20

// From ins_NEXT (arm: ins_NEXT3) in src/vm_*.dasc, unchanged from
// v2.0.0-rc1 of 2012 to the v2.1 branch of 2026-08.
var dispatches = []dispatch{
	{"amd64", Yes, signature{"dispatch of amd64 with GC64", "\x8b\x03\x0f\xb6\xcc\x0f\xb6\xe8\x48\x83\xc3\x04\xc1\xe8\x10\x41\xff\x24\xee", 18}},
	{"amd64", No, signature{"dispatch of amd64 without GC64", "\x8b\x03\x0f\xb6\xcc\x0f\xb6\xe8\x83\xc3\x04\xc1\xe8\x10\x41\xff\x24\xee", 17}},
	{"386", No, signature{"dispatch of 386", "\x8b\x06\x0f\xb6\xcc\x0f\xb6\xe8\x83\xc6\x04\xc1\xe8\x10\xff\x24\xab", 16}},
	// ldr w16, [x21], #4; add x9, x22, w16, uxtb #3
	{"arm64", Yes, signature{"dispatch of arm64", "\xb0\x46\x40\xb8\xc9\x0e\x30\x8b", 4}},
	{"arm", No, signature{"dispatch of arm", "\x0c\xc1\x97\xe7\xae\xa2\x04\xe0\x2e\xb8\xa0\xe1\x1c\xff\x2f\xe1", 1}},
}

// always has the answers that the processor alone gives, from src/lj_arch.h.
var always = map[string]struct{ gc64, dualNum Answer }{
	"386":      {gc64: No},
	"arm":      {gc64: No, dualNum: Yes},
	"arm64":    {gc64: Yes, dualNum: Yes},
	"mips":     {gc64: No},
	"mipsle":   {gc64: No},
	"mips64":   {gc64: Yes, dualNum: Yes}, // is of 2.1 alone; MIPS of 2.0 has no DUALNUM
	"mips64le": {gc64: Yes, dualNum: Yes},
	"ppc":      {gc64: No},
	"s390x":    {gc64: Yes, dualNum: Yes}, // of OpenResty and moonjit
}

// Texts of LuaJIT. Those with a zero byte inside are joined when the program
// starts: this package must not find itself in whoever links it.
var (
	// The first of the messages in lj_err_allmsg, which are one array
	// (src/lj_errmsg.h).
	errorMessages = signature{"head of the error messages", zeroTerminated("not enough memory", "error in error handling", "C++ exception", "string length overflow"), 43}
	// Begins the version, LUAJIT_VERSION in src/luajit.h and luajit_rolling.h.
	nameText  = signature{"name", "LuaJIT", 3}
	dumpMagic = signature{"magic of bytecode", BytecodeMagic, 0}

	// In builds with JIT some go on: ", CPU does not support SSE2".
	jitOn   = signature{"message of a build with JIT", "\x00JIT compiler disabled", 1}
	jitOff  = signature{"message of a build without JIT", "JIT compiler permanently disabled by build option", 0}
	jitNone = signature{"message of a processor without JIT", "no JIT compiler for this architecture (yet)", 3}
	ffiOn   = signature{"messages of a build with FFI", zeroTerminated("size of C type is unknown or too large", "bad storage class"), 8}

	// src/lib_aux.c since 055396a6 (2010-01-24).
	mustUse = signature{"message of lua_newstate without GC64", "Must use luaL_newstate() for 64 bit target", 0}
	// What ffi.abi answers to, src/lib_ffi.c since 70f4b15e (2019-12-08).
	abiGC64  = signature{"gc64 among the answers of ffi.abi", zeroTerminated("\x04gc64"), 0}
	abi64Bit = signature{"64bit among the answers of ffi.abi", "\x0564bit\x03fpu", 0}
)

// Forks leave texts of their own. Those of OpenResty and Tarantool are messages
// of the same array, the others begin the version.
var forks = []struct {
	name   string
	banner bool // it begins the version
	signature
}{
	{"Tarantool", false, signature{"message of Tarantool", "Lua VM re-entrancy is detected while executing the trace", 0}},
	{"OpenResty", false, signature{"message of OpenResty's jit.prngstate", "PRNG state must be an array with up to 8 integers", 0}},
	{"moonjit", true, signature{"version of moonjit", "\x00moonjit 2.", 1}},
	{"RaptorJIT", true, signature{"version of RaptorJIT", "\x00RaptorJIT 1.", 1}},
}

func zeroTerminated(texts ...string) string {
	return strings.Join(texts, "\x00") + "\x00"
}

// A dualNum is how the interpreter asks of a value whether it is an integer: it
// compares its tag and jumps. Where integers have a type of their own
// (LUAJIT_NUMMODE, DUALNUM) some of the jumps are jne; else all are jae.
type dualNum struct {
	arch    string
	gc64    Answer
	compare string // the end of the comparison
}

// From checknumx and checkint in src/vm_x64.dasc and vm_x86.dasc.
var dualNums = []dualNum{
	{"amd64", Yes, "\x41\x83\xfb\xf2"},
	{"amd64", No, "\x04\xff\xff\xfe\xff"},
	{"386", No, "\x04\xf2"},
}

// fewestJumps is more than what chance brings between the first and the last
// dispatch of an interpreter.
const fewestJumps = 10
