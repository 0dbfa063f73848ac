// Package probe asks a LuaJIT what it is by loading it. Package luajit tells
// from the file alone; this is for those who want to hear it from the library.
//
// Code of the library runs, with the rights of the caller. It runs in a process
// of its own: whatever a library does there, crash, hang or exit, is an answer.
//
// A program that imports this package needs libc.so.6 on Linux, with cgo or
// without: that is how purego loads libraries.
package probe

import (
	"errors"
	"time"

	"github.com/abivet/abivet/luajit"
)

// An Outcome says how far the probe got.
type Outcome string

// The outcomes.
const (
	Answered  Outcome = "answered"   // the rest of the Answer is there
	NotLoaded Outcome = "not loaded" // by the dynamic linker, which says why
	NotLuaJIT Outcome = "not LuaJIT" // it is loaded and has none of LuaJIT's functions
	// NoState is luaL_newstate returning nothing. A LuaJIT without GC64 does
	// that where the prober itself has no low memory to give; it says little
	// of another program.
	NoState Outcome = "no state"
	Failed  Outcome = "failed"   // Lua code raised an error
	Crashed Outcome = "crashed"  // the process died of a signal
	Exited  Outcome = "exited"   // the library ended the process
	Hung    Outcome = "hung"     // nothing was heard in time
	Silent  Outcome = "no probe" // this build or platform cannot load libraries
)

// An Answer is what a library said when it ran. A field is zero where nothing
// was said.
type Answer struct {
	Outcome Outcome       `json:"outcome"`
	Version string        `json:"version,omitempty"` // 2.1.1727870382
	OS      string        `json:"os,omitempty"`      // in LuaJIT's words: Linux, OSX
	Arch    string        `json:"arch,omitempty"`    // x64, arm64
	GC64    luajit.Answer `json:"gc64"`
	JIT     luajit.Answer `json:"jit"`    // it has one
	JITOn   bool          `json:"jit_on"` // and uses it here
	FFI     luajit.Answer `json:"ffi"`
	Detail  string        `json:"detail,omitempty"` // where the Outcome is not Answered
}

// ErrUnsupported says that libraries cannot be loaded on this platform.
var ErrUnsupported = errors.New("no libraries can be loaded on this platform")

// Timeout is how long a library has to answer, unless the context of [Run] ends
// before. One that answers does so within milliseconds.
const Timeout = 10 * time.Second
