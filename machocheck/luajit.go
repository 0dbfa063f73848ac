package machocheck

import (
	"strings"

	"github.com/abivet/abivet/luajit"
)

// luaJIT asks the package luajit about the slice. The symbols are read only
// where the rest does not rule a LuaJIT out, and the code only where the symbols
// do not either.
func (d *decoder) luaJIT(want Want) error {
	f := d.file
	image := luajit.Image{Platform: f.Platform, Regions: d.regions(), Part: f.Kind == Object}
	for _, lib := range f.Dylibs {
		image.Libraries = append(image.Libraries, lib.Name)
	}
	mentions := want&WantMentions != 0
	if !f.Loaded() && f.Kind != Object || !mentions && !luajit.Suspect(image) {
		return nil
	}
	exports, imports := f.Exports, f.Imports
	if err := d.symbols(); err != nil {
		return err
	}
	for _, name := range f.Exports {
		image.Defined = append(image.Defined, inC(name))
	}
	for _, i := range f.Imports {
		image.Imported = append(image.Imported, inC(i.Name))
	}
	if want&WantSymbols == 0 {
		f.Exports, f.Imports = exports, imports
	}
	if !mentions {
		if !luajit.Suspect(image) {
			return nil // before it had no names to go by
		}
		if hit, err := luajit.Sampled(image); err != nil || !hit {
			return err
		}
	}
	info, err := luajit.Detect(image)
	if err != nil {
		return err
	}
	if info.Tells() {
		f.LuaJIT = info
		f.linkedMode()
	}
	return nil
}

// regions are the segments that have bytes, but for the link editor's own.
func (d *decoder) regions() []luajit.Region {
	var regions []luajit.Region
	for _, s := range d.file.Segments {
		if s.FileSize == 0 || s.Name == "__LINKEDIT" || d.file.Kind == Stub {
			continue
		}
		regions = append(regions, luajit.Region{
			Data:       d.r,
			Offset:     d.base + int64(s.Offset),
			Size:       int64(s.FileSize),
			Executable: s.InitProt&ProtExecute != 0,
		})
	}
	return regions
}

// inC takes away the underscore that C names have in Mach-O.
func inC(name string) string { return strings.TrimPrefix(name, "_") }

// linkedMode tells the mode of a LuaJIT that is linked from what the load
// command asks of it: LuaJIT's Makefile gives the compatibility version 2.0 to
// the libraries of that branch, which has no GC64 on amd64.
func (f *File) linkedMode() {
	if f.LuaJIT.Role != luajit.Linked || f.LuaJIT.GC64 != luajit.Unknown || f.Platform.Arch != "amd64" {
		return
	}
	for _, lib := range f.Dylibs {
		if strings.Contains(lib.Name, "libluajit") && lib.Compatibility == "2.0.0" {
			f.LuaJIT.GC64 = luajit.No
			f.LuaJIT.Evidence = append(f.LuaJIT.Evidence,
				"needs "+lib.Name+" with compatibility version 2.0.0, which is LuaJIT 2.0")
		}
	}
}
