package dyld

import (
	"io"
	"path"
	"strings"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/abi/extension"
	"github.com/abivet/abivet/machocheck"
)

var extensionHostABI = extension.OpenedABI((*Process).extension)

// Refused is what the host that was named holds against the extension that it
// opened, which dyld does not ask about, and why that could not be told, or "".
func (p *Process) Refused() (findings []abi.Finding, undecided string) {
	return p.extension().Refused()
}

// Serves reports whether the program that was named as the host is that of the
// extension that it opened.
func (p *Process) Serves() bool { return p.extension().Serves() }

// Loads reports whether a slice of the file that was asked about is the one that
// the process has: a host of one architecture takes no other.
func (p *Process) Loads(f *machocheck.File) bool {
	root := p.root()
	return root == nil || !p.isAsked(shown(root.Path)) || root.File.Slice.Offset == f.Slice.Offset
}

// extension is what was opened, as an extension of the program that opened it;
// nothing where no program was named.
func (p *Process) extension() extension.Opened {
	if !p.Hosted || p.Opened >= len(p.Objects) {
		return extension.Opened{}
	}
	opened, o := extension.Opened{Offers: p.Offers}, p.Objects[p.Opened]
	var libraries []string
	for _, lib := range o.File.Dylibs {
		libraries = append(libraries, lib.Name)
	}
	for _, info := range p.Extensions {
		switch info.Host {
		case extension.Java, extension.Go, extension.PyPy:
			continue // say nothing that a host could be held against
		}
		opened.Files = append(opened.Files, extension.File{Info: info, Name: path.Base(shown(o.Path)), Libraries: libraries, MachO: true})
	}
	return opened
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
	for _, x := range p.extension().Files {
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
func (o *Object) provides(x extension.Info) (extension.Offer, bool, error) {
	offer, err := o.image.offer(x.Host)
	if err != nil || offer == nil {
		return extension.Offer{}, false, err
	}
	own := *offer
	own.Path = shown(o.Path)
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
