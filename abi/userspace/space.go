// Package userspace opens the place that native code is to run in as an
// [fs.FS]: a directory, a container image, an exported root file system, a set
// of Debian packages or a package such as a wheel. It never runs anything, asks
// no daemon and no network, and writes nothing but temporary files without a
// name.
//
// Nothing here follows a symbolic link: absolute links are those of the user
// space and not of this machine, and the loaders differ in what they follow.
// Every name must be free of links but for its last component, which Lstat and
// ReadLink are asked about. Resolving is left to whoever asks.
package userspace

import (
	"errors"
	"io"
	"io/fs"
	"strings"
	"sync"
	"syscall"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/internal/rootpath"
)

// A Kind is what a user space was opened from.
type Kind string

// The kinds.
const (
	Directory     Kind = "directory"
	OCILayout     Kind = "OCI layout"
	DockerArchive Kind = "docker archive"
	Tar           Kind = "tar"
	Debs          Kind = "Debian packages"
	Zip           Kind = "zip archive"
)

// A Space is an opened user space. It has the methods of [fs.FS],
// [fs.ReadDirFS] and [fs.ReadLinkFS]; goroutines may share it. Files that it
// opens have ReadAt and must not be used after Close. Their size is what an
// archive or a hole in a file claims: no reason to allocate as much.
//
// Names are those of fs.FS, except that they need not be UTF-8: the kernel does
// not want that either.
type Space struct {
	name     string
	kind     Kind
	platform abi.Platform
	files    files
	close    closers
	packages []string // of a set of debs, by inode.owner
	under    *Space   // what these lie over, or nil
	owners   func() map[string]string
}

// files is where the files of a space are. Names are valid, errors are plain.
type files interface {
	// open opens a regular file, which lstat has described.
	open(name string, info fs.FileInfo) (fs.File, error)
	lstat(name string) (fs.FileInfo, error)
	readLink(name string) (string, error)
	readDir(name string) ([]fs.DirEntry, error) // in order of names
}

func newSpace(name string, kind Kind, f files, c closers) *Space {
	s := &Space{name: name, kind: kind, files: f, close: c}
	s.owners = sync.OnceValue(s.readOwners)
	return s
}

// Name returns the name that the space was opened by.
func (s *Space) Name() string { return s.name }

// Kind returns what the space was opened from.
func (s *Space) Kind() Kind { return s.kind }

// Platform returns what an image says that it is made for. It is not known for
// the other kinds.
func (s *Space) Platform() abi.Platform { return s.platform }

// Close releases the files and the temporary files beneath.
func (s *Space) Close() error { return s.close.Close() }

// Open opens a regular file or a directory. A link is [syscall.ELOOP], as with
// O_NOFOLLOW. What is neither, such as a pipe or a device, is an error: it is
// never opened.
func (s *Space) Open(name string) (fs.File, error) {
	info, err := s.stat(name)
	if err != nil {
		return nil, failed("open", name, err)
	}
	switch {
	case info.IsDir():
		return &dir{info: info, files: s.files, name: name}, nil
	case info.Mode()&fs.ModeSymlink != 0:
		return nil, failed("open", name, syscall.ELOOP)
	case !info.Mode().IsRegular():
		return nil, failed("open", name, errNotRegular(info.Mode()))
	}
	f, err := s.files.open(name, info)
	if err != nil {
		return nil, failed("open", name, err)
	}
	return f, nil
}

// Lstat describes a file, and of a link the link.
func (s *Space) Lstat(name string) (fs.FileInfo, error) {
	info, err := s.stat(name)
	if err != nil {
		return nil, failed("lstat", name, err)
	}
	return info, nil
}

func (s *Space) stat(name string) (fs.FileInfo, error) {
	if !validName(name) {
		return nil, fs.ErrInvalid
	}
	return s.files.lstat(name)
}

// ReadLink returns where a link leads, as it is written.
func (s *Space) ReadLink(name string) (string, error) {
	if !validName(name) {
		return "", failed("readlink", name, fs.ErrInvalid)
	}
	target, err := s.files.readLink(name)
	if err != nil {
		return "", failed("readlink", name, err)
	}
	return target, nil
}

// ReadDir lists a directory in the order of names.
func (s *Space) ReadDir(name string) ([]fs.DirEntry, error) {
	if !validName(name) {
		return nil, failed("readdir", name, fs.ErrInvalid)
	}
	list, err := s.files.readDir(name)
	if err != nil {
		return nil, failed("readdir", name, err)
	}
	return list, nil
}

// SameFile reports whether two files of one or of several spaces are hard links
// of one file.
func SameFile(a, b fs.FileInfo) bool {
	idA, okA := rootpath.Identity(a)
	idB, okB := rootpath.Identity(b)
	return okA && okB && idA == idB
}

// validName is fs.ValidPath without its demand for UTF-8.
func validName(name string) bool {
	if name == "." {
		return true
	}
	for part := range strings.SplitSeq(name, "/") {
		if part == "" || part == "." || part == ".." {
			return false
		}
	}
	return true
}

func failed(op, name string, err error) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		err = e.Err // the name in it is that of a part
	}
	return &fs.PathError{Op: op, Path: name, Err: err}
}

func errNotRegular(m fs.FileMode) error {
	return errors.New("is of type " + m.Type().String() + ": want a regular file or a directory")
}

// A dir is an opened directory.
type dir struct {
	info  fs.FileInfo
	files files
	name  string
	list  []fs.DirEntry // what ReadDir has not given yet
	read  bool
}

func (d *dir) Stat() (fs.FileInfo, error) { return d.info, nil }
func (d *dir) Close() error               { return nil }

func (d *dir) Read([]byte) (int, error) {
	return 0, failed("read", d.name, syscall.EISDIR)
}

func (d *dir) ReadDir(n int) ([]fs.DirEntry, error) {
	if !d.read {
		list, err := d.files.readDir(d.name)
		if err != nil {
			return nil, failed("readdir", d.name, err)
		}
		d.list, d.read = list, true
	}
	if n > 0 && len(d.list) == 0 {
		return nil, io.EOF
	}
	if n <= 0 || n > len(d.list) {
		n = len(d.list)
	}
	list := d.list[:n]
	d.list = d.list[n:]
	return list, nil
}

// closers closes everything, the last first.
type closers []io.Closer

func (c closers) Close() error {
	var errs []error
	for i := len(c) - 1; i >= 0; i-- {
		errs = append(errs, c[i].Close())
	}
	return errors.Join(errs...)
}
