package ldso

import (
	"io"
	"path"
	"slices"

	"github.com/abivet/abivet/elfcheck"
	"github.com/abivet/abivet/luajit"
)

// readLuaJIT asks for the LuaJIT of files that are likely to have to do with
// one: programs that could embed it, what bears its name and what needs that.
// Of all others nothing is read again.
func (img *image) readLuaJIT(r io.ReaderAt, f *elfcheck.File) error {
	if !luajit.IsLibrary(path.Base(img.real)) && !slices.ContainsFunc(f.Needed, luajit.IsLibrary) && !mayEmbed(f) {
		return nil
	}
	again, err := elfcheck.Read(r, img.size, elfcheck.WantLuaJIT)
	if err == nil {
		f.LuaJIT = again.LuaJIT
	}
	return err
}

// mayEmbed goes by the names of a program, which have been read.
func mayEmbed(f *elfcheck.File) bool {
	if f.Kind != elfcheck.PIE && f.Kind != elfcheck.Executable || !f.Dynamic {
		return false
	}
	image := luajit.Image{Platform: f.Platform, Libraries: f.Needed}
	for _, s := range f.Segments {
		image.Regions = append(image.Regions, luajit.Region{Size: int64(s.FileSize), Executable: s.Flags&1 != 0})
	}
	for i := range f.Imports {
		image.Imported = append(image.Imported, f.Imports[i].Name)
	}
	return luajit.Suspect(image)
}

// luaJIT is what an object has to do with LuaJIT.
func (o *Object) luaJIT() luajit.Info {
	if o.File == nil || o.File.LuaJIT == nil {
		return luajit.Info{Role: luajit.None}
	}
	return *o.File.LuaJIT
}

// runtimes are the objects that are a Lua, where one of them is a LuaJIT, in the
// order in which the loader looks up its functions; a program's own copy may be
// hidden from that.
func (p *Process) runtimes() []*Object {
	if !slices.ContainsFunc(p.Objects, func(o *Object) bool { return o.luaJIT().Role == luajit.Embedded }) {
		return nil
	}
	var found []*Object
	for _, o := range p.Objects {
		if o.luaJIT().Role == luajit.Embedded || o.exports("lua_newstate") {
			found = append(found, o)
		}
	}
	return found
}

// runtime is the LuaJIT whose functions an object calls, or nil where it is not
// known, or is PUC's.
func (p *Process) runtime() *Object {
	for _, o := range p.runtimes() {
		if info := o.luaJIT(); info.Role == luajit.Embedded && info.API > 0 {
			return o
		} else if info.Role != luajit.Embedded {
			return nil
		}
	}
	return nil
}

func (o *Object) exports(name string) bool {
	return slices.ContainsFunc(o.File.Exports, func(s elfcheck.Symbol) bool { return s.Name == name })
}

func (o *Object) imports(name string) bool {
	return slices.ContainsFunc(o.File.Imports, func(s elfcheck.Symbol) bool { return s.Name == name })
}
