package machocheck

import (
	"fmt"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/luajit"
)

var luajitHardenedRuntime = abi.Rule[*File]{
	Doc:   luajit.HardenedRuntimeDoc,
	Check: checkLuaJITHardenedRuntime,
}

// A library has no entitlements: those of the program count.
func checkLuaJITHardenedRuntime(f *File, _ abi.Target) []abi.Finding {
	s := &f.Signature
	if f.Kind != Executable || f.Platform.OS != darwin || !f.embedsLuaJIT() || s.Flags&HardenedRuntime == 0 {
		return nil
	}
	findings := f.LuaJIT.NotEntitled(s.Entitled)
	for i := range findings {
		findings[i].Evidence = append(findings[i].Evidence,
			fmt.Sprintf("code directory: flags %#x, of which %#x is the hardened runtime", s.Flags, HardenedRuntime),
			fmt.Sprintf("%d entitlements", len(s.Entitlements)))
	}
	return findings
}
