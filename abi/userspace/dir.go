package userspace

import (
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
)

// maxOpenDirs is how many directories are kept open. A loader looks for many
// files in few directories, and every component of a name costs two calls.
const maxOpenDirs = 128

// A directory is a root file system on this machine. Nothing leads out of it, even
// if somebody changes it meanwhile.
type directory struct {
	mu      sync.RWMutex      // for reading as long as a folder is used
	folders map[string]folder // by name; "." stays
}

func openDirectory(name string) (*directory, error) {
	root, err := openFolder(name)
	if err != nil {
		return nil, err
	}
	return &directory{folders: map[string]folder{".": root}}, nil
}

func (d *directory) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	var errs []error
	for _, open := range d.folders {
		errs = append(errs, open.close())
	}
	clear(d.folders)
	return errors.Join(errs...)
}

// in calls f with a directory, no component of whose name may be a link.
func (d *directory) in(name string, f func(folder) error) error {
	if known, err := d.known(name, f); known {
		return err
	}
	if name == "." {
		return fs.ErrClosed
	}
	var open folder
	err := d.in(path.Dir(name), func(parent folder) (err error) {
		open, err = parent.folder(path.Base(name))
		return err
	})
	if err != nil {
		return err
	}
	defer d.keep(name, open)
	return f(open)
}

// known calls f with a directory that is open already.
func (d *directory) known(name string, f func(folder) error) (known bool, err error) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	open, known := d.folders[name]
	if known {
		err = f(open)
	}
	return known, err
}

// keep keeps a directory open, in the place of any other if there is no room.
func (d *directory) keep(name string, open folder) {
	d.mu.Lock()
	defer d.mu.Unlock()
	_, root := d.folders["."]
	if _, known := d.folders[name]; known || !root {
		open.close()
		return
	}
	for other, open := range d.folders {
		if len(d.folders) < maxOpenDirs {
			break
		}
		if other != "." {
			delete(d.folders, other)
			open.close()
		}
	}
	d.folders[name] = open
}

func (d *directory) lstat(name string) (info fs.FileInfo, err error) {
	err = d.in(path.Dir(name), func(parent folder) error {
		info, err = parent.lstat(path.Base(name))
		return err
	})
	return info, err
}

func (d *directory) readLink(name string) (target string, err error) {
	err = d.in(path.Dir(name), func(parent folder) error {
		target, err = parent.readLink(path.Base(name))
		return err
	})
	return target, err
}

func (d *directory) open(name string, before fs.FileInfo) (file fs.File, err error) {
	err = d.in(path.Dir(name), func(parent folder) error {
		file, err = parent.open(path.Base(name), before)
		return err
	})
	return file, err
}

func (d *directory) readDir(name string) (list []fs.DirEntry, err error) {
	err = d.in(name, func(open folder) error {
		entries, err := open.list()
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
