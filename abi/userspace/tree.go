package userspace

import (
	"io"
	"io/fs"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/abivet/abivet/internal/rootpath"
)

// A tree is a file system that was read from archives: names and where the
// bytes stand, and no bytes.
type tree struct {
	root   *inode
	device uint64
	last   uint64 // number of an inode
}

// An inode is a file, whatever names it has.
type inode struct {
	number  uint64
	mode    fs.FileMode
	size    int64
	time    int64 // of modification, nanoseconds since 1970
	from    io.ReaderAt
	offset  int64
	target  string // of a link
	entries map[string]dirent
	opaque  int // number of the layer that hid all that is below its own
	owner   int // index of the package, from 1
}

// A dirent is a name of an inode. Which layer it is of decides what a whiteout
// hides, and hard links may have it from different ones.
type dirent struct {
	*inode
	layer int // from 1
}

var devices atomic.Uint64

func newTree() *tree {
	// The numbers of real devices are far below.
	t := &tree{device: 1<<63 | devices.Add(1)}
	t.root = t.newDir()
	return t
}

func (t *tree) newInode(mode fs.FileMode) *inode {
	t.last++
	return &inode{number: t.last, mode: mode}
}

func (t *tree) newDir() *inode {
	n := t.newInode(fs.ModeDir | 0o755)
	n.entries = map[string]dirent{}
	return n
}

func (t *tree) find(name string) (*inode, error) {
	n := t.root
	if name == "." {
		return n, nil
	}
	for part := range strings.SplitSeq(name, "/") {
		if !n.mode.IsDir() {
			return nil, syscall.ENOTDIR
		}
		child, ok := n.entries[part]
		if !ok {
			return nil, syscall.ENOENT
		}
		n = child.inode
	}
	return n, nil
}

func (t *tree) info(name string, n *inode) fs.FileInfo {
	return &info{name: name[strings.LastIndexByte(name, '/')+1:], inode: n, device: t.device}
}

func (t *tree) lstat(name string) (fs.FileInfo, error) {
	n, err := t.find(name)
	if err != nil {
		return nil, err
	}
	return t.info(name, n), nil
}

func (t *tree) readLink(name string) (string, error) {
	n, err := t.find(name)
	if err != nil {
		return "", err
	}
	if n.mode&fs.ModeSymlink == 0 {
		return "", syscall.EINVAL
	}
	return n.target, nil
}

func (t *tree) readDir(name string) ([]fs.DirEntry, error) {
	n, err := t.find(name)
	if err != nil {
		return nil, err
	}
	if !n.mode.IsDir() {
		return nil, syscall.ENOTDIR
	}
	list := make([]fs.DirEntry, 0, len(n.entries))
	for base, e := range n.entries {
		list = append(list, fs.FileInfoToDirEntry(t.info(base, e.inode)))
	}
	slices.SortFunc(list, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return list, nil
}

func (t *tree) open(_ string, i fs.FileInfo) (fs.File, error) {
	n := i.(*info).inode
	return &file{SectionReader: io.NewSectionReader(n.from, n.offset, n.size), info: i}, nil
}

// A file reads its bytes where they stand in the archive.
type file struct {
	*io.SectionReader
	info fs.FileInfo
}

func (f *file) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f *file) Close() error               { return nil }

type info struct {
	name string
	*inode
	device uint64
}

func (i *info) Name() string       { return i.name }
func (i *info) Size() int64        { return i.size }
func (i *info) Mode() fs.FileMode  { return i.mode }
func (i *info) ModTime() time.Time { return time.Unix(0, i.time) }
func (i *info) IsDir() bool        { return i.mode.IsDir() }
func (i *info) String() string     { return fs.FormatFileInfo(i) }
func (i *info) Sys() any           { return identity{i.device, i.number} }

// An identity is what Sys returns of a file in an archive.
type identity struct{ device, number uint64 }

// FileID makes it known to [rootpath.Identity].
func (i identity) FileID() rootpath.FileID {
	return rootpath.FileID{Device: i.device, Inode: i.number}
}
