package dyld

import (
	"fmt"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/luajit"
	"github.com/abivet/abivet/machocheck"
)

// luajitHardenedRuntime is of a LuaJIT that comes in by a library: the
// entitlements are the program's. Of the program's own LuaJIT the rule over
// files speaks.
var luajitHardenedRuntime = abi.Rule[*Process]{
	Doc:   luajit.HardenedRuntimeDoc,
	Check: checkLuaJITHardenedRuntime,
}

func checkLuaJITHardenedRuntime(p *Process, _ abi.Target) []abi.Finding {
	if !p.Hardened() || p.Platform.OS != "darwin" {
		return nil
	}
	main := p.Main()
	s := &main.File.Signature
	if own := main.luaJIT(); own.Role == luajit.Embedded && len(own.NotEntitled(s.Entitled)) > 0 {
		return nil
	}
	for _, o := range p.Objects[1:] {
		info := o.luaJIT()
		if info.Role != luajit.Embedded {
			continue
		}
		findings := info.NotEntitled(s.Entitled)
		for i := range findings {
			f := &findings[i]
			f.Message = fmt.Sprintf("%s %s (the LuaJIT is in %s)", shown(main.Path), f.Message, shown(o.Path))
			f.Evidence = append([]string{
				o.route(),
				fmt.Sprintf("%s: code directory: flags %#x, of which %#x is the hardened runtime; %d entitlements",
					shown(main.Path), s.Flags, machocheck.HardenedRuntime, len(s.Entitlements)),
			}, f.Evidence...)
		}
		if len(findings) > 0 {
			return findings // what is signed for one is signed for all
		}
	}
	return nil
}
