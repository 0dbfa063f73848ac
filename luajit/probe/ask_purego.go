//go:build (darwin && (amd64 || arm64)) || (linux && !android && (386 || amd64 || arm || arm64 || loong64 || ppc64le || riscv64 || (s390x && cgo)))

package probe

import (
	"fmt"
	"strings"

	"github.com/ebitengine/purego"

	"github.com/abivet/abivet/luajit"
)

// Supported says whether libraries can be loaded on this platform.
const Supported = true

// questions is what the library is asked, in Lua. The mode stands in the flags
// of the bytecode that it writes; of the JIT jit.on tells, since jit.status is
// false where it is only turned off.
const questions = `
local dump = string.dump(function() end)
local on, message = pcall(jit.on)
local ffi = pcall(require, "ffi")
local answers = {jit.version, jit.os, jit.arch,
	dump:byte(4) >= 2 and math.floor(dump:byte(5) / 8) % 2 == 1,
	on, (jit.status()), ffi}
for i = 1, #answers do answers[i] = tostring(answers[i]) end
return table.concat(answers, "\n")
`

// api is what of Lua's API is called. A state is an address.
type api struct {
	newState   func() uintptr
	openLibs   func(state uintptr)
	loadString func(state uintptr, source string) int32
	call       func(state uintptr, arguments, results, handler int32) int32
	toString   func(state uintptr, index int32, length uintptr) string
}

// ask loads a library and asks it. It may not return.
func ask(library string) Answer {
	handle, err := purego.Dlopen(library, purego.RTLD_NOW|purego.RTLD_LOCAL)
	if err != nil {
		return Answer{Outcome: NotLoaded, Detail: err.Error()}
	}
	// Before anything of it is called: any Lua has the rest.
	if _, err := purego.Dlsym(handle, "luaJIT_setmode"); err != nil {
		return Answer{Outcome: NotLuaJIT, Detail: err.Error()}
	}
	var lua api
	for name, function := range map[string]any{
		"luaL_newstate": &lua.newState, "luaL_openlibs": &lua.openLibs, "luaL_loadstring": &lua.loadString,
		"lua_pcall": &lua.call, "lua_tolstring": &lua.toString,
	} {
		address, err := purego.Dlsym(handle, name)
		if err != nil {
			return Answer{Outcome: NotLuaJIT, Detail: err.Error()}
		}
		purego.RegisterFunc(function, address)
	}
	return lua.ask()
}

func (lua api) ask() Answer {
	state := lua.newState()
	if state == 0 {
		return Answer{Outcome: NoState, Detail: "luaL_newstate returned NULL"}
	}
	lua.openLibs(state)
	const top = -1
	if code := lua.loadString(state, questions); code != 0 {
		return Answer{Outcome: Failed, Detail: fmt.Sprintf("code %d: %s", code, lua.toString(state, top, 0))}
	}
	if code := lua.call(state, 0, 1, 0); code != 0 {
		return Answer{Outcome: Failed, Detail: fmt.Sprintf("code %d: %s", code, lua.toString(state, top, 0))}
	}
	text := lua.toString(state, top, 0)
	said := strings.Split(text, "\n")
	if len(said) != 7 {
		return Answer{Outcome: Failed, Detail: fmt.Sprintf("answered %q: want 7 lines", text)}
	}
	return Answer{
		Outcome: Answered,
		Version: strings.TrimPrefix(said[0], "LuaJIT "), OS: said[1], Arch: said[2],
		GC64: truth(said[3]), JIT: truth(said[4]), JITOn: said[5] == "true", FFI: truth(said[6]),
	}
}

func truth(word string) luajit.Answer {
	switch word {
	case "true":
		return luajit.Yes
	case "false":
		return luajit.No
	}
	return luajit.Unknown
}
