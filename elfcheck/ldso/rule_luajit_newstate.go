package ldso

import (
	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/luajit"
)

var luajitNewState = abi.Rule[*Process]{
	Doc:   luajit.NewStateDoc,
	Check: checkLuaJITNewState,
}

func checkLuaJITNewState(p *Process, _ abi.Target) []abi.Finding {
	runtime := p.runtime()
	if runtime == nil {
		return nil
	}
	var findings []abi.Finding
	for _, o := range p.Objects {
		if o == runtime || !o.imports("lua_newstate") || o.imports("luaL_newstate") {
			continue
		}
		for _, f := range luajit.NewStateFails(o.File.Platform, runtime.File.LuaJIT, shown(runtime.Path)) {
			f.Message = shown(o.Path) + " " + f.Message
			f.Evidence = append([]string{p.route(shown(o.Path)), p.route(shown(runtime.Path))}, f.Evidence...)
			findings = append(findings, f)
		}
	}
	return findings
}
