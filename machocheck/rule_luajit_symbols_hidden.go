package machocheck

import (
	"fmt"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/luajit"
)

var luajitSymbolsHidden = abi.Rule[*File]{
	Doc:   luajit.SymbolsHiddenDoc,
	Check: checkLuaJITSymbolsHidden,
}

func checkLuaJITSymbolsHidden(f *File, _ abi.Target) []abi.Finding {
	if f.Kind != Executable || !f.embedsLuaJIT() || f.LuaJIT.API > 0 || !f.imports("dlopen") {
		return nil
	}
	return []abi.Finding{{
		Message: fmt.Sprintf("%s and can load modules in C (imports dlopen), which will not find lua_gettop: none of Lua's functions is exported; link the program with -Wl,-export_dynamic",
			f.luaJITHow()),
		Evidence: append([]string{"import _dlopen", "no export begins with _lua_ or _luaL_"}, f.LuaJIT.Evidence...),
		Subject:  "lua_gettop",
	}}
}
