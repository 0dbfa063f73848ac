package main

import (
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/abivet/abivet/internal/elfbuild"
	"github.com/abivet/abivet/internal/luabuild"
	"github.com/abivet/abivet/internal/machobuild"
)

// luaChunk is: return 1, compiled by a LuaJIT 2.1 with GC64.
const luaChunk = "\x1bLJ\x02\x08\x02=x\x0c\x00\x00\x02\x00\x00\x00\x01\x00\x48\x00\x01\x00\x00"

// luafile FILE WORD... writes an image of a LuaJIT for amd64; the words are
// gc64, jit, ffi, arm64, bytecode, macho, universal and a version.
func writeLuaJIT(ts *testscript.TestScript, _ bool, args []string) {
	var vm luabuild.VM
	format := "elf"
	for _, word := range args[1:] {
		switch word {
		case "gc64":
			vm.GC64 = true
		case "jit":
			vm.JIT = true
		case "ffi":
			vm.FFI = true
		case "arm64":
			vm.ARM64 = true
		case "bytecode":
			vm.Extra = luaChunk
		case "macho", "universal", "chunk", "linked", "mention":
			format = word
		default:
			vm.Version = word
		}
	}
	needs := elfbuild.Image{Needed: []string{"libluajit-5.1.so.2"}, Symbols: []elfbuild.Symbol{{Name: "lua_gettop"}}}
	var data []byte
	switch format {
	case "elf":
		data = vm.ELF(elfbuild.Image{SOName: "libluajit-5.1.so.2"})
	case "macho":
		data = vm.MachO()
	case "universal":
		arm := vm
		arm.ARM64 = true
		data = machobuild.Universal(
			machobuild.Part{CPU: machobuild.AMD64, Subtype: machobuild.SubtypeAMD64, Data: vm.MachO()},
			machobuild.Part{CPU: machobuild.ARM64, Data: arm.MachO()})
	case "chunk":
		data = []byte(luaChunk)
	case "mention":
		data = luabuild.Dump(elfbuild.Image{Needed: []string{"libc.so.6"}}, "\x00LuaJIT "+vm.Version+"\x00")
	case "linked":
		data = luabuild.Dump(needs, strings.Repeat("\x00", 16)+vm.Extra)
	}
	write(ts, args[0], data)
}
