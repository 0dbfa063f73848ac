package elfcheck

import (
	"debug/elf"
	"slices"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/luajit"
)

// luaJIT asks for the LuaJIT in the file, if cheap evidence calls for it: what
// it imports. Only of a suspect is more read.
func (d *decoder) luaJIT(want Want) error {
	f := d.f
	if f.Kind == DebugInfo {
		return nil // its code is elsewhere
	}
	img := luajit.Image{Platform: f.Platform, Libraries: f.Needed, Part: f.Kind == Object, Regions: d.regions()}
	if len(f.Imports) > 0 {
		d.listed = appendNames(d.listed[:0], f.Imports)
	} else if len(d.listed) == 0 && f.ImportCount > 0 {
		d.listed = append(d.listed, "") // there are some, and none that leads to a LuaJIT
	}
	img.Imported, img.Defined = d.listed, appendNames(nil, f.Exports)
	suspect, err := d.isSuspect(img)
	if err != nil {
		return luaJITError(err)
	}
	if !suspect && want&WantMentions == 0 {
		return nil
	}
	if err := d.allImports(); err != nil {
		return err
	}
	d.listed = appendNames(d.listed[:0], f.Imports)
	img.Imported = d.listed
	switch {
	case img.Part:
		if err := d.objectRegions(&img); err != nil {
			return err
		}
	case suspect && want&WantExports == 0:
		exports, err := d.ofLuaJIT()
		if err != nil {
			return err
		}
		img.Defined = appendNames(nil, exports)
		img.GetTop = d.placeOf("lua_gettop", exports)
	default:
		img.GetTop = d.placeOf("lua_gettop", f.Exports)
	}
	info, err := luajit.Detect(img)
	if err != nil {
		return luaJITError(err)
	}
	if info.Tells() {
		f.LuaJIT = info
	}
	return nil
}

// isSuspect reads a part of the code, and only where the names do not rule a
// LuaJIT out.
func (d *decoder) isSuspect(img luajit.Image) (bool, error) {
	if !luajit.Suspect(img) {
		return false, nil
	}
	img.Regions = d.longCode()
	return luajit.Sampled(img)
}

func luaJITError(err error) error {
	if err == nil {
		return nil
	}
	return &abi.FormatError{Format: "elf", What: "LuaJIT", Err: err}
}

func appendNames(names []string, symbols []Symbol) []string {
	names = slices.Grow(names, len(symbols))
	for i := range symbols {
		names = append(names, symbols[i].Name)
	}
	return names
}

// regions are what the kernel or the loader maps of a linked file, until they are
// asked for again.
func (d *decoder) regions() []luajit.Region {
	d.mapped = d.mapped[:0]
	for i := range d.f.Segments {
		if s := &d.f.Segments[i]; s.Type == ptLoad && s.FileSize > 0 {
			d.mapped = append(d.mapped, luajit.Region{
				Data: d.r, Offset: int64(s.Offset), Size: int64(s.FileSize), Executable: s.Flags&elf.PF_X != 0,
			})
		}
	}
	return d.mapped
}

// objectRegions are what will be mapped of a relocatable object once it is
// linked.
func (d *decoder) objectRegions(img *luajit.Image) error {
	return d.eachSection(func(s section) bool {
		if s.flags&elf.SHF_ALLOC != 0 && s.kind != elf.SHT_NOBITS && s.size > 0 &&
			s.offset <= uint64(d.size) && s.size <= uint64(d.size)-s.offset {
			img.Regions = append(img.Regions, luajit.Region{
				Data: d.r, Offset: int64(s.offset), Size: int64(s.size), Executable: s.flags&elf.SHF_EXECINSTR != 0,
			})
		}
		return true
	})
}

// exports reads the defined symbols of a file of which nobody asked for them.
func (d *decoder) exports() ([]Symbol, error) {
	f := *d.f
	d.marks, d.names = d.marks[:0], d.names[:0]
	err := d.dynamicSymbols(WantExports)
	exports := d.f.Exports
	*d.f = f
	return exports, err
}

// ofLuaJIT reads the symbols that a file defines whose names may speak for a LuaJIT: a
// program of Haskell's defines half a million others.
func (d *decoder) ofLuaJIT() ([]Symbol, error) {
	f, each := *d.f, d.each
	d.only = d.luaPlaces()
	defer func() { d.only = nil }()
	var exports []Symbol
	d.each = func(name []byte, s *Symbol, imported bool) {
		if !imported && luajit.Leads(name) {
			one := *s
			one.Name = string(name)
			exports = append(exports, one)
		}
	}
	err := d.dynamicSymbols(WantExports)
	*d.f, d.each = f, each
	return exports, err
}

// placeOf returns where the code of a function stands in the file, or 0.
func (d *decoder) placeOf(name string, symbols []Symbol) int64 {
	for i := range symbols {
		if symbols[i].Name == name {
			at, _, _ := d.offset(symbols[i].Value)
			return at
		}
	}
	return 0
}
