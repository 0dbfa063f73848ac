package elfcheck

import "github.com/abivet/abivet/abi/extension"

var (
	extensionExports   = extension.Exports((*File).extensions)
	extensionHostABI   = extension.HostABI((*File).extensions)
	extensionLinksHost = extension.LinksHost((*File).extensions)
)

// extensions are what the file is as an extension, with what is judged beside.
func (f *File) extensions() []extension.File {
	var all []extension.File
	for _, info := range f.Extensions {
		all = append(all, extension.File{Info: info, Name: f.Name, Libraries: f.Needed, Embeds: len(f.Extensions) > 1})
	}
	return all
}
