package ldso

import (
	"fmt"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/luajit"
)

var luajitTwoRuntimes = abi.Rule[*Process]{
	Doc:   luajit.TwoRuntimesDoc,
	Check: checkLuaJITTwoRuntimes,
}

// A program that hides its own copy gives its states to modules that call the
// other one. Where it exports its copy, or two libraries have one, the first
// answers all calls.
func checkLuaJITTwoRuntimes(p *Process, _ abi.Target) []abi.Finding {
	found := p.runtimes()
	if len(found) < 2 {
		return nil
	}
	first, second := found[0], found[1]
	f := abi.Finding{Subject: "LuaJIT", Evidence: []string{p.route(shown(first.Path)), p.route(shown(second.Path))}}
	if info := first.luaJIT(); first == p.Objects[0] && info.Role == luajit.Embedded && info.API == 0 {
		f.Severity = abi.Error
		f.Message = fmt.Sprintf("%s has a LuaJIT of its own and does not export it, and %s brings another: what calls the one gets states of the other; link the program with -Wl,-E and modules without a runtime",
			shown(first.Path), shown(second.Path))
	} else {
		f.Message = fmt.Sprintf("%s and %s are both a Lua: all calls go to the first, whichever was meant; link one of them",
			shown(first.Path), shown(second.Path))
	}
	for _, o := range found {
		info := o.luaJIT()
		f.Evidence = append(f.Evidence, info.Evidence...)
	}
	return []abi.Finding{f}
}
