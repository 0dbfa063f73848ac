package machocheck

import (
	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/luajit"
)

var luajitUnwind = abi.Rule[*File]{
	Doc:   luajit.UnwindDoc,
	Check: checkLuaJITUnwind,
}

func checkLuaJITUnwind(f *File, _ abi.Target) []abi.Finding {
	if !f.embedsLuaJIT() || !f.imports("_Unwind_RaiseException") {
		return nil
	}
	for _, name := range []string{"__unwind_info", "__eh_frame"} {
		if s, ok := f.Section(name); ok && s.Size > 0 {
			return nil
		}
	}
	return []abi.Finding{{
		Message:  f.luaJITHow() + ", which unwinds by _Unwind_RaiseException, but has neither __unwind_info nor __eh_frame to unwind by",
		Evidence: append([]string{"import __Unwind_RaiseException", "no section __unwind_info or __eh_frame"}, f.LuaJIT.Evidence...),
		Subject:  "__unwind_info",
	}}
}
