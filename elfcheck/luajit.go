package elfcheck

import (
	"debug/elf"

	"github.com/abivet/abivet/luajit"
)

// luaJIT asks for the LuaJIT in the file, if cheap evidence calls for it.
func (d *decoder) luaJIT() error {
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
	if err == nil && info != nil && info.Role != luajit.None {
		d.f.LuaJIT = info
	}
	return err
}
