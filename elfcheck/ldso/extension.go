package ldso

import (
	"io"

	"github.com/abivet/abivet/abi/extension"
	"github.com/abivet/abivet/elfcheck"
)

// offers looks at what was there before the file was opened for the host that
// the file is an extension of.
func (s *state) offers() error {
	p := s.process
	p.Hosted = true
	for _, x := range p.extension().Files {
		for _, o := range p.Objects[:p.Opened] {
			offer, ok, err := o.provides(x.Info, p.Objects[p.Opened])
			if err != nil {
				return err
			}
			if ok {
				offer.Path = shown(o.Path)
				p.Offers = append(p.Offers, offer)
				break
			}
		}
	}
	return nil
}

func (o *Object) provides(x extension.Info, opened *Object) (offer extension.Offer, ok bool, err error) {
	if x.Host == extension.Go {
		return o.builds(opened)
	}
	if o.image == nil || o.image.fs == nil {
		return offer, false, nil
	}
	f := o.image.listed()
	if f == nil {
		return offer, false, nil // it is damaged, which has been said
	}
	img := extension.Image{BigEndian: f.BigEndian}
	has := map[string]bool{}
	for i := range f.Exports {
		img.Defined = append(img.Defined, f.Exports[i].Name)
		has[f.Exports[i].Name] = true
	}
	err = o.image.with(func(r io.ReaderAt) error {
		img.Constants = elfcheck.Constants(f, r)
		offer, ok, err = extension.Provides(x.Host, img)
		return err
	})
	for _, name := range x.Raise {
		if !has[name] {
			offer.Lacks = append(offer.Lacks, name)
		}
	}
	return offer, ok, err
}
