package dyld

import (
	"fmt"
	"strings"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/luajit"
)

// luajitHostDecides is of a plugin that has its LuaJIT from a library. Of a
// plugin that has it in itself the rule over files speaks.
var luajitHostDecides = abi.Rule[*Process]{
	Doc:   luajit.HostDecidesDoc,
	Check: checkLuaJITHostDecides,
}

func checkLuaJITHostDecides(p *Process, _ abi.Target) []abi.Finding {
	if !p.Plugin || len(p.Objects) == 0 {
		return nil
	}
	var findings []abi.Finding
	for _, o := range p.Objects[1:] {
		flags := needsLowMemory(o.File)
		if flags == nil || o.File.LuaJIT.GC64 != luajit.No {
			continue
		}
		findings = append(findings, abi.Finding{
			Message: fmt.Sprintf("%s, which this brings, has a LuaJIT without GC64; it works only in a program that was linked with %s",
				shown(o.Path), strings.Join(flags, " ")),
			Evidence: append([]string{o.route()}, o.File.LuaJIT.Evidence...),
			Subject:  "LuaJIT",
		})
	}
	return findings
}
