package elfcheck

import (
	"debug/elf"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/luajit"
)

// luaJIT asks for the LuaJIT in the file, if cheap evidence calls for it.
func (d *decoder) luaJIT() error {
	if d.f.Kind == DebugInfo {
		return nil // its code is elsewhere
	}
	img := luajit.Image{Platform: d.f.Platform, Libraries: d.f.Needed}
	for _, s := range d.f.Segments {
		if s.Type == ptLoad && s.FileSize > 0 {
			img.Regions = append(img.Regions, luajit.Region{
				Data: d.r, Offset: int64(s.Offset), Size: int64(s.FileSize), Executable: s.Flags&elf.PF_X != 0,
			})
		}
	}
	for _, s := range d.f.Imports {
		img.Imported = append(img.Imported, s.Name)
	}
	for _, s := range d.f.Exports {
		img.Defined = append(img.Defined, s.Name)
	}
	if !luajit.Suspect(img) {
		return nil
	}
	info, err := luajit.Detect(img)
	if err != nil {
		return &abi.FormatError{Format: "elf", What: "LuaJIT", Err: err}
	}
	if info != nil && info.Role != luajit.None {
		d.f.LuaJIT = info
	}
	return nil
}
