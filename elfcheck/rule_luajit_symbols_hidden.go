package elfcheck

import (
	"fmt"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/luajit"
)

var luajitSymbolsHidden = abi.Rule[*File]{
	Doc:   luajit.SymbolsHiddenDoc,
	Check: checkLuaJITSymbolsHidden,
}

// A static program has no dlopen to import, and loads nothing.
func checkLuaJITSymbolsHidden(f *File, _ abi.Target) []abi.Finding {
	if !f.isProgram() || !f.hasLuaJIT(luajit.Embedded) || f.LuaJIT.API > 0 || !f.imports("dlopen") {
		return nil
	}
	return []abi.Finding{{
		Message: fmt.Sprintf("embeds LuaJIT %sand can load modules in C (imports dlopen), which will not find lua_gettop: none of Lua's functions is exported; link the program with -Wl,-E",
			versionBefore(f.LuaJIT)),
		Evidence: append([]string{"import dlopen", "no export begins with lua_ or luaL_"}, f.LuaJIT.Evidence...),
		Subject:  "lua_gettop",
	}}
}
