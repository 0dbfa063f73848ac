package luajit

import (
	"bytes"
	"iter"
	"strings"
)

// Suspect tells from names alone whether an image can hold a LuaJIT or need
// one, and so whether [Detect] is worth reading it. It reads nothing.
//
// It relies on what a LuaJIT cannot be linked without, however it was built and
// stripped. Where Imported is empty nothing can be told from it, and every image
// with enough code is a suspect; so it can be asked before the symbols are read,
// and again after. Known to pass unseen is a LuaJIT without symbols
// whose libm is linked in while its libc is not, in a build with
// LUAJIT_USE_SYSMALLOC. (With glibc from 2.26 on, such a program does not link
// on amd64.)
//
// Of 11,965 ELF files of a Debian system it suspects 186: static programs, and
// those with a language of their own, such as Lua, Python, PHP and LLVM.
func Suspect(img Image) bool {
	if img.Part {
		return suspectPart(img)
	}
	if named(img) {
		return true
	}
	var code int64
	for _, r := range img.Regions {
		if r.Executable {
			code += r.Size
		}
	}
	if code < leastCode {
		return false
	}
	var has imports
	for _, name := range img.Imported {
		has |= importOf(name)
	}
	// Without a library, whatever it calls may be in it.
	return len(img.Libraries) == 0 || len(img.Imported) == 0 ||
		has&hostMath == hostMath || has&(hostMemory|importLibm) == hostMemory
}

// suspectPart goes by the names that the files of LuaJIT have for each other.
// None of them is alone: even the interpreter's imports lj_err_throw.
func suspectPart(img Image) bool {
	for _, names := range [][]string{img.Imported, img.Defined} {
		for _, name := range names {
			if isLuaSymbol(name) {
				return true
			}
		}
	}
	return len(img.Imported)+len(img.Defined) == 0
}

// leastCode is less than any LuaJIT has. The smallest that could be made, v2.0.5
// without JIT and FFI, -Os, unused sections dropped and nothing but the core of
// the API used, has 42 KiB in its executable segment.
const leastCode = 32 << 10

// Imports are functions that LuaJIT calls, of which an image imports some.
//
// The interpreter itself, written in assembly, calls sinh, cosh and tanh, and
// lj_err.c calls exit where an error finds no handler: in every version and
// build. The memory of its objects comes from mmap and munmap, on Linux from
// mremap too; so a program with a static libm is found, except where the option
// LUAJIT_USE_SYSMALLOC has it come from realloc, which most programs import.
type imports uint

const (
	importExit imports = 1 << iota
	importSinh
	importCosh
	importTanh
	importMmap
	importMunmap
	importMremap
	importLibm

	hostMath   = importExit | importSinh | importCosh | importTanh
	hostMemory = importExit | importMmap | importMunmap | importMremap
)

// calls are the functions, by their first letter: most names begin with none.
var calls = [256][]struct {
	name string
	is   imports
}{
	'c': {{"cosh", importCosh}},
	'e': {{"exit", importExit}, {"exp", importLibm}},
	'f': {{"fmod", importLibm}},
	'l': {{"log", importLibm}},
	'm': {{"mmap", importMmap}, {"mmap64", importMmap}, {"munmap", importMunmap}, {"mremap", importMremap}},
	'p': {{"pow", importLibm}},
	's': {{"sinh", importSinh}},
	't': {{"tanh", importTanh}},
}

func importOf(name string) imports {
	if name == "" {
		return 0
	}
	for _, call := range calls[name[0]] {
		if call.name == name {
			return call.is
		}
	}
	return 0
}

// isLuaSymbol tells the symbols of Lua's API, PUC's included, and of LuaJIT's
// inside.
func isLuaSymbol(name string) bool {
	if len(name) < 4 || name[0] != 'l' {
		return false // as nearly all names
	}
	return isAPI(name) || strings.HasPrefix(name, ownPrefix) || strings.HasPrefix(name, insidePrefix)
}

const (
	apiPrefix     = "lua_"
	libraryPrefix = "luaL_"
	ownPrefix     = "luaJIT_"
	insidePrefix  = "lj_"
)

// Leads reports whether a name, or one that begins so, may be one that [Suspect]
// goes by: who has many names need not keep the others.
func Leads[Name string | []byte](beginning Name) bool {
	if len(beginning) == 0 {
		return true
	}
	leads := func(name string) bool {
		n := min(len(name), len(beginning))
		return string(beginning[:n]) == name[:n]
	}
	for _, call := range calls[beginning[0]] {
		if leads(call.name) {
			return true
		}
	}
	return beginning[0] == 'l' && (leads(apiPrefix) || leads(libraryPrefix) || leads(ownPrefix) || leads(insidePrefix))
}

// Places yields where in a table of strings a name may begin that is of Lua's API or of
// LuaJIT's inside, other strings that have one in them among these: to search a large
// table takes a fraction of the time of looking at its names one by one.
func Places(table []byte) iter.Seq[int] {
	return func(yield func(int) bool) {
		for _, prefix := range [...]string{apiPrefix, libraryPrefix, ownPrefix, insidePrefix} {
			for at := 0; ; at++ {
				next := bytes.Index(table[at:], []byte(prefix))
				if next < 0 {
					break
				}
				if at += next; !yield(at) {
					return
				}
			}
		}
	}
}

func isAPI(name string) bool {
	return strings.HasPrefix(name, apiPrefix) || strings.HasPrefix(name, libraryPrefix)
}
