package machocheck

import (
	"io"
	"slices"

	"github.com/abivet/abivet/abi/extension"
)

// extensions tells whose extension the slice is.
func (d *decoder) extensions() error {
	f := d.file
	if f.Kind != Bundle && f.Kind != Library {
		return nil
	}
	if f.Go != nil && f.Go.Settings["-buildmode"] == "plugin" {
		f.Extensions = append(f.Extensions, extension.Info{
			Host: extension.Go, Built: f.Go.Version, Evidence: []string{"build information: -buildmode=plugin, package " + f.Go.Path},
		})
	}
	n, err := d.notes()
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(n.exports, extension.IsEntry[string]) && !slices.ContainsFunc(n.asked, extension.IsEntry[string]) {
		return nil
	}
	img := extension.Image{BigEndian: f.BigEndian, Defined: n.exports, Libraries: f.libraries(), Constants: d.constants(), Returned: d.returned}
	for i, name := range n.asked {
		if n.imports.list[i].Weak {
			img.Weak = append(img.Weak, name)
		} else {
			img.Imported = append(img.Imported, name)
		}
	}
	infos, err := extension.Recognise(img)
	if err != nil {
		return err
	}
	if f.Extensions == nil {
		f.Extensions = infos
		return nil
	}
	f.Extensions = append(f.Extensions, infos...)
	return nil
}

// Constants are the parts of a slice where marks stand, as package extension
// looks through them: first the sections that are made for them, and code last,
// which has some only where a linker did not part the two.
func Constants(f *File, r io.ReaderAt) []extension.Region {
	d := decoder{file: f, r: r, base: f.Slice.Offset}
	defer d.own().release()
	return slices.Clone(d.constants())
}

func (d *decoder) constants() []extension.Region {
	const aligned = 16
	own := d.own()
	all := own.constants[:0]
	for i := range d.file.Segments {
		sections := d.file.Segments[i].Sections
		for j := range sections {
			s := &sections[j]
			if s.Name == "__const" && s.Offset > 0 {
				all = append(all, extension.Region{Data: d.r, Offset: d.base + int64(s.Offset), Size: int64(s.Size)})
			}
		}
	}
	for _, code := range []bool{false, true} {
		for _, part := range d.regions() {
			if part.Executable == code {
				// Numbers are aligned in a segment, and code may end anywhere.
				start := part.Offset - (part.Offset-d.base)%aligned
				all = append(all, extension.Region{Data: d.r, Offset: start, Size: part.Offset + part.Size - start})
			}
		}
	}
	own.constants = all
	return all
}
