package machocheck

import (
	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/luajit"
)

var luajitNewState = abi.Rule[*File]{
	Doc:   luajit.NewStateDoc,
	Check: checkLuaJITNewState,
}

func checkLuaJITNewState(f *File, _ abi.Target) []abi.Finding {
	if !f.Loaded() || !f.hasLuaJIT() || f.LuaJIT.Role != luajit.Linked || !f.imports("lua_newstate") || f.imports("luaL_newstate") {
		return nil
	}
	return luajit.NewStateFails(f.Platform, f.LuaJIT, "the library of LuaJIT that it needs")
}
