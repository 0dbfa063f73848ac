package elfcheck

import (
	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/luajit"
)

var luajitFixedDefect = abi.Rule[*File]{
	Doc:   luajit.FixedDefectDoc,
	Check: checkLuaJITFixedDefect,
}

func checkLuaJITFixedDefect(f *File, _ abi.Target) []abi.Finding {
	if !f.hasLuaJIT(luajit.Embedded) {
		return nil
	}
	var findings []abi.Finding
	for _, d := range f.LuaJIT.Defects(f.Platform, "") {
		findings = append(findings, d.Finding(f.LuaJIT))
	}
	return findings
}
