package machocheck

import (
	"fmt"
	"strings"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/luajit"
)

var luajitHostDecides = abi.Rule[*File]{
	Doc:   luajit.HostDecidesDoc,
	Check: checkLuaJITHostDecides,
}

func checkLuaJITHostDecides(f *File, _ abi.Target) []abi.Finding {
	if f.Kind != Library && f.Kind != Bundle || !f.hasLuaJIT() || f.LuaJIT.GC64 != luajit.No {
		return nil
	}
	flags := luajit.LinkFlags(f.Platform, f.LuaJIT.GC64)
	if flags == nil {
		return nil
	}
	return []abi.Finding{{
		Message: fmt.Sprintf("this %s %s without GC64, which needs memory below %#x; it works only in a program that was linked with %s",
			f.Kind, f.luaJITHow(), luajit.LowMemory, strings.Join(flags, " ")),
		Evidence: f.luaJITEvidence(),
		Subject:  "LuaJIT",
	}}
}
