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
	libraries, all := f.libraries(), make([]extension.File, 0, len(f.Extensions))
	for _, info := range f.Extensions {
		all = append(all, extension.File{Info: info, Name: f.Name, Libraries: libraries, MachO: true, Embeds: len(f.Extensions) > 1})
	}
	return all
}
