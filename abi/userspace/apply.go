package userspace

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"syscall"
)

// What a layer may ask for while it is applied. The first two are Linux's.
const (
	maxPath  = 4095
	maxLinks = 40
	// A path of links costs time for every entry that is written through
	// it. Real layers have next to none.
	maxLinkSteps = 50_000_000
)

// An applier puts the entries of a layer into a tree, as containerd puts them
// into a directory: the last of two entries wins, a directory goes into one
// that is there, anything else replaces what is there, parents that are not
// there are made, and parents that are links are followed below the root.
//
// Other than there, what a whiteout hides does not depend on its place in the
// layer: it is all that is of lower layers, as the specification wants it.
type applier struct {
	tree   *tree
	budget *budget
	layer  int // from 1

	whiteouts bool // of an image; in other archives .wh. is a name like others
	dpkg      bool // a directory does not replace a link: /lib stays usr/lib
	owner     int
	beneath   *beneath // what the tree lies over, or nil

	linkSteps int
}

// apply puts one entry into the tree.
func (a *applier) apply(e entry) error {
	if err := a.budget.entry(); err != nil {
		return err
	}
	if e.name == "" {
		return a.applyRoot(e)
	}
	parent, base := path.Split(e.name)
	if hidden, ok := strings.CutPrefix(base, whiteoutPrefix); ok && a.whiteouts {
		return a.whiteout(parent, base, hidden)
	}
	dir, err := a.directory(parent, a.layer)
	if err != nil {
		return err
	}
	there, exists, err := a.child(dir, base)
	switch {
	case err != nil:
		return err
	case a.beneath != nil && exists && there.mode.IsDir() && e.kind == kindSymlink:
		return nil // dpkg keeps the directory
	case a.beneath != nil && exists && there.mode.IsDir() && e.kind != kindDir:
		return errors.New("is a directory of the user space")
	case e.kind == kindLink:
		return a.hardLink(dir, base, e)
	case e.kind == kindDir && exists && there.mode.IsDir():
		a.describe(there.inode, e)
		dir.entries[base] = dirent{there.inode, a.layer}
		return nil
	case e.kind == kindDir && exists && a.dpkg && there.mode&fs.ModeSymlink != 0:
		_, err := a.directory(e.name, a.layer)
		return err
	}
	n := a.make(e)
	dir.entries[base] = dirent{n, a.layer}
	return nil
}

// applyRoot takes the mode that an archive of a whole root file system has for
// the root. That of a layer is not taken by containerd.
func (a *applier) applyRoot(e entry) error {
	if e.kind != kindDir {
		return errors.New("is the root and no directory")
	}
	if !a.whiteouts {
		a.describe(a.tree.root, e)
	}
	return nil
}

func (a *applier) make(e entry) *inode {
	n := a.tree.newInode(0)
	a.describe(n, e)
	n.owner = a.owner
	switch e.kind {
	case kindDir:
		n.entries = map[string]dirent{}
	case kindSymlink:
		n.target = e.link
		n.size = int64(len(e.link))
	case kindRegular:
		n.from, n.offset, n.size = e.from, e.offset, e.size
	}
	return n
}

func (a *applier) describe(n *inode, e entry) {
	n.mode, n.time = e.mode, e.time
}

// hardLink gives a file one more name. A link to a link is the link. What the
// entry says of mode and time is true of all names.
func (a *applier) hardLink(dir *inode, base string, e entry) error {
	if _, exists := dir.entries[base]; exists && e.link == e.name && !a.whiteouts {
		return nil // GNU tar writes it for a file that it meets twice
	}
	// What is there goes first, with all that is in it.
	delete(dir.entries, base)
	parent, targetBase := path.Split(e.link)
	targetDir, err := a.parent(parent)
	if err != nil {
		return fmt.Errorf("hard link to %q: %w", e.link, err)
	}
	target, ok := targetDir.entries[targetBase] // of the same archive
	if !ok {
		return fmt.Errorf("hard link to %q: %w", e.link, fs.ErrNotExist)
	}
	if target.mode.IsDir() {
		return fmt.Errorf("hard link to %q: is a directory", e.link)
	}
	dir.entries[base] = dirent{target.inode, a.layer}
	if target.mode&fs.ModeSymlink == 0 {
		e.mode |= target.mode.Type()
		a.describe(target.inode, e)
	}
	return nil
}

// directory finds the directory of a path and makes what is not there. All of
// it is of a layer then, and stays when that layer hides the rest; where the
// layer is 0, what is there stays of the layer that it is of.
func (a *applier) directory(name string, layer int) (*inode, error) {
	return a.walk(name, true, layer)
}

// parent finds the directory of a path.
func (a *applier) parent(name string) (*inode, error) { return a.walk(name, false, 0) }

func (a *applier) walk(name string, create bool, layer int) (*inode, error) {
	name = strings.TrimSuffix(name, "/")
	links := 0
	dir, at := a.tree.root, 0
	for at < len(name) {
		end := at + max(strings.IndexByte(name[at:], '/'), 0)
		if end == at {
			end = len(name)
		}
		base := name[at:end]
		child, ok, err := a.child(dir, base)
		switch {
		case err != nil:
			return nil, err
		case !ok && !create:
			return nil, fs.ErrNotExist
		case !ok:
			if err := a.budget.entry(); err != nil {
				return nil, err
			}
			child = dirent{a.tree.newDir(), layer}
			child.owner = a.owner
			dir.entries[base] = child
		case child.mode&fs.ModeSymlink != 0:
			links++
			next, err := a.follow(name, at, end, child.target, links)
			if err != nil {
				return nil, err
			}
			name, dir, at = next, a.tree.root, 0
			continue
		case !child.mode.IsDir():
			return nil, fmt.Errorf("%q: %w", name[:end], syscall.ENOTDIR)
		case layer != 0 && child.layer != layer:
			dir.entries[base] = dirent{child.inode, layer}
		}
		dir = child.inode
		at = end + 1
	}
	return dir, nil
}

// follow puts the target of a link into a name in the place of name[at:end].
func (a *applier) follow(name string, at, end int, target string, links int) (string, error) {
	a.linkSteps += strings.Count(name, "/") + strings.Count(target, "/") + 1
	switch {
	case links > maxLinks:
		return "", fmt.Errorf("%q: %w", name[:end], syscall.ELOOP)
	case a.linkSteps > maxLinkSteps:
		return "", fmt.Errorf("%q: too many entries that are written through links", name[:end])
	}
	if !strings.HasPrefix(target, "/") {
		target = name[:at] + target
	}
	// Lexically, as containerd does, and never above the root.
	next := strings.TrimLeft(path.Clean("/"+target)+name[end:], "/")
	if len(next) > maxPath {
		return "", fmt.Errorf("%q: %w", name[:end], syscall.ENAMETOOLONG)
	}
	return next, nil
}
