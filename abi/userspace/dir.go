package userspace

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"sync"
	"syscall"
)

// maxOpenDirs is how many directories are kept open. A loader looks for many
// files in few directories, and every component of a name costs two calls.
const maxOpenDirs = 128

// A directory is a root file system on this machine. [os.Root] sees to it that
// nothing leaves it, even if somebody changes it meanwhile.
type directory struct {
	mu    sync.RWMutex
	roots map[string]*os.Root // by name; "." stays
}

func openDirectory(name string) (*directory, error) {
	root, err := os.OpenRoot(name)
	if err != nil {
		return nil, err
	}
	return &directory{roots: map[string]*os.Root{".": root}}, nil
}

func (d *directory) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	var c closers
	for _, root := range d.roots {
		c = append(c, root)
	}
	clear(d.roots)
	return c.Close()
}

// in calls f with a directory, no component of whose name may be a link. f may
// be called again if the first call found its directory closed.
func (d *directory) in(name string, f func(*os.Root) error) error {
	d.mu.RLock()
	root := d.roots[name]
	d.mu.RUnlock()
	if root != nil {
		err := f(root)
		if !errors.Is(err, fs.ErrClosed) || name == "." {
			return err
		}
		// Another goroutine wanted room for its own.
	}
	if name == "." {
		return fs.ErrClosed
	}
	return d.in(path.Dir(name), func(parent *os.Root) error {
		info, err := parent.Lstat(path.Base(name))
		if err != nil {
			return err
		}
		if !info.IsDir() {
			return syscall.ENOTDIR
		}
		root, err := parent.OpenRoot(path.Base(name))
		if err != nil {
			return err
		}
		defer d.keep(name, root)
		return f(root)
	})
}

// keep keeps a directory open, in the place of any other if there is no room.
func (d *directory) keep(name string, root *os.Root) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.roots["."] == nil || d.roots[name] != nil {
		root.Close()
		return
	}
	for other, open := range d.roots {
		if len(d.roots) < maxOpenDirs {
			break
		}
		if other != "." {
			delete(d.roots, other)
			open.Close()
		}
	}
	d.roots[name] = root
}

func (d *directory) lstat(name string) (info fs.FileInfo, err error) {
	err = d.in(path.Dir(name), func(parent *os.Root) error {
		info, err = parent.Lstat(path.Base(name))
		return err
	})
	return info, err
}

func (d *directory) readLink(name string) (target string, err error) {
	err = d.in(path.Dir(name), func(parent *os.Root) error {
		target, err = parent.Readlink(path.Base(name))
		return err
	})
	return target, err
}

// open must not wait for the other end of a pipe, nor keep open a device,
// whatever has become of the file since it was looked at.
func (d *directory) open(name string, before fs.FileInfo) (file fs.File, err error) {
	err = d.in(path.Dir(name), func(parent *os.Root) error {
		f, err := parent.OpenFile(path.Base(name), os.O_RDONLY|syscall.O_NONBLOCK, 0)
		if err != nil {
			return err
		}
		after, err := f.Stat()
		if err == nil && !os.SameFile(before, after) {
			err = fs.ErrNotExist // it was another file a moment ago
		}
		if err != nil {
			f.Close()
			return err
		}
		file = f
		return nil
	})
	return file, err
}

func (d *directory) readDir(name string) (list []fs.DirEntry, err error) {
	err = d.in(name, func(root *os.Root) error {
		f, err := root.Open(".")
		if err != nil {
			return err
		}
		defer f.Close()
		entries, err := f.ReadDir(-1)
		for _, e := range entries {
			at := e.Name()
			if name != "." {
				at = name + "/" + at
			}
			list = append(list, &dirEntry{d, at, e.Type()})
		}
		return err
	})
	slices.SortFunc(list, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return list, err
}

// A dirEntry asks for the rest through the root: os.File's own goes by name.
type dirEntry struct {
	dir  *directory
	at   string
	mode fs.FileMode
}

func (e *dirEntry) Name() string               { return path.Base(e.at) }
func (e *dirEntry) IsDir() bool                { return e.mode.IsDir() }
func (e *dirEntry) Type() fs.FileMode          { return e.mode }
func (e *dirEntry) Info() (fs.FileInfo, error) { return e.dir.lstat(e.at) }
func (e *dirEntry) String() string             { return fs.FormatDirEntry(e) }
