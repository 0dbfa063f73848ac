package dyld

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/luajit"
)

// luajitTwoRuntimes is silent about two runtimes that have nothing to do with
// each other: on macOS a call goes to the library that it was linked against,
// whatever else there is.
var luajitTwoRuntimes = abi.Rule[*Process]{
	Doc:   luajit.TwoRuntimesDoc,
	Check: checkLuaJITTwoRuntimes,
}

func checkLuaJITTwoRuntimes(p *Process, _ abi.Target) []abi.Finding {
	found := p.runtimes()
	if len(found) < 2 {
		return nil
	}
	findings := p.modulesWithRuntime(found)
	if findings == nil {
		findings = p.foreignStates(found)
	}
	return append(findings, p.eitherRuntime(found)...)
}

// modulesWithRuntime is of a module with a Lua inside, in a host that has one.
func (p *Process) modulesWithRuntime(runtimes []*Object) []abi.Finding {
	if p.Main() == nil || p.Opened >= len(p.Objects) {
		return nil
	}
	module, host := p.Objects[p.Opened], runtimes[0]
	if !slices.Contains(runtimes, module) || slices.Index(p.Objects, host) >= p.Opened || !isModule(module) {
		return nil
	}
	return []abi.Finding{twoRuntimes(abi.Error, host, module,
		"%s is a module with a Lua of its own, which gets states of that in %s; link modules without a runtime", shown(module.Path), shown(host.Path))}
}

// isModule goes by the function that require calls. Those of the standard
// libraries are in every Lua.
func isModule(o *Object) bool {
	return slices.ContainsFunc(o.File.Exports, func(symbol string) bool {
		name, ok := strings.CutPrefix(symbol, "_luaopen_")
		return ok && !slices.Contains(standardLibraries, name)
	})
}

var standardLibraries = []string{
	"base", "bit", "bit32", "coroutine", "debug", "ffi", "io", "jit", "math", "os", "package", "string", "string_buffer", "table", "utf8",
}

// foreignStates is of a Lua whose callers make no states: they can only have
// those of the other.
func (p *Process) foreignStates(runtimes []*Object) []abi.Finding {
	callers := map[*Object][]*Object{}
	for _, o := range p.Objects {
		for _, from := range p.providers(o) {
			callers[from] = append(callers[from], o)
		}
	}
	makes := func(runtime *Object) bool {
		return !isPlainRuntime(runtime) || slices.ContainsFunc(callers[runtime], (*Object).makesStates)
	}
	maker := slices.IndexFunc(runtimes, makes)
	if maker < 0 {
		return nil
	}
	var findings []abi.Finding
	for _, r := range runtimes {
		if makes(r) || len(callers[r]) == 0 {
			continue
		}
		caller, source := callers[r][0], runtimes[maker]
		findings = append(findings, twoRuntimes(0, source, r,
			"%s calls the Lua in %s, where nobody makes a state: those there are come from that in %s; link one of them",
			shown(caller.Path), shown(r.Path), shown(source.Path)))
	}
	return findings
}

// isPlainRuntime tells a library that is a Lua and nothing else, which makes no
// state unless it is asked to.
func isPlainRuntime(o *Object) bool {
	name := path.Base(shown(o.Path))
	return luajit.IsLibrary(name) || luajit.IsPUCLibrary(name)
}

// eitherRuntime is of calls that go to the first Lua of several.
func (p *Process) eitherRuntime(runtimes []*Object) []abi.Finding {
	var open []*Object
	for _, r := range runtimes {
		if r.exports("_lua_gettop") {
			open = append(open, r)
		}
	}
	if len(open) < 2 {
		return nil
	}
	for _, o := range p.Objects {
		for _, i := range o.File.Imports {
			if isLua(i.Name) && o.looksEverywhere(i) {
				return []abi.Finding{twoRuntimes(0, open[0], open[1],
					"%s looks for Lua's functions in all images, and both %s and %s have them: all calls go to the first, whichever was meant; link one of them",
					shown(o.Path), shown(open[0].Path), shown(open[1].Path))}
			}
		}
	}
	return nil
}

func twoRuntimes(severity abi.Severity, first, second *Object, format string, args ...any) abi.Finding {
	f := abi.Finding{Severity: severity, Subject: "LuaJIT", Message: fmt.Sprintf(format, args...), Evidence: []string{first.route(), second.route()}}
	for _, o := range []*Object{first, second} {
		info := o.luaJIT()
		f.Evidence = append(f.Evidence, info.Evidence...)
	}
	return f
}
