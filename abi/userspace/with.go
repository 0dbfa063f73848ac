package userspace

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"syscall"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/abivet/abivet/abi"
)

// A Packed is a package that is not unpacked, and what messages call it.
type Packed struct {
	Name string
	R    io.ReaderAt
	Size int64
}

// With returns the user space with packages of a distribution unpacked in it, one
// over the other, as [OpenDebs] does: those of Debian, Alpine and Arch, whose files
// have their places below /. Links to directories of the user space stay, so that what a package has
// in /lib comes to usr/lib where /lib is a link to that. Any other container is
// [abi.ErrFormat].
//
// Nothing is configured here either: a package that needs ldconfig is not in the cache.
// The packages are read, and the space is used, for as long as the result is
// open.
func (s *Space) With(o Options, packages ...Packed) (*Space, error) {
	r := &debReader{spool: &spooler{budget: newBudget(o.Limits)}}
	t, err := r.over(s.files, packages)
	if err != nil {
		r.Close()
		return nil, fmt.Errorf("user space %q: %w", s.name, err)
	}
	with := newSpace(s.name, s.kind, &layered{upper: t, lower: s.files}, closers{r.spool})
	with.platform, with.packages, with.under = s.platform, r.packages, s
	return with, nil
}

// over unpacks packages over the files of a user space. The tree has what the
// packages have, and the directories and links on the way there.
func (r *debReader) over(lower files, packages []Packed) (*tree, error) {
	for i, p := range packages {
		deb, err := r.add(source{r: p.R, size: p.Size})
		if err == nil {
			err = r.read(i, deb)
		}
		if err != nil {
			return nil, fmt.Errorf("%q: %w", p.Name, err)
		}
	}
	return r.merge(lower)
}

// add finds out what package of a distribution it is, and decompresses its
// files.
func (r *debReader) add(in source) (deb bool, err error) {
	if deb, err = isDeb(in); err != nil {
		return false, err
	}
	if !deb && !beginsAsPackage(in) {
		return false, abi.ErrFormat
	}
	if deb {
		if err := r.deb(in); err != nil {
			return true, err
		}
		i := len(r.data) - 1
		r.data[i], err = r.spool.expand(r.data[i], v1.Hash{})
		return true, err
	}
	if in, err = r.spool.expand(in, v1.Hash{}); err != nil {
		return false, err
	}
	texts, err := r.texts(in, ".PKGINFO")
	if err != nil {
		return false, err
	}
	pkg, err := field(texts[".PKGINFO"], "pkgname =")
	r.packages, r.data = append(r.packages, pkg), append(r.data, in)
	return false, err
}

// beginsAsPackage reports whether the first file in a tar, compressed or not, is about the
// package, as in those of Alpine and of Arch (apk-package(5), makepkg(8)). A tar of
// something else may begin with a hidden file, too.
func beginsAsPackage(in source) bool {
	var r io.Reader = io.NewSectionReader(in.r, 0, in.size)
	var start [6]byte
	n, _ := in.r.ReadAt(start[:], 0)
	for _, c := range compressions {
		if bytes.HasPrefix(start[:n], []byte(c.magic)) {
			plain, err := c.open(r)
			if err != nil {
				return false
			}
			defer plain.Close()
			r = plain
		}
	}
	const most = 1 << 20 // a header may be preceded by any number of others
	h, err := tar.NewReader(io.LimitReader(r, most)).Next()
	if err != nil {
		return false
	}
	switch h.Name {
	case ".PKGINFO", ".BUILDINFO", ".MTREE", ".INSTALL", ".CHANGELOG":
		return true
	}
	return strings.HasPrefix(h.Name, ".SIGN.") // .SIGN.RSA.… with the name of a key
}

// isAbout reports whether a file in a package is about it, and is not installed:
// both managers pass over what begins with a point and stands in no directory.
func isAbout(name string) bool {
	return strings.HasPrefix(name, ".") && !strings.Contains(name, "/")
}

// beneath is what a tree lies over: directories and links of it come into the
// tree when an entry asks for them.
type beneath struct {
	files files
	names map[*inode]string // of directories that are of both, "." for the root
}

// child returns what a directory has of a name, in what lies beneath too. A file there is
// only described.
func (a *applier) child(dir *inode, base string) (dirent, bool, error) {
	there, ok := dir.entries[base]
	if ok || a.beneath == nil {
		return there, ok, nil
	}
	name, ok := a.beneath.names[dir]
	if !ok {
		return dirent{}, false, nil
	}
	name = path.Join(name, base)
	info, err := a.beneath.files.lstat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return dirent{}, false, nil
	}
	if err != nil {
		return dirent{}, false, fmt.Errorf("%q of the user space: %w", name, err)
	}
	n := a.tree.newInode(info.Mode())
	n.time = info.ModTime().UnixNano()
	there = dirent{n, a.layer}
	switch {
	case info.IsDir():
		n.entries = map[string]dirent{}
		a.beneath.names[n] = name
	case info.Mode()&fs.ModeSymlink != 0:
		if n.target, err = a.beneath.files.readLink(name); err != nil {
			return dirent{}, false, fmt.Errorf("%q of the user space: %w", name, err)
		}
		n.size = int64(len(n.target))
	default:
		return there, true, nil
	}
	dir.entries[base] = there
	return there, true, a.budget.entry()
}

// layered is a tree over other files.
type layered struct {
	upper *tree
	lower files
}

func (l *layered) lstat(name string) (fs.FileInfo, error) {
	if info, err := l.upper.lstat(name); err == nil {
		return info, nil
	}
	return l.lower.lstat(name)
}

func (l *layered) readLink(name string) (string, error) {
	if _, err := l.upper.find(name); err == nil {
		return l.upper.readLink(name)
	}
	return l.lower.readLink(name)
}

func (l *layered) open(name string, described fs.FileInfo) (fs.File, error) {
	if i, ok := described.(*info); ok && i.device == l.upper.device {
		return l.upper.open(name, described)
	}
	return l.lower.open(name, described)
}

func (l *layered) readDir(name string) ([]fs.DirEntry, error) {
	upper, err := l.upper.readDir(name)
	if err != nil {
		return l.lower.readDir(name)
	}
	lower, err := l.lower.readDir(name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.ENOTDIR) { // the place of a file may be taken by a directory
		return nil, err
	}
	both := append(upper, lower...)
	slices.SortStableFunc(both, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return slices.CompactFunc(both, func(a, b fs.DirEntry) bool { return a.Name() == b.Name() }), nil
}
