package dyld

import (
	"testing"

	"github.com/blacktop/go-macho/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/internal/luabuild"
	mb "github.com/abivet/abivet/internal/machobuild"
	"github.com/abivet/abivet/luajit"
	"github.com/abivet/abivet/machocheck"
)

// fake is an object for an Intel Mac.
func fake(path string, kind machocheck.Kind, changes ...func(*Object)) *Object {
	o := &Object{Path: path, File: &machocheck.File{
		Platform: abi.Platform{OS: "darwin", Arch: "amd64"}, Kind: kind, Flags: uint32(types.TwoLevel),
		Segments: []machocheck.Segment{{Name: "__PAGEZERO", Size: 0x10000}},
	}}
	for _, change := range changes {
		change(o)
	}
	return o
}

// vm makes an object a LuaJIT that exports some functions.
func vm(gc64 luajit.Answer, names ...string) func(*Object) {
	return func(o *Object) {
		o.File.LuaJIT = &luajit.Info{Role: luajit.Embedded, GC64: gc64, JIT: luajit.Yes, Version: "2.1.0-beta3", API: len(names)}
		o.File.Exports = append(o.File.Exports, names...)
	}
}

func offering(names ...string) func(*Object) {
	return func(o *Object) { o.File.Exports = append(o.File.Exports, names...) }
}

// calling takes functions from a library.
func calling(library *Object, names ...string) func(*Object) {
	return func(o *Object) {
		o.Needs = append(o.Needs, Need{Object: library})
		for _, name := range names {
			o.File.Imports = append(o.File.Imports, machocheck.Import{Name: name, Library: len(o.Needs)})
		}
	}
}

// lookingUp takes functions from any image.
func lookingUp(names ...string) func(*Object) {
	return func(o *Object) {
		for _, name := range names {
			o.File.Imports = append(o.File.Imports, machocheck.Import{Name: name, Library: machocheck.DynamicLookup})
		}
	}
}

// dump has bytecode for a mode.
func dump(flags uint32) func(*Object) {
	return func(o *Object) {
		o.File.LuaJIT = &luajit.Info{Role: luajit.Linked, Bytecode: []luajit.Bytecode{{Version: 2, Flags: flags, Prototypes: 1}}}
	}
}

func hardenedBy(entitlements ...string) func(*Object) {
	return func(o *Object) {
		o.File.Signature = machocheck.Signature{Present: true, Flags: machocheck.HardenedRuntime, Entitlements: map[string]string{}}
		for _, key := range entitlements {
			o.File.Signature.Entitlements[key] = "true"
		}
	}
}

const frame2 = 8 // BCDUMP_F_FR2: for GC64

// Every rule about the LuaJIT of a process, and what differs where it is silent.
func TestLuaJITInProcess(t *testing.T) {
	const app, lib = machocheck.Executable, machocheck.Library
	api := []string{"_lua_newstate", "_luaL_newstate", "_lua_gettop", "_luaL_loadbuffer"}
	gc64 := fake("/libluajit.dylib", lib, vm(luajit.Yes, api...))
	low := fake("/libluajit.dylib", lib, vm(luajit.No, api...))
	puc := fake("/liblua5.1.dylib", lib, offering(api...))
	front := fake("/front.dylib", lib, func(o *Object) {
		o.Needs = []Need{{Dylib: machocheck.Dylib{Link: machocheck.Reexport}, Object: low}}
	})
	host := fake("/app", app, vm(luajit.Yes))
	open := fake("/app", app, vm(luajit.Yes, api...))
	maker := func(library *Object) *Object { return fake("/app", app, calling(library, "_luaL_newstate")) }
	helper := func(library *Object) *Object { return fake("/helper.dylib", lib, calling(library, "_lua_gettop")) }
	module := func(changes ...func(*Object)) *Object { return fake("/mod.so", machocheck.Bundle, changes...) }
	signed := func(entitlements ...string) *Object { return fake("/app", app, hardenedBy(entitlements...)) }
	started := func(objects ...*Object) Process { return Process{Objects: objects, Opened: len(objects)} }
	opened := func(objects ...*Object) Process { return Process{Objects: objects, Opened: 1} }
	const unsigned, jit = "com.apple.security.cs.allow-unsigned-executable-memory", "com.apple.security.cs.allow-jit"
	tests := map[string]struct {
		process Process
		want    []string
	}{
		"bytecode without GC64 for a library with it":    {started(fake("/app", app, dump(0), calling(gc64, "_luaL_loadbuffer")), gc64), []string{"luajit-bytecode-mode error"}},
		"bytecode for the library":                       {started(fake("/app", app, dump(frame2), calling(gc64, "_luaL_loadbuffer")), gc64), nil},
		"bytecode of what calls no Lua":                  {started(fake("/app", app, dump(0)), gc64), []string{"luajit-bytecode-mode error"}},
		"and where there are two":                        {started(fake("/app", app, dump(0)), gc64, puc), nil},
		"bytecode that PUC's Lua gets":                   {started(fake("/app", app, dump(0), calling(puc, "_luaL_loadbuffer")), puc), nil},
		"lua_newstate":                                   {started(fake("/app", app, calling(low, "_lua_newstate")), low), []string{"luajit-newstate error"}},
		"lua_newstate by a library that offers LuaJIT's": {started(fake("/app", app, calling(front, "_lua_newstate")), front, low), []string{"luajit-newstate error"}},
		"lua_newstate with GC64":                         {started(fake("/app", app, calling(gc64, "_lua_newstate")), gc64), nil},
		"lua_newstate of PUC's":                          {started(fake("/app", app, calling(puc, "_lua_newstate")), low, puc), nil},
		"luaL_newstate too":                              {started(fake("/app", app, calling(low, "_lua_newstate", "_luaL_newstate")), low), nil},
		"hardened":                                       {started(signed(), gc64), []string{"luajit-hardened-runtime error"}},
		"hardened, and may only use MAP_JIT":             {started(signed(jit), gc64), nil},
		"hardened, with the entitlement":                 {started(signed(unsigned), gc64), nil},
		"hardened, and opens a module with a LuaJIT":     {opened(signed(), module(vm(luajit.Yes))), []string{"luajit-hardened-runtime error"}},
		"hardened, without JIT":                          {started(signed(), fake("/libluajit.dylib", lib, vm(luajit.Yes), func(o *Object) { o.File.LuaJIT.JIT = luajit.No })), nil},
		"not hardened":                                   {started(fake("/app", app), gc64), nil},
		"a module with a Lua of its own":                 {opened(host, module(vm(luajit.Yes, "_luaopen_mod"))), []string{"luajit-two-runtimes error"}},
		"a plugin with a Lua of its own":                 {opened(host, module(vm(luajit.Yes, "_luaopen_base", "_plugin"))), nil},
		"a module without":                               {opened(open, module(offering("_luaopen_mod"), lookingUp("_lua_gettop"))), nil},
		"a module that brings a library":                 {opened(host, module(offering("_luaopen_mod"), calling(gc64, "_lua_gettop")), gc64), []string{"luajit-two-runtimes warning"}},
		"one that makes states in it":                    {opened(host, module(offering("_luaopen_mod"), calling(gc64, "_lua_gettop", "_luaL_newstate")), gc64), nil},
		"a library that calls the other Lua":             {started(maker(gc64), gc64, helper(puc), puc), []string{"luajit-two-runtimes warning"}},
		"each its own":                                   {started(maker(gc64), gc64, fake("/b.dylib", lib, calling(puc, "_luaL_newstate")), puc), nil},
		"one for both":                                   {started(maker(gc64), gc64, helper(gc64)), nil},
		"either answers":                                 {opened(open, module(lookingUp("_lua_gettop")), puc), []string{"luajit-two-runtimes warning"}},
		"a module that gets another than its host's":     {opened(host, module(lookingUp("_lua_gettop")), puc), []string{"luajit-two-runtimes warning"}},
		"two of PUC's":                                   {started(maker(puc), puc, helper(fake("/liblua5.4.dylib", lib, offering(api...)))), nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			p := tt.process
			p.File, p.Platform = p.Objects[0].Path, p.Objects[0].File.Platform
			assert.ElementsMatch(t, tt.want, found(&p))
		})
	}
}

// A LuaJIT is found in a library of a program that is only read.
func TestLuaJITIsFound(t *testing.T) {
	entitled := func(xml string) part { return sign(mb.Signed{Flags: 0x10002, XML: []byte(xml)}) }
	const (
		before = `<plist version="1.0"><dict><key>com.apple.security.cs.disable-library-validation</key><true/>`
		after  = `</dict></plist>`
		extra  = `<key>com.apple.security.cs.allow-unsigned-executable-memory</key><true/>`
	)
	vm := luabuild.VM{GC64: true, JIT: true, Version: "2.1.0-beta3"}
	library := dylib("libluajit", intel, exports("_lua_gettop"), without[mb.Segment](), with(mb.Segment{
		Name: "__TEXT", Size: 0x20000, MaxProt: 5, InitProt: 5, Header: true, Data: append(vm.Code(), vm.Constants()...),
	}))
	for entitlements, want := range map[string][]string{before + after: {"luajit-hardened-runtime error"}, before + extra + after: {}} {
		p := load(t, files{"/app": program(intel, entitled(entitlements), needs("@loader_path/libluajit.dylib")), "/libluajit.dylib": library}, Request{Arch: "amd64"})
		require.Empty(t, p.Failures)
		assert.Equal(t, want, found(p), "%+v", p.Objects[1].luaJIT())
	}
}
