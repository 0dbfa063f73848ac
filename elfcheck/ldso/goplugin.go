package ldso

import (
	"debug/elf"
	"io"
	"slices"
	"strings"

	"github.com/abivet/abivet/abi/extension"
	"github.com/abivet/abivet/elfcheck"
)

// hashes are what the linker of Go says of each package in a program that opens
// plugins, and in a plugin (cmd/link/internal/ld/lib.go): a hash over what the
// compiler wrote of it. The runtime refuses a plugin where one differs.
var hashes = [...]string{"go:link.pkghashbytes.", "go.link.pkghashbytes."} // from 1.20 on, and before

// builds tells what a program offers to a plugin of Go: which Go it is built by,
// and the packages that both have from different builds.
func (o *Object) builds(plugin *Object) (offer extension.Offer, ok bool, err error) {
	own, err := o.packages()
	if err != nil || len(own) == 0 {
		return offer, false, err
	}
	others, err := plugin.packages()
	if err != nil {
		return offer, false, err
	}
	offer.Host = extension.Go
	if o.File.Go != nil {
		offer.Built = o.File.Go.Version
	}
	for name, hash := range others {
		if before, both := own[name]; both && before != hash {
			offer.Differ = append(offer.Differ, name)
		}
	}
	slices.Sort(offer.Differ)
	return offer, true, nil
}

// packages returns the hashes that an object exports, by import path.
func (o *Object) packages() (map[string]string, error) {
	if o.image == nil || o.image.fs == nil {
		return nil, nil
	}
	f := o.image.listed()
	if f == nil {
		return nil, nil // it is damaged, which has been said
	}
	found := map[string]string{}
	err := o.image.with(func(r io.ReaderAt) error {
		for i := range f.Exports {
			s := &f.Exports[i]
			for _, prefix := range hashes {
				name, ok := strings.CutPrefix(s.Name, prefix)
				if !ok || s.Size == 0 || s.Size > maxHash {
					continue
				}
				hash, err := contents(f, r, s.Value, s.Size)
				if err != nil {
					return err
				}
				if hash != "" {
					found[name] = hash
				}
			}
		}
		return nil
	})
	return found, err
}

const maxHash = 64 // eight bytes since 1.16, twenty before

// contents are the bytes of a file at an address, "" where it has none there.
func contents(f *elfcheck.File, r io.ReaderAt, addr, size uint64) (string, error) {
	for _, s := range f.Segments {
		if s.Type == elf.PT_LOAD && addr >= s.VAddr && addr-s.VAddr <= s.FileSize && size <= s.FileSize-(addr-s.VAddr) {
			b := make([]byte, size)
			if n, err := r.ReadAt(b, int64(s.Offset+addr-s.VAddr)); n < len(b) {
				return "", err
			}
			return string(b), nil
		}
	}
	return "", nil
}
