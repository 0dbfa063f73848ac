package machocheck

import (
	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/luajit"
)

var luajitBytecodeMode = abi.Rule[*File]{
	Doc:   luajit.BytecodeModeDoc,
	Check: checkLuaJITBytecodeMode,
}

func checkLuaJITBytecodeMode(f *File, _ abi.Target) []abi.Finding {
	if !f.embedsLuaJIT() {
		return nil
	}
	return f.LuaJIT.Refused(f.LuaJIT, "this file")
}

// embedsLuaJIT reports whether a file that dyld loads has the VM's code in it.
func (f *File) embedsLuaJIT() bool {
	return f.Loaded() && f.LuaJIT != nil && f.LuaJIT.Role == luajit.Embedded
}

// imports reports whether the file leaves a name of C to others.
func (f *File) imports(name string) bool {
	for i := range f.Imports {
		if inC(f.Imports[i].Name) == name {
			return true
		}
	}
	return false
}
