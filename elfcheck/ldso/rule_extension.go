package ldso

import (
	"path"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/abi/extension"
)

var extensionHostABI = extension.OpenedABI((*Process).extension)

// Refused is what the host that was named holds against the extension that it
// opened, which no loader asks about, and why that could not be told, or "".
func (p *Process) Refused() (findings []abi.Finding, undecided string) {
	return p.extension().Refused()
}

// Serves reports whether the program that was named as the host is that of the
// extension that it opened.
func (p *Process) Serves() bool { return p.extension().Serves() }

// extension is what was opened, as an extension of the program that opened it;
// nothing where no program was named.
func (p *Process) extension() extension.Opened {
	if !p.Hosted || p.Opened >= len(p.Objects) {
		return extension.Opened{}
	}
	opened, o := extension.Opened{Offers: p.Offers}, p.Objects[p.Opened]
	for _, info := range o.File.Extensions {
		switch info.Host {
		case extension.Java, extension.PyPy:
			continue // say nothing that a host could be held against
		}
		opened.Files = append(opened.Files, extension.File{Info: info, Name: path.Base(o.Path), Libraries: o.File.Needed})
	}
	return opened
}
