package dyld

import (
	"fmt"
	"strings"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/luajit"
	"github.com/abivet/abivet/machocheck"
)

// luajitPageZero is of a LuaJIT that comes in by a library, or by a plugin that
// the program opens: it is still the program that has to be linked for it.
var luajitPageZero = abi.Rule[*Process]{
	Doc:   luajit.PageZeroDoc,
	Check: checkLuaJITPageZero,
}

func checkLuaJITPageZero(p *Process, _ abi.Target) []abi.Finding {
	main := p.Main()
	if main == nil {
		return nil
	}
	zero, _ := main.File.PageZero()
	reach := zero.Size + main.File.MaxSlide()
	if reach < luajit.LowMemory {
		return nil
	}
	var findings []abi.Finding
	for _, o := range p.Objects[1:] {
		flags := needsLowMemory(o.File)
		if flags == nil {
			continue
		}
		finding := abi.Finding{
			Message: fmt.Sprintf("%s brings a LuaJIT without GC64, which needs memory below %#x, but page zero of %s covers all up to %#x; link that program with %s",
				shown(o.Path), luajit.LowMemory, shown(main.Path), reach, strings.Join(flags, " ")),
			Evidence: append([]string{o.route(), fmt.Sprintf("%s: segment %q: vmaddr 0, vmsize %#x", shown(main.Path), zero.Name, zero.Size)}, o.File.LuaJIT.Evidence...),
			Subject:  "__PAGEZERO",
		}
		if o.File.LuaJIT.GC64 != luajit.No {
			finding.Severity = abi.Note
			finding.Message = fmt.Sprintf("%s brings a LuaJIT, and whether with GC64 is not known; if without, %s must be linked with %s",
				shown(o.Path), shown(main.Path), strings.Join(flags, " "))
		}
		findings = append(findings, finding)
	}
	return findings
}

// needsLowMemory returns the flags that a program must be linked with for the
// LuaJIT in a file, or nil where it needs none. What only links a LuaJIT brings
// the library, which is judged by itself.
func needsLowMemory(f *machocheck.File) []string {
	if f.LuaJIT == nil || f.LuaJIT.Role != luajit.Embedded || f.LuaJIT.GC64 == luajit.Yes {
		return nil
	}
	return luajit.LinkFlags(f.Platform, f.LuaJIT.GC64)
}
