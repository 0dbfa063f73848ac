package machocheck

import (
	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/abi/extension"
)

var extensionHostABI = abi.Rule[*File]{
	Doc: extension.HostABIDoc,
	Check: func(f *File, t abi.Target) (found []abi.Finding) {
		for _, x := range f.extensions() {
			found = append(found, extension.CheckHostABI(x, t)...)
		}
		return found
	},
	Skip: func(f *File, _ abi.Target) string {
		for _, x := range f.extensions() {
			if why := x.Undecided(); why != "" {
				return why
			}
		}
		return ""
	},
}

var extensionLinksHost = abi.Rule[*File]{
	Doc: extension.LinksHostDoc,
	Check: func(f *File, _ abi.Target) (found []abi.Finding) {
		for _, x := range f.extensions() {
			found = append(found, extension.CheckLinksHost(x)...)
		}
		return found
	},
}

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
