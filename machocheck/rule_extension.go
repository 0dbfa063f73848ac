package machocheck

import "github.com/abivet/abivet/abi/extension"

var (
	extensionHostABI   = extension.HostABI((*File).extensions)
	extensionLinksHost = extension.LinksHost((*File).extensions)
)

// extensions are what the file is as an extension, with what is judged beside.
func (f *File) extensions() []extension.File {
	if len(f.Extensions) == 0 {
		return nil
	}
	var libraries []string
	for _, lib := range f.Dylibs {
		libraries = append(libraries, lib.Name)
	}
	var all []extension.File
	for _, info := range f.Extensions {
		all = append(all, extension.File{Info: info, Name: f.Name, Libraries: libraries, MachO: true, Embeds: len(f.Extensions) > 1})
	}
	return all
}
