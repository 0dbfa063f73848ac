package elfcheck

import (
	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/luajit"
)

var luajitBytecodeMode = abi.Rule[*File]{
	Doc:   luajit.BytecodeModeDoc,
	Check: checkLuaJITBytecodeMode,
}

func checkLuaJITBytecodeMode(f *File, _ abi.Target) []abi.Finding {
	if !f.hasLuaJIT(luajit.Embedded) {
		return nil
	}
	return f.LuaJIT.Refused(f.LuaJIT, "this file")
}

// hasLuaJIT reports whether a file that is loaded has a part in LuaJIT.
func (f *File) hasLuaJIT(role luajit.Role) bool {
	return f.LuaJIT != nil && f.LuaJIT.Role == role && f.Kind != Object && f.Kind != DebugInfo
}

func (f *File) isProgram() bool { return f.Kind == Executable || f.Kind == PIE }

// imports reports whether the file leaves a symbol to others.
func (f *File) imports(name string) bool {
	for i := range f.Imports {
		if f.Imports[i].Name == name {
			return true
		}
	}
	return false
}
