package dyld

import (
	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/luajit"
)

// luajitBytecodeMode is of bytecode that the library refuses which is there;
// machocheck looks at that of a file with a LuaJIT of its own.
var luajitBytecodeMode = abi.Rule[*Process]{
	Doc:   luajit.BytecodeModeDoc,
	Check: checkLuaJITBytecodeMode,
}

func checkLuaJITBytecodeMode(p *Process, _ abi.Target) []abi.Finding {
	var findings []abi.Finding
	for _, o := range p.Objects {
		info := o.luaJIT()
		if info.Role == luajit.Embedded || len(info.Bytecode) == 0 {
			continue
		}
		runtime := p.runtimeOf(o)
		if runtime == nil {
			continue
		}
		for _, f := range info.Refused(runtime.File.LuaJIT, shown(runtime.Path)) {
			f.Evidence = append([]string{"in " + o.route(), runtime.route()}, f.Evidence...)
			findings = append(findings, f)
		}
	}
	return findings
}
