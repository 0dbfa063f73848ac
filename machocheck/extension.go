package machocheck

import (
	"slices"

	"github.com/abivet/abivet/abi/extension"
)

// extensions tells whose extension the slice is.
func (d *decoder) extensions(want Want) error {
	f := d.file
	if f.Kind != Bundle && f.Kind != Library {
		return nil
	}
	if f.Go != nil && f.Go.Settings["-buildmode"] == "plugin" {
		f.Extensions = append(f.Extensions, extension.Info{
			Host: extension.Go, Built: f.Go.Version, Evidence: []string{"build information: -buildmode=plugin, package " + f.Go.Path},
		})
	}
	exports, imports := f.Exports, f.Imports
	if err := d.symbols(); err != nil {
		return err
	}
	defer func() {
		if want&WantSymbols == 0 {
			f.Exports, f.Imports = exports, imports
		}
	}()
	if !slices.ContainsFunc(f.Exports, func(name string) bool { return extension.IsEntry(inC(name)) }) &&
		!slices.ContainsFunc(f.Imports, func(i Import) bool { return extension.IsEntry(inC(i.Name)) }) {
		return nil
	}
	img := extension.Image{BigEndian: f.BigEndian}
	for _, name := range f.Exports {
		img.Defined = append(img.Defined, inC(name))
	}
	for _, i := range f.Imports {
		if i.Weak {
			img.Weak = append(img.Weak, inC(i.Name))
		} else {
			img.Imported = append(img.Imported, inC(i.Name))
		}
	}
	for _, lib := range f.Dylibs {
		img.Libraries = append(img.Libraries, lib.Name)
	}
	for _, r := range d.regions() {
		img.Constants = append(img.Constants, extension.Region{Data: r.Data, Offset: r.Offset, Size: r.Size})
	}
	infos, err := extension.Recognise(img)
	if err != nil {
		return err
	}
	f.Extensions = append(f.Extensions, infos...)
	return nil
}
