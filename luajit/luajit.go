// Package luajit tells what a LuaJIT inside a file is (version, mode) and what
// it asks of its host. It knows no file format: a reader hands it an [Image].
package luajit

import (
	"fmt"
	"io"

	"github.com/abivet/abivet/abi"
)

// An Answer is yes, no or not known. A question that the evidence does not
// decide stays Unknown; nothing is guessed.
type Answer int

// The answers.
const (
	Unknown Answer = iota
	No
	Yes
)

func (a Answer) String() string {
	switch a {
	case No:
		return "no"
	case Yes:
		return "yes"
	}
	return "unknown"
}

// MarshalText writes yes, no or unknown.
func (a Answer) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (a *Answer) UnmarshalText(text []byte) error {
	for _, b := range []Answer{Unknown, No, Yes} {
		if string(text) == b.String() {
			*a = b
			return nil
		}
	}
	return fmt.Errorf("answer %q: want yes, no or unknown", text)
}

// A Role says what a file has to do with LuaJIT.
type Role string

// The roles. A version string alone is no evidence of embedding: ten programs
// of Debian carry it and only link the library.
const (
	None     Role = "none"
	Mentions Role = "mentions" // says the name, no more
	Linked   Role = "linked"   // needs a libluajit
	Embedded Role = "embedded" // the VM's own code is in the file
)

// An Info is what is known of the LuaJIT in a file.
type Info struct {
	Role Role
	// Version is as the file writes it: 2.1.1727870382. A Linked one writes
	// that of the headers it was compiled with, if any. It is empty where the
	// file does not: a program that uses none of the jit library has none.
	Version string
	// Fork is who writes it, where that is not LuaJIT's own project and can be
	// told: "OpenResty", "Tarantool", "moonjit" or "RaptorJIT". The versions
	// of the last two are their own.
	Fork     string
	GC64     Answer
	JIT      Answer
	FFI      Answer
	DualNum  Answer
	Hardened Answer     // built for Apple's hardened runtime; asked of darwin alone
	Bytecode []Bytecode // in the order of the file
	API      int        // functions of Lua's C API that an Embedded one offers to other files
	Evidence []string   // what was found, with counts and file offsets, and what disagreed
}

// Tells reports whether there is anything to be told.
func (i *Info) Tells() bool {
	return i.Role != None || i.Hardened == Yes || len(i.Bytecode) > 0
}

// A Region is a part of a file that is mapped into memory. All regions of an
// image are of the same file; they may overlap.
type Region struct {
	Data       io.ReaderAt // of the whole file
	Offset     int64       // of the region in it
	Size       int64
	Executable bool
}

// An Image is a file as Detect sees it.
type Image struct {
	Platform abi.Platform
	// Part says that it is a relocatable object: what it lacks may be in the
	// next member of its archive. [Join] puts them together.
	Part      bool
	Regions   []Region
	Defined   []string // names of defined symbols and exports, as in C
	Imported  []string // names of undefined symbols, as in C; empty where they were not read
	Libraries []string // sonames or install names that it needs
	GetTop    int64    // offset of the code of lua_gettop in the file; 0 where it is not known
}
