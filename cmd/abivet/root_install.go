package main

import (
	"errors"
	"io/fs"
	"os"
	"sync"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/abi/userspace"
	"github.com/abivet/abivet/elfcheck/ldso"
)

// An installer lays packages of a distribution over a user space: first all that
// are named, since one may need another, and then the one that is asked about,
// so that of a file which several have its own is there.
type installer struct {
	options userspace.Options
	all     func() (*userspace.Space, error)
}

func (s *space) installer(named []string, o userspace.Options) installer {
	return installer{o, sync.OnceValues(func() (*userspace.Space, error) {
		all := s.files
		if len(named) < 2 {
			return all, nil
		}
		for _, name := range named {
			with, done, err := install(all, name, o)
			if err != nil {
				return nil, err
			}
			if with != nil {
				rest := s.close
				s.close = func() error { return errors.Join(done(), rest()) }
				all = with
			}
		}
		return all, nil
	})}
}

// with returns the user space with a package in it, or [abi.ErrFormat].
func (i installer) with(p userspace.Packed) (*userspace.Space, error) {
	all, err := i.all()
	if err != nil {
		return nil, err
	}
	return all.With(i.options, p)
}

// install returns a user space with a file in it that is a package, or nil: what is none,
// or damaged, is for whoever asks about it to tell. The error is of the machine: without
// a package that is named, what it has would be missing to the others.
func install(under *userspace.Space, name string, o userspace.Options) (with *userspace.Space, done func() error, err error) {
	if !isContainer(name) {
		return nil, nil, nil
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, nil, err
	}
	info, err := f.Stat()
	if err == nil {
		with, err = under.With(o, userspace.Packed{Name: name, R: f, Size: info.Size()})
	}
	if err != nil {
		f.Close()
		if machine := new(fs.PathError); errors.As(err, &machine) {
			return nil, nil, err
		}
		return nil, nil, nil
	}
	return with, func() error { return errors.Join(with.Close(), f.Close()) }, nil
}

// install lays a package of a distribution over the user space. Others stay where
// they stand.
func (p *unpacked) install(i installer) error {
	f, err := os.Open("/" + p.name)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	var with *userspace.Space
	if err == nil {
		with, err = i.with(userspace.Packed{Name: p.arg, R: f, Size: info.Size()})
	}
	if err != nil {
		f.Close()
		if errors.Is(err, abi.ErrFormat) {
			return nil
		}
		return err
	}
	p.in = ldso.New(with)
	p.done = func() error { return errors.Join(with.Close(), f.Close()) }
	return nil
}

// Close closes the user space that the package is in, too.
func (p *unpacked) Close() error {
	if p.done == nil {
		return p.Space.Close()
	}
	return errors.Join(p.done(), p.Space.Close())
}
