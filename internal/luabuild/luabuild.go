// Package luabuild writes files that hold what every LuaJIT holds, for tests:
// its dispatch, its messages and a version. Nothing in them can run.
package luabuild

import (
	"bytes"
	"debug/elf"
	"strings"

	"github.com/abivet/abivet/internal/elfbuild"
	"github.com/abivet/abivet/internal/machobuild"
)

// A VM is what the image of a LuaJIT is made of. The zero value is one for
// amd64 without GC64, JIT, FFI and version.
type VM struct {
	ARM64   bool // always with GC64
	GC64    bool
	JIT     bool
	FFI     bool
	Version string // 2.0.5
	Extra   string // behind its constants
}

// Code is the interpreter, with as many dispatches as a real one has.
func (v VM) Code() []byte {
	dispatch := "\x8b\x03\x0f\xb6\xcc\x0f\xb6\xe8\x83\xc3\x04\xc1\xe8\x10\x41\xff\x24\xee"
	switch {
	case v.ARM64:
		dispatch = "\xb0\x46\x40\xb8\xc9\x0e\x30\x8b"
	case v.GC64:
		dispatch = "\x8b\x03\x0f\xb6\xcc\x0f\xb6\xe8\x48\x83\xc3\x04\xc1\xe8\x10\x41\xff\x24\xee"
	}
	return bytes.Repeat([]byte(dispatch+strings.Repeat("\x90", 600)), 80)
}

// Constants are the messages of the build, and its version.
func (v VM) Constants() []byte {
	words := []string{"not enough memory", "error in error handling", "C++ exception", "string length overflow"}
	jit := "JIT compiler permanently disabled by build option"
	if v.JIT {
		jit = "JIT compiler disabled"
	}
	words = append(words, jit)
	if v.FFI {
		words = append(words, "size of C type is unknown or too large", "bad storage class")
	}
	if v.Version != "" {
		words = append(words, "LuaJIT "+v.Version)
	}
	return []byte("\x00" + strings.Join(words, "\x00") + "\x00" + v.Extra)
}

// ELF writes a linked file with the interpreter in an executable segment of its
// own. Machine, Data and Segments of the image are set here.
func (v VM) ELF(m elfbuild.Image) []byte {
	if v.ARM64 {
		m.Machine = elf.EM_AARCH64
	}
	code := v.Code()
	m.Data = append(code[:len(code):len(code)], v.Constants()...)
	return withCode(m, code)
}

// Dump returns a file without a LuaJIT that has data, such as bytecode.
func Dump(m elfbuild.Image, data string) []byte {
	m.Data = []byte(data)
	return m.Bytes()
}

// withCode adds a segment over the code, which is known by its bytes once all
// headers have their place.
func withCode(m elfbuild.Image, code []byte) []byte {
	size := uint64(len(code))
	segment := elf.ProgHeader{Type: elf.PT_LOAD, Flags: elf.PF_R | elf.PF_X, Filesz: size, Memsz: size}
	m.Segments = append(m.Segments[:len(m.Segments):len(m.Segments)], segment)
	at := uint64(bytes.Index(m.Bytes(), code))
	segment.Off, segment.Vaddr, segment.Paddr = at, 1<<32+at, 1<<32+at
	m.Segments[len(m.Segments)-1] = segment
	return m.Bytes()
}

// MachO writes a dylib for macOS.
func (v VM) MachO() []byte {
	m := machobuild.Image{CPU: machobuild.AMD64, Subtype: machobuild.SubtypeAMD64, Type: machobuild.Dylib, Flags: machobuild.DyldLink | machobuild.TwoLevel}
	if v.ARM64 {
		m.CPU, m.Subtype = machobuild.ARM64, 0
	}
	code := append(v.Code(), v.Constants()...)
	m.Commands = []machobuild.Command{
		machobuild.Segment{Name: "__TEXT", Size: 0x20000, MaxProt: 5, InitProt: 5, Header: true, Data: code},
		machobuild.Segment{Name: "__LINKEDIT", Addr: 0x20000, Size: 0x4000, MaxProt: 1, InitProt: 1, Rest: true},
		machobuild.Build{Platform: machobuild.MacOS, MinOS: machobuild.Version(11, 0, 0)},
		machobuild.Symtab{Defined: []string{"_lua_gettop"}, Undefined: []machobuild.Undefined{{Name: "_exit", Library: 1}}, Ranges: true},
	}
	return m.Bytes()
}
