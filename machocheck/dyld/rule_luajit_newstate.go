package dyld

import (
	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/luajit"
)

// luajitNewState is of the library that lua_newstate is bound to.
var luajitNewState = abi.Rule[*Process]{
	Doc:   luajit.NewStateDoc,
	Check: checkLuaJITNewState,
}

func checkLuaJITNewState(p *Process, _ abi.Target) []abi.Finding {
	var findings []abi.Finding
	for _, o := range p.Objects {
		info := o.luaJIT()
		if info.Role == luajit.Embedded || !o.imports("_lua_newstate") || o.imports("_luaL_newstate") {
			continue
		}
		if shown(o.Path) == p.File && info.Role == luajit.Linked && info.GC64 == luajit.No {
			continue // the rule over files says so
		}
		runtime := p.runtimeOf(o)
		if runtime == nil {
			continue
		}
		for _, f := range luajit.NewStateFails(o.File.Platform, runtime.File.LuaJIT, shown(runtime.Path)) {
			f.Message = shown(o.Path) + " " + f.Message
			f.Evidence = append([]string{o.route(), runtime.route()}, f.Evidence...)
			findings = append(findings, f)
		}
	}
	return findings
}
