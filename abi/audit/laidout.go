package audit

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"path/filepath"
	"strings"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/elfcheck/ldso"
)

var errNotLaidOut = errors.New("what a file in a container brings is not judged; the command load does, or unpack it")

// A laidOut is a container whose files are laid out as if it had been unpacked
// where it stands, in a directory of its name, or installed in the user space.
type laidOut struct {
	options *Options
	from    candidate
	tried   bool
	err     error
	space   *ldso.Space // nil where err is
	// installed says that space has the package below /, and at is "" then.
	installed  bool
	configured []string // directories that ldconfig goes through then
	at         string   // the directory
	top        string   // the only name in it, where there is but one
	close      []func() error

	done   bool   // a file was laid out
	passed string // why the first that was not was not
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
	made, err := l.options.Unpack(l.from.path, at, size)
	if errors.Is(err, abi.ErrFormat) {
		return errors.New("this form of packing is not laid out: unpack it, a package of a distribution into the user space")
	}
	if err != nil {
		return err
	}
	l.close = append(l.close, made.Close)
	if made.Installed && l.from.source.Inside {
		return errors.New("it lies in the user space, which may have it installed or not")
	}
	if l.installed = made.Installed; l.installed {
		l.space, l.configured = ldso.New(made.FS), configured(made.FS)
		return nil
	}
	if list, err := fs.ReadDir(made.FS, "."); err != nil {
		return err
	} else if len(list) == 1 {
		l.top = list[0].Name()
	}
	l.at, _ = l.from.place()
	l.at = filepath.ToSlash(l.at)
	l.space = l.options.Space.With(mounted{made.FS, strings.TrimPrefix(l.at, "/")})
	return nil
}

// load judges what a file in the container brings, or says why not.
func (l *laidOut) load(j *judge, r *abi.Result, e Entry) {
	process, why := l.process(j, e)
	if why != "" {
		l.passed = cmp.Or(l.passed, why)
		inContainer(r, e, j.rules.process, why)
		return
	}
	j.process(r, e, process)
}

// none says that of a package that was named nothing was laid out, where that is
// so: it was asked for, and the lines about each file look like a pass.
func (l *laidOut) none() (abi.Result, bool) {
	if !l.from.named || l.done || l.passed == "" {
		return abi.Result{}, false
	}
	err := fmt.Errorf("nothing of it was laid out in the user space: %s", l.passed)
	return abi.Result{Path: l.from.path, Err: err}, true
}

// process lays a file out. Packages bring files for whatever they may be
// installed on: one that is not for this user space is none of its faults.
func (l *laidOut) process(j *judge, e Entry) (process *ldso.Process, why string) {
	arch := l.options.Space.Arch()
	inner, ok := l.inner(e)
	switch {
	case !ok:
		return nil, "it is in a container in a container"
	case e.ELF.Platform.OS != "linux" || e.ELF.Platform.Arch != arch:
		return nil, fmt.Sprintf("it is for %s, the user space for linux/%s", e.ELF.Platform, arch)
	}
	if err := l.open(); err != nil {
		return nil, err.Error()
	}
	request := l.options.Load
	request.Path, request.Outside = path.Join(l.at, "/", inner), !l.installed
	process, err := j.openELF(l.space, candidate{}, e, request)
	switch {
	case err != nil:
		return nil, err.Error()
	case e.ELF.Libc != "" && process.Libc != "" && e.ELF.Libc != process.Libc:
		return nil, fmt.Sprintf("it is for %s, the user space has %s", e.ELF.Libc, process.Libc)
	}
	l.done = true
	switch {
	case process.Unknown != "" && len(process.Failures) == 0:
		return nil, "no verdict of the loader: " + process.Unknown
	case l.uncached(process) != "":
		return nil, l.uncached(process)
	case l.beside(process) != "":
		return nil, fmt.Sprintf("%q is looked for beside the package, and nothing is unpacked there", l.beside(process))
	}
	return process, ""
}

// inner is the name of a file in the container, where it is in no other one in
// that: a Debian package has its files in one.
func (l *laidOut) inner(e Entry) (name string, ok bool) {
	rest := strings.TrimPrefix(e.Path, l.from.path+"!")
	if e.Container == l.from.path {
		return rest, true
	}
	data, name, ok := strings.Cut(rest, "!")
	return name, ok && strings.HasPrefix(data, "data.tar") && e.Container == l.from.path+"!"+data
}

// beside returns a library that is missing and would be in another package: a
// library path leads out of the container, or out of the one directory that all of it is
// in, which is called otherwise once it is installed, as that of npm is.
func (l *laidOut) beside(process *ldso.Process) string {
	if l.installed {
		return ""
	}
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
