package dyld

import (
	"slices"
	"strings"

	"github.com/blacktop/go-macho/types"

	"github.com/abivet/abivet/luajit"
	"github.com/abivet/abivet/machocheck"
)

// luaJIT is what an object has to do with LuaJIT. Reading asks that only of
// files whose names suggest one.
func (o *Object) luaJIT() luajit.Info {
	if o.File == nil || o.File.LuaJIT == nil {
		return luajit.Info{Role: luajit.None}
	}
	return *o.File.LuaJIT
}

// runtimes are the objects that are a Lua, where one of them is a LuaJIT, in
// load order.
func (p *Process) runtimes() []*Object {
	if !slices.ContainsFunc(p.Objects, func(o *Object) bool { return o.luaJIT().Role == luajit.Embedded }) {
		return nil
	}
	var found []*Object
	for _, o := range p.Objects {
		if o.luaJIT().Role == luajit.Embedded || o.exports("_lua_newstate") {
			found = append(found, o)
		}
	}
	return found
}

// runtimeOf is the LuaJIT whose functions an object calls: what they are bound
// to or, where it calls none, the only one there is. It is nil where that is not
// known, and where it is PUC's.
func (p *Process) runtimeOf(o *Object) *Object {
	found := p.providers(o)
	if len(found) == 0 {
		found = p.runtimes()
	}
	if len(found) != 1 || found[0].luaJIT().Role != luajit.Embedded {
		return nil
	}
	return found[0]
}

// providers are the objects that the functions of Lua which an object calls are
// bound to. One function is looked up for each library that it takes some from.
func (p *Process) providers(o *Object) []*Object {
	var found []*Object
	asked := map[int]bool{}
	for _, i := range o.File.Imports {
		if !isLua(i.Name) || asked[i.Library] {
			continue
		}
		asked[i.Library] = true
		if from := p.provider(o, i); from != nil && from != o && !slices.Contains(found, from) {
			found = append(found, from)
		}
	}
	return found
}

// provider is the object that a symbol is bound to, or nil where none of the
// files has it.
func (p *Process) provider(o *Object, i machocheck.Import) *Object {
	switch {
	case o.looksEverywhere(i):
		for _, other := range p.Objects {
			if other.exports(i.Name) {
				return other
			}
		}
	case i.Library == machocheck.MainProgram:
		if main := p.Main(); main != nil && main.exports(i.Name) {
			return main
		}
	case i.Library > 0 && i.Library <= len(o.Needs):
		return o.Needs[i.Library-1].Object.origin(i.Name)
	}
	return nil
}

// looksEverywhere reports whether the first image that has a symbol provides it.
func (o *Object) looksEverywhere(i machocheck.Import) bool {
	return i.Library == machocheck.DynamicLookup || o.File.Flags&uint32(types.TwoLevel) == 0
}

// origin is the object that exports a symbol: this one, or a library whose
// symbols it offers as its own.
func (o *Object) origin(symbol string) *Object {
	todo, seen := []*Object{o}, map[*Object]bool{nil: true}
	for len(todo) > 0 {
		next := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if seen[next] {
			continue
		}
		seen[next] = true
		if next.exports(symbol) {
			return next
		}
		for _, need := range next.Needs {
			if need.Link == machocheck.Reexport {
				todo = append(todo, need.Object)
			}
		}
	}
	return nil
}

func (o *Object) exports(name string) bool {
	if o.image != nil {
		return o.image.has(name)
	}
	return slices.Contains(o.File.Exports, name)
}

func (o *Object) imports(name string) bool {
	return slices.ContainsFunc(o.File.Imports, func(i machocheck.Import) bool { return i.Name == name })
}

// makesStates reports whether an object calls for a state of Lua.
func (o *Object) makesStates() bool { return o.imports("_luaL_newstate") || o.imports("_lua_newstate") }

func isLua(symbol string) bool {
	return strings.HasPrefix(symbol, "_lua_") || strings.HasPrefix(symbol, "_luaL_")
}
