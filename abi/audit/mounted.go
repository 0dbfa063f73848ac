package audit

import (
	"io/fs"
	"path"
	"strings"
	"time"
)

// mounted is a file system at a directory of another that has nothing else.
type mounted struct {
	fsys fs.FS
	at   string
}

// within returns the name in the file system, and whether a name is one of the
// directories on the way to it.
func (m mounted) within(name string) (inner string, above, ok bool) {
	if name == m.at {
		return ".", false, true
	}
	if inner, ok = strings.CutPrefix(name, m.at+"/"); ok {
		return inner, false, true
	}
	return "", name == "." || strings.HasPrefix(m.at, name+"/"), false
}

func (m mounted) Open(name string) (fs.File, error) {
	if inner, _, ok := m.within(name); ok {
		return m.fsys.Open(inner)
	}
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

func (m mounted) Lstat(name string) (fs.FileInfo, error) {
	switch inner, above, ok := m.within(name); {
	case ok:
		return fs.Lstat(m.fsys, inner)
	case above:
		return directoryAbove(path.Base(name)), nil
	}
	return nil, &fs.PathError{Op: "lstat", Path: name, Err: fs.ErrNotExist}
}

func (m mounted) ReadLink(name string) (string, error) {
	if inner, _, ok := m.within(name); ok {
		return fs.ReadLink(m.fsys, inner)
	}
	return "", &fs.PathError{Op: "readlink", Path: name, Err: fs.ErrInvalid}
}

// A directoryAbove is one of those on the way to a mounted file system.
type directoryAbove string

func (d directoryAbove) Name() string     { return string(d) }
func (directoryAbove) Size() int64        { return 0 }
func (directoryAbove) Mode() fs.FileMode  { return fs.ModeDir | 0o755 }
func (directoryAbove) ModTime() time.Time { return time.Time{} }
func (directoryAbove) IsDir() bool        { return true }
func (directoryAbove) Sys() any           { return nil }
