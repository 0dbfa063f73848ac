package audit

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/elfcheck/ldso"
)

var errNotLaidOut = errors.New("what a file in a container brings is not judged; the command load does, or unpack it")

// A laidOut is a container whose files are laid out as if it had been unpacked
// where it stands, in a directory of its name.
type laidOut struct {
	options Options
	from    candidate
	tried   bool
	err     error
	space   *ldso.Space // nil where err is
	at      string      // the directory
	top     string      // the only name in it, where there is but one
	close   []func() error
}

// release lets go of the files.
func (l *laidOut) release() {
	for i := len(l.close) - 1; i >= 0; i-- {
		_ = l.close[i]() // it was only read
	}
}

// open lays the container out when the first file in it asks for that.
func (l *laidOut) open() error {
	if !l.tried {
		l.tried = true
		l.err = l.unpack()
	}
	return l.err
}

func (l *laidOut) unpack() error {
	if l.options.Unpack == nil {
		return errNotLaidOut
	}
	file, err := l.from.source.open(l.from.path)
	if err != nil {
		return err
	}
	l.close = append(l.close, file.Close)
	at, ok := file.(io.ReaderAt)
	size, err := sizeOf(file)
	if err != nil || !ok {
		return errors.Join(err, errors.New("it cannot be read at will"))
	}
	fsys, done, err := l.options.Unpack(l.from.path, at, size)
	if errors.Is(err, abi.ErrFormat) {
		return errors.New("it is not unpacked to a directory of its own")
	}
	if err != nil {
		return err
	}
	l.close = append(l.close, done)
	if list, err := fs.ReadDir(fsys, "."); err != nil {
		return err
	} else if len(list) == 1 {
		l.top = list[0].Name()
	}
	l.at, _ = l.from.place()
	l.at = filepath.ToSlash(l.at)
	l.space = l.options.Space.With(mounted{fsys, strings.TrimPrefix(l.at, "/")})
	return nil
}

// load judges what a file in the container brings, or says why not.
func (l *laidOut) load(j judge, r *abi.Result, e Entry) {
	process, why := l.process(j, e)
	if why != "" {
		inContainer(r, e, j.rules.process, why)
		return
	}
	j.process(r, e, process)
}

// process lays a file out. Packages bring files for whatever they may be
// installed on: one that is not for this user space is none of its faults.
func (l *laidOut) process(j judge, e Entry) (process *ldso.Process, why string) {
	arch := l.options.Space.Arch()
	switch {
	case strings.HasPrefix(e.Container, l.from.path+"!data.tar"):
		return nil, "a Debian package is installed at /: unpack it into the user space"
	case e.Container != l.from.path:
		return nil, "it is in a container in a container"
	case e.ELF.Platform.OS != "linux" || e.ELF.Platform.Arch != arch:
		return nil, fmt.Sprintf("it is for %s, the user space for linux/%s", e.ELF.Platform, arch)
	}
	if err := l.open(); err != nil {
		return nil, err.Error()
	}
	inner := strings.TrimPrefix(e.Path, l.from.path+"!")
	request := l.options.Load
	request.Path, request.Outside = path.Join(l.at, inner), true
	process, err := j.openELF(l.space, candidate{}, e, request)
	switch {
	case err != nil:
		return nil, err.Error()
	case process.Unknown != "" && len(process.Failures) == 0:
		return nil, "no verdict of the loader: " + process.Unknown
	case l.beside(process) != "":
		return nil, fmt.Sprintf("%q is looked for beside the package, and nothing is unpacked there", l.beside(process))
	case e.ELF.Libc != "" && process.Libc != "" && e.ELF.Libc != process.Libc:
		return nil, fmt.Sprintf("it is for %s, the user space has %s", e.ELF.Libc, process.Libc)
	}
	return process, ""
}

// beside returns a library that is missing and would be in another package: a
// library path leads out of the container, or out of the one directory that all of it is
// in, which is called otherwise once it is installed, as that of npm is.
func (l *laidOut) beside(process *ldso.Process) string {
	for _, o := range process.Objects {
		for _, need := range o.Needs {
			for _, place := range need.Looked {
				_, rest, ok := strings.Cut(place.Path, l.at+"/")
				if rest = path.Clean(rest); ok && need.Object == nil && (!fs.ValidPath(rest) || l.top != "" && rest != l.top && !strings.HasPrefix(rest, l.top+"/")) {
					return need.Name
				}
			}
		}
	}
	return ""
}

// inContainer says why what a file in a container brings was not judged.
func inContainer[F any](r *abi.Result, e Entry, rules []abi.Rule[F], why string) {
	if e.Container == "" || e.Member != "" {
		return
	}
	for _, rule := range rules {
		add(r, nil, []abi.Skipped{{Rule: rule.ID, Why: why}})
	}
}

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
