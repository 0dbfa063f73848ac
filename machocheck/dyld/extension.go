package dyld

import (
	"io"
	"path"
	"slices"
	"strings"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/abi/extension"
	"github.com/abivet/abivet/machocheck"
)

var extensionHostABI = abi.Rule[*Process]{
	Doc:   extension.HostABIDoc,
	Check: checkExtensionHostABI,
	Skip: func(p *Process, _ abi.Target) string {
		for _, x := range p.extensions() {
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
	for _, x := range p.extensions() {
		if o := p.offer(x.Host); o != nil {
			found = append(found, extension.CheckOffer(x, o.Offer, shown(o.Path))...)
		}
	}
	return found
}

// Refused is what the host that was named holds against the extension that it
// opened, which dyld does not ask about, and why that could not be told, or "".
func (p *Process) Refused() (findings []abi.Finding, undecided string) {
	for _, f := range checkExtensionHostABI(p, abi.Target{}) {
		if f.Severity != abi.Note { // the host has what is asked for all the same
			findings = append(findings, f)
		}
	}
	return findings, extensionHostABI.Skip(p, abi.Target{})
}

// Serves reports whether the program that was named as the host is that of the
// extension that it opened.
func (p *Process) Serves() bool {
	return slices.ContainsFunc(p.extensions(), func(x extension.File) bool { return p.offer(x.Host) != nil })
}

// Loads reports whether a slice of the file that was asked about is the one that
// the process has: a host of one architecture takes no other.
func (p *Process) Loads(f *machocheck.File) bool {
	root := p.root()
	return root == nil || !p.isAsked(shown(root.Path)) || root.File.Slice.Offset == f.Slice.Offset
}

// extensions are what was opened, as an extension of the program that opened
// it; nothing where no program was named.
func (p *Process) extensions() []extension.File {
	if !p.Hosted || p.Opened >= len(p.Objects) {
		return nil
	}
	o := p.Objects[p.Opened]
	var libraries []string
	for _, lib := range o.File.Dylibs {
		libraries = append(libraries, lib.Name)
	}
	var all []extension.File
	for _, info := range p.Extensions {
		switch info.Host {
		case extension.Java, extension.Go, extension.PyPy:
			continue // say nothing that a host could be held against
		}
		all = append(all, extension.File{Info: info, Name: path.Base(shown(o.Path)), Libraries: libraries, MachO: true})
	}
	return all
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

// offers looks at what was there before the file was opened for the host that
// the file is an extension of.
func (s *state) offers() error {
	p := s.process
	p.Hosted = true
	if p.Opened >= len(p.Objects) {
		return nil
	}
	opened := p.Objects[p.Opened]
	if err := opened.image.with(func(r io.ReaderAt) error {
		part := io.NewSectionReader(r, opened.File.Slice.Offset, opened.File.Slice.Size)
		read, err := machocheck.Read(part, opened.File.Slice.Size, machocheck.WantGo|machocheck.WantExtensions)
		if err == nil {
			p.Extensions = read[0].Extensions
		}
		return err
	}); err != nil {
		return err
	}
	for _, x := range p.extensions() {
		for _, o := range p.Objects[:p.Opened] {
			offer, ok, err := o.provides(x.Info)
			if err != nil {
				return err
			}
			if ok {
				p.Offers = append(p.Offers, offer)
				break
			}
		}
	}
	return nil
}

// provides tells what an object offers to an extension, if it is its host.
func (o *Object) provides(x extension.Info) (Offer, bool, error) {
	offer, err := o.image.offer(x.Host)
	if err != nil || offer == nil {
		return Offer{}, false, err
	}
	own := Offer{*offer, o.Path}
	for _, name := range x.Raise {
		if !o.exports("_" + name) {
			own.Lacks = append(own.Lacks, name)
		}
	}
	return own, true, nil
}

// offer tells what an image offers to the extensions of a host, or nil. It looks
// once: the next extension finds the same.
func (img *image) offer(host extension.Host) (*extension.Offer, error) {
	img.offersMu.Lock()
	defer img.offersMu.Unlock()
	if offer, ok := img.offers[host]; ok {
		return offer, nil
	}
	look := extension.Image{BigEndian: img.macho.BigEndian}
	for _, name := range img.macho.Exports {
		look.Defined = append(look.Defined, inC(name))
	}
	var found *extension.Offer
	if err := img.with(func(r io.ReaderAt) error {
		look.Constants = machocheck.Constants(img.macho, r)
		offer, ok, err := extension.Provides(host, look)
		if ok {
			found = &offer
		}
		return err
	}); err != nil {
		return nil, err
	}
	if img.offers == nil {
		img.offers = map[extension.Host]*extension.Offer{}
	}
	img.offers[host] = found
	return found, nil
}

// inC takes away the underscore that C names have in Mach-O.
func inC(name string) string { return strings.TrimPrefix(name, "_") }
