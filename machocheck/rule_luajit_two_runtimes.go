package machocheck

import (
	"fmt"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/luajit"
)

var luajitTwoRuntimes = abi.Rule[*File]{
	Doc:   luajit.TwoRuntimesDoc,
	Check: checkLuaJITTwoRuntimes,
}

// Which of two libraries answers was settled when the file was linked, by their
// order then.
func checkLuaJITTwoRuntimes(f *File, _ abi.Target) []abi.Finding {
	if !f.Loaded() || !f.hasLuaJIT() {
		return nil
	}
	jit, puc := "", ""
	for _, lib := range f.Dylibs {
		switch {
		case luajit.IsLibrary(lib.Name):
			jit = lib.Name
		case luajit.IsPUCLibrary(lib.Name):
			puc = lib.Name
		}
	}
	finding := abi.Finding{Evidence: f.LuaJIT.Evidence, Subject: "LuaJIT"}
	switch {
	case jit != "" && puc != "":
		finding.Message = fmt.Sprintf("needs both %q and %q, which have the same functions; link one of them", jit, puc)
	case f.embedsLuaJIT() && jit+puc != "":
		finding.Message = fmt.Sprintf("%s and needs another runtime, %q; link one of them", f.luaJITHow(), jit+puc)
	default:
		return nil
	}
	return []abi.Finding{finding}
}
