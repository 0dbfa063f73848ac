package machocheck

import (
	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/luajit"
)

var luajitFixedDefect = abi.Rule[*File]{
	Doc:   luajit.FixedDefectDoc,
	Check: checkLuaJITFixedDefect,
}

func checkLuaJITFixedDefect(f *File, _ abi.Target) []abi.Finding {
	if !f.embedsLuaJIT() {
		return nil
	}
	var findings []abi.Finding
	linker := abi.Version("")
	if len(f.Builds) > 0 {
		linker = f.Builds[0].Linker
	}
	for _, d := range f.LuaJIT.Defects(f.Platform, linker) {
		findings = append(findings, d.Finding(f.LuaJIT))
	}
	return findings
}
