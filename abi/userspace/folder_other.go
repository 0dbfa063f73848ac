//go:build !unix || aix || dragonfly || solaris

package userspace

import (
	"io/fs"
	"os"
	"syscall"
)

// A folder is a directory that is kept open.
type folder struct{ root *os.Root }

func openFolder(name string) (folder, error) {
	root, err := os.OpenRoot(name)
	return folder{root}, err
}

// folder opens a directory below.
func (d folder) folder(base string) (folder, error) {
	info, err := d.root.Lstat(base)
	if err != nil {
		return folder{}, err
	}
	if !info.IsDir() {
		return folder{}, syscall.ENOTDIR
	}
	root, err := d.root.OpenRoot(base)
	return folder{root}, err
}

func (d folder) close() error                           { return d.root.Close() }
func (d folder) lstat(base string) (fs.FileInfo, error) { return d.root.Lstat(base) }
func (d folder) readLink(base string) (string, error)   { return d.root.Readlink(base) }

// open must not wait for the other end of a pipe, nor keep open a device,
// whatever has become of the file since it was looked at.
func (d folder) open(base string, before fs.FileInfo) (fs.File, error) {
	f, err := d.root.OpenFile(base, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	after, err := f.Stat()
	if err == nil && !os.SameFile(before, after) {
		err = fs.ErrNotExist // it was another file a moment ago
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

func (d folder) list() ([]fs.DirEntry, error) {
	f, err := d.root.Open(".")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return f.ReadDir(-1)
}
