package ldso

import (
	"path"
	"slices"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/abi/extension"
)

var extensionHostABI = abi.Rule[*Process]{
	Doc:   extension.HostABIDoc,
	Check: checkExtensionHostABI,
	Skip: func(p *Process, _ abi.Target) string {
		for _, x := range p.extension() {
			o := p.offer(x.Host)
			if o == nil {
				return "the program of --host has no " + string(x.Host) + " that can be seen"
			}
			if why := x.UndecidedOffer(o.Offer); why != "" {
				return why
			}
		}
		return ""
	},
}

func checkExtensionHostABI(p *Process, _ abi.Target) (found []abi.Finding) {
	for _, x := range p.extension() {
		if o := p.offer(x.Host); o != nil {
			found = append(found, extension.CheckOffer(x, o.Offer, shown(o.Path))...)
		}
	}
	return found
}

// Refused is what the host that was named holds against the extension that it
// opened, which no loader asks about, and why that could not be told, or "".
func (p *Process) Refused() (findings []abi.Finding, undecided string) {
	for _, f := range checkExtensionHostABI(p, abi.Target{}) {
		if f.Severity != abi.Note { // the host has what is asked for all the same
			findings = append(findings, f)
		}
	}
	return findings, extensionHostABI.Skip(p, abi.Target{})
}

// extension is what was opened, as an extension of the program that opened it;
// nothing where no program was named.
func (p *Process) extension() []extension.File {
	if !p.Hosted || p.Opened >= len(p.Objects) {
		return nil
	}
	var all []extension.File
	o := p.Objects[p.Opened]
	for _, info := range o.File.Extensions {
		switch info.Host {
		case extension.Java, extension.PyPy:
			continue // say nothing that a host could be held against
		}
		all = append(all, extension.File{Info: info, Name: path.Base(o.Path), Libraries: o.File.Needed})
	}
	return all
}

// Serves reports whether the program that was named as the host is that of the
// extension that it opened.
func (p *Process) Serves() bool {
	return slices.ContainsFunc(p.extension(), func(x extension.File) bool { return p.offer(x.Host) != nil })
}

// An Offer is what one object of a process is to extensions.
type Offer struct {
	extension.Offer
	Path string
}

func (p *Process) offer(host extension.Host) *Offer {
	for i := range p.Offers {
		if p.Offers[i].Host == host {
			return &p.Offers[i]
		}
	}
	return nil
}
