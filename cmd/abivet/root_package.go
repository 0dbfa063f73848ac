package main

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/abi/audit"
	"github.com/abivet/abivet/abi/container"
	"github.com/abivet/abivet/abi/userspace"
	"github.com/abivet/abivet/elfcheck/ldso"
)

// A machine is the file system of this machine, with packages in it as the
// directories that they make when they are unpacked where they stand: what is
// in a wheel finds what the wheel brings along.
type machine struct {
	fs.FS
	packages map[string]*unpacked // by their place without links
	options  userspace.Options    // of opening packages: their limits
	close    func() error
}

// An unpacked is a package that was named beside a user space.
type unpacked struct {
	*userspace.Space
	arg  string      // as it was named
	name string      // in the machine
	in   *ldso.Space // the user space with it installed, of a package of a distribution
	done func() error
}

func openMachine(limits userspace.Limits) (*machine, error) {
	root, err := os.OpenRoot("/")
	if err != nil {
		return nil, err
	}
	return &machine{FS: root.FS(), packages: map[string]*unpacked{}, options: userspace.Options{Limits: limits}, close: root.Close}, nil
}

// Close closes the packages as well.
func (m *machine) Close() error {
	errs := []error{m.close()}
	for _, p := range m.packages {
		errs = append(errs, p.Close())
	}
	return errors.Join(errs...)
}

// unpack opens a package. It returns nil where the file is none.
func (m *machine) unpack(arg string) (*unpacked, error) {
	if !isContainer(arg) {
		return nil, nil
	}
	real, err := filepath.EvalSymlinks(arg)
	if err == nil {
		real, err = filepath.Abs(real)
	}
	if err != nil {
		return nil, err
	}
	name := strings.TrimPrefix(real, "/")
	if p := m.packages[name]; p != nil {
		return p, nil
	}
	s, err := userspace.Open(real, m.options)
	if errors.Is(err, abi.ErrFormat) {
		return nil, nil // a compressed file, perhaps; nothing that has a place for each file in it
	}
	if err != nil {
		return nil, err
	}
	p := &unpacked{Space: s, arg: arg, name: name}
	m.packages[name] = p
	return p, nil
}

// unpack puts packages that lie outside the user space in the place of their
// files, and installs those of distributions in it.
func (s *space) unpack(sources []audit.Source) error {
	if s.outside == nil {
		return nil
	}
	var named []string
	for _, source := range sources {
		if source.FS == nil {
			named = append(named, source.Path)
		}
	}
	in := s.installer(named, s.outside.options)
	for i, source := range sources {
		if source.FS != nil {
			continue
		}
		p, err := s.outside.unpack(source.Path)
		if err == nil && p != nil {
			sources[i] = audit.Source{FS: p, Path: "."}
			err = p.install(in)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// isContainer looks at the first bytes.
func isContainer(name string) bool {
	info, err := os.Stat(name)
	if err != nil || !info.Mode().IsRegular() {
		return false
	}
	f, err := os.Open(name)
	if err != nil {
		return false
	}
	defer f.Close()
	start := make([]byte, 1024)
	n, err := io.ReadFull(f, start)
	return (err == nil || errors.Is(err, io.ErrUnexpectedEOF)) && container.Walker{}.Knows(start[:n])
}

// at returns the file system that a name is in, and the name there.
func (m *machine) at(name string) (fs.FS, string) {
	if len(m.packages) == 0 {
		return m.FS, name
	}
	for dir, rest := name, "."; dir != "."; dir = path.Dir(dir) {
		if p := m.packages[dir]; p != nil {
			return p, rest
		}
		rest = path.Join(path.Base(dir), rest)
	}
	return m.FS, name
}

// Open implements [fs.FS].
func (m *machine) Open(name string) (fs.File, error) {
	fsys, name := m.at(name)
	return fsys.Open(name)
}

// Lstat implements [fs.ReadLinkFS].
func (m *machine) Lstat(name string) (fs.FileInfo, error) {
	fsys, name := m.at(name)
	return fs.Lstat(fsys, name)
}

// ReadLink implements [fs.ReadLinkFS].
func (m *machine) ReadLink(name string) (string, error) {
	fsys, name := m.at(name)
	return fs.ReadLink(fsys, name)
}
