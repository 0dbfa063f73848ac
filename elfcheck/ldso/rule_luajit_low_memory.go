package ldso

import (
	"fmt"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/luajit"
)

// luajitLowMemory is of a LuaJIT that comes with a library.
var luajitLowMemory = abi.Rule[*Process]{
	Doc:   luajit.LowMemoryDoc,
	Check: checkLuaJITLowMemory,
}

func checkLuaJITLowMemory(p *Process, _ abi.Target) []abi.Finding {
	var findings []abi.Finding
	for _, o := range p.Objects {
		info := o.luaJIT()
		if shown(o.Path) == p.File || info.Role != luajit.Embedded || info.GC64 != luajit.No || o.File.Platform.Arch != "amd64" {
			continue
		}
		findings = append(findings, abi.Finding{
			Message:  fmt.Sprintf("%s brings a LuaJIT without GC64: all objects of all its states must lie below %#x, however much memory there is", shown(o.Path), luajit.LowMemory),
			Evidence: append([]string{p.route(shown(o.Path))}, info.Evidence...),
			Subject:  "LuaJIT",
		})
	}
	return findings
}
