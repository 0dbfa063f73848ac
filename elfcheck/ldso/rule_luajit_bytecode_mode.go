package ldso

import (
	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/luajit"
)

// luajitBytecodeMode is of bytecode that the library refuses which the user
// space has; elfcheck looks at that of a file with a LuaJIT of its own.
var luajitBytecodeMode = abi.Rule[*Process]{
	Doc:   luajit.BytecodeModeDoc,
	Check: checkLuaJITBytecodeMode,
}

func checkLuaJITBytecodeMode(p *Process, _ abi.Target) []abi.Finding {
	runtime := p.runtime()
	if runtime == nil {
		return nil
	}
	var findings []abi.Finding
	for _, o := range p.Objects {
		info := o.luaJIT()
		if info.Role == luajit.Embedded {
			continue
		}
		for _, f := range info.Refused(runtime.File.LuaJIT, shown(runtime.Path)) {
			f.Evidence = append([]string{"in " + p.route(shown(o.Path)), p.route(shown(runtime.Path))}, f.Evidence...)
			findings = append(findings, f)
		}
	}
	return findings
}
