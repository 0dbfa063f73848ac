package machocheck

import (
	"cmp"
	"slices"
	"strings"

	"github.com/abivet/abivet/luajit"
)

// luaJIT asks the package luajit about the slice. The names are read only where
// the rest does not rule a LuaJIT out, and the code only where the names do not
// either.
func (d *decoder) luaJIT(want Want) error {
	f := d.file
	image := luajit.Image{Platform: f.Platform, Regions: d.regions(), Libraries: f.libraries(), Part: f.Kind == Object}
	mentions := want&WantMentions != 0
	if !f.Loaded() && f.Kind != Object || !mentions && !luajit.Suspect(image) {
		return nil
	}
	if !mentions {
		if may, err := d.mayBeLuaJIT(image); err != nil || !may {
			return err
		}
	}
	var err error
	if image.Defined, image.Imported, err = d.inC(); err != nil {
		return err
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

// libraries are the names of the libraries that the file needs.
func (f *File) libraries() []string {
	names := make([]string, len(f.Dylibs))
	for i := range f.Dylibs {
		names[i] = f.Dylibs[i].Name
	}
	return names
}

// mayBeLuaJIT goes by the names that are noted, and then by samples of the code.
func (d *decoder) mayBeLuaJIT(image luajit.Image) (bool, error) {
	n, err := d.notes()
	if err != nil {
		return false, err
	}
	image.Defined, image.Imported = n.exports, n.asked
	if !image.Part || n.imports.met || n.defines {
		image.Imported = append(image.Imported, "") // no other name tells anything
	}
	if !luajit.Suspect(image) {
		return false, nil
	}
	if image.Regions, err = d.longCode(image.Regions); err != nil {
		return false, err
	}
	return luajit.Sampled(image)
}

// inC returns the names of all symbols as C has them.
func (d *decoder) inC() (defined, imported []string, err error) {
	exports, _, err := d.exports()
	if err != nil {
		return nil, nil, err
	}
	imports, err := d.imports()
	for _, name := range exports {
		defined = append(defined, inC(name))
	}
	for i := range imports {
		imported = append(imported, inC(imports[i].Name))
	}
	return defined, imported, err
}

// regions are the segments that have bytes, but for the link editor's own. Of
// one with code in it what the sections call code is a region by itself: the
// segment __TEXT may have a hundred times as many constants.
func (d *decoder) regions() []luajit.Region {
	if d.parts != nil {
		return d.parts
	}
	regions := d.own().regions[:0]
	for i := range d.file.Segments {
		s := &d.file.Segments[i]
		if s.FileSize == 0 || s.Name == "__LINKEDIT" || d.file.Kind == Stub {
			continue
		}
		executable := s.InitProt&ProtExecute != 0
		region := func(from, to uint64, code bool) {
			if from < to {
				regions = append(regions, luajit.Region{Data: d.r, Offset: d.base + int64(from), Size: int64(to - from), Executable: code})
			}
		}
		at, end := s.Offset, s.Offset+s.FileSize
		if executable {
			for _, code := range s.code() {
				from, to := max(at, code.Offset), min(end, code.Offset+code.Size)
				if from < to {
					region(at, from, false)
					region(from, to, true)
					at, executable = to, false
				}
			}
		}
		region(at, end, executable)
	}
	d.parts, d.own().regions = regions, regions
	return regions
}

// code returns the sections that have instructions, in the order of the file.
func (s *Segment) code() []Section {
	const instructions = 0x80000400 // S_ATTR_PURE_INSTRUCTIONS, S_ATTR_SOME_INSTRUCTIONS
	var code []Section
	for i := range s.Sections {
		if section := &s.Sections[i]; section.Flags&instructions != 0 && section.Offset > 0 {
			code = append(code, *section)
		}
	}
	slices.SortFunc(code, func(a, b Section) int { return cmp.Compare(a.Offset, b.Offset) })
	return code
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
