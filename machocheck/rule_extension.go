package machocheck

import (
	"iter"

	"github.com/abivet/abivet/abi/extension"
)

var (
	extensionHostABI   = extension.HostABI((*File).extensions)
	extensionLinksHost = extension.LinksHost((*File).extensions)
)

// extensions are what the file is as an extension, with what is judged beside.
func (f *File) extensions() iter.Seq[extension.File] {
	return func(yield func(extension.File) bool) {
		for _, info := range f.Extensions {
			if !yield(extension.File{Info: info, Name: f.Name, Libraries: f.libraries(), MachO: true, Embeds: len(f.Extensions) > 1}) {
				return
			}
		}
	}
}
