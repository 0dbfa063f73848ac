package audit

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"

	"github.com/abivet/abivet/internal/rawfile"
)

// A Source is a file, or a directory of files, to be checked.
//
// A Path that is a symbolic link is followed. Below a directory none is: what
// it leads to inside the directory is met on its own, and what is outside was
// not asked for. Devices, sockets and pipes below a directory are not opened.
type Source struct {
	FS   fs.FS  // nil is the file system of the machine
	Path string // in FS, or of the machine
	// Inside says that FS is the user space of Options.Space: files are loaded
	// from where they stand in it.
	Inside bool
	// Containers, where it is not nil, looks into containers of files:
	// packages, archives, compressed files.
	Containers Containers
}

// Containers finds native files in containers of files. abi/container has one:
// it is handed in, so that importing this package brings no decompressor.
type Containers interface {
	// Knows reports whether a file that begins with these bytes may be a
	// container. They are as many as tell it, or the whole file.
	Knows(start []byte) bool
	// Walk calls found for every file in a container that is wanted by its
	// name or its first bytes; in a zip archive first for those wanted by
	// their name alone. Found gets the place of the container that it is in
	// ("" for this one, or "!inner.zip") and its name there, and the file or
	// the error that kept it from being read. One that is stored as it is comes
	// as an [io.SectionReader] of its container. The header of an RPM package,
	// which is no file of its own, comes as one "rpm header", in lines such as
	// "Arch: x86_64". What is no container after all is [abi.ErrFormat].
	Walk(ctx context.Context, r io.ReaderAt, size int64, want func(name string, start []byte) bool, found func(in, name string, r io.ReaderAt, size int64, err error)) error
}

// Files returns sources on the machine's own file system.
func Files(paths ...string) []Source { return FilesIn(nil, paths...) }

// FilesIn returns sources in a file system. No path is all of it.
func FilesIn(fsys fs.FS, paths ...string) []Source {
	if len(paths) == 0 {
		paths = []string{"."}
	}
	sources := make([]Source, len(paths))
	for i, p := range paths {
		sources[i] = Source{FS: fsys, Path: p}
	}
	return sources
}

// The machine's file system is not an fs.FS here: the names of that are UTF-8,
// and those on a disk are whatever somebody wrote.

func (s Source) stat(name string) (fs.FileInfo, error) {
	if s.FS != nil {
		return fs.Stat(s.FS, name)
	}
	return os.Stat(name)
}

// readDir returns the entries in the order of their names. Along with an error
// there may be some.
func (s Source) readDir(name string) ([]fs.DirEntry, error) {
	if s.FS != nil {
		return fs.ReadDir(s.FS, name)
	}
	return os.ReadDir(name)
}

// open opens a file; sizeOf tells its size.
func (s Source) open(name string) (io.ReadCloser, error) {
	if s.FS != nil {
		return s.FS.Open(name)
	}
	f, err := rawfile.Open(name)
	if err != nil {
		return nil, err
	}
	return f, nil
}

var errNoFile = errors.New("want a regular file")

func sizeOf(file io.ReadCloser) (int64, error) {
	if raw, ok := file.(*rawfile.File); ok {
		size, regular, err := raw.Size()
		if err == nil && !regular {
			err = &fs.PathError{Op: "read", Path: raw.Name, Err: errNoFile}
		}
		return size, err
	}
	info, err := file.(fs.File).Stat()
	switch {
	case err != nil:
		return 0, err
	case !info.Mode().IsRegular():
		return 0, errNoFile
	}
	return info.Size(), nil
}

// root is the path as results show it, and as names below it begin.
func (s Source) root() string {
	if s.FS != nil {
		return path.Clean(s.Path)
	}
	if trimmed := strings.TrimRight(s.Path, "/"); trimmed != "" {
		return trimmed
	}
	return s.Path // / itself, or nothing
}

func (s Source) below(dir, name string) string {
	switch {
	case s.FS != nil:
		return path.Join(dir, name)
	case strings.HasSuffix(dir, "/"):
		return dir + name
	}
	return dir + "/" + name
}

// A candidate is a file that may be native, or a path that could not be looked
// at.
type candidate struct {
	source Source
	path   string
	// named says that the path was asked for: it has to be a native file.
	named bool
	err   error
	in    *directory // whose package it may be of
}

// candidates yields what the source has, in the order of names. It holds the
// entries of the directories above, and nothing of files.
func (s Source) candidates(yield func(candidate) bool) {
	root := s.root()
	info, err := s.stat(root)
	switch {
	case err != nil:
		yield(candidate{path: root, err: err})
	case info.IsDir():
		s.walk(root, nil, yield)
	case info.Mode().IsRegular():
		yield(candidate{source: s, path: root, named: true})
	default:
		yield(candidate{path: root, err: fmt.Errorf("%s: want a file or a directory", kindOf(info.Mode()))})
	}
}

func (s Source) walk(dir string, in *directory, yield func(candidate) bool) bool {
	entries, err := s.readDir(dir)
	in = s.directory(dir, entries, in)
	for _, e := range entries {
		name := s.below(dir, e.Name())
		switch {
		case e.IsDir() && s.isPseudo(name):
		case e.IsDir():
			if !s.walk(name, in, yield) {
				return false
			}
		case e.Type().IsRegular():
			if !yield(candidate{source: s, path: name, in: in}) {
				return false
			}
		}
	}
	return err == nil || yield(candidate{path: dir, err: err})
}

// isPseudo reports whether a directory of a user space, or of the machine, is
// the kernel's: what is in it is no file that anybody built.
func (s Source) isPseudo(name string) bool {
	switch name {
	case "/proc", "/sys", "/dev":
		return s.FS == nil
	case "proc", "sys", "dev":
		return s.Inside
	}
	return false
}

func kindOf(m fs.FileMode) string {
	switch {
	case m&fs.ModeNamedPipe != 0:
		return "a pipe"
	case m&fs.ModeSocket != 0:
		return "a socket"
	case m&fs.ModeDevice != 0:
		return "a device"
	}
	return "neither file nor directory"
}
