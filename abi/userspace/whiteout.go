package userspace

import "fmt"

// A layer hides what is below it with files of these names.
const (
	whiteoutPrefix = ".wh."
	// opaqueName, after the prefix, hides all that is in its directory.
	opaqueName = ".wh..opq"
)

// whiteout hides what lower layers have. What this layer has put there stays,
// before and after; a directory that has nothing of it but whiteouts does not.
func (a *applier) whiteout(parent, base, hidden string) error {
	dir, err := a.directory(parent, 0)
	if err != nil {
		return err
	}
	switch hidden {
	case opaqueName:
		a.prune(dir)
		return nil
	case "", ".", "..":
		return fmt.Errorf("whiteout %q hides no name in its directory", base)
	}
	there, ok := dir.entries[hidden]
	switch {
	case !ok: // there is nothing to hide; containerd does not mind
	case there.layer != a.layer:
		delete(dir.entries, hidden)
	case there.mode.IsDir():
		a.prune(there.inode)
	}
	return nil
}

// prune takes what lower layers have out of a directory.
func (a *applier) prune(dir *inode) {
	if dir.opaque == a.layer {
		return // whatever came since is of this layer
	}
	dir.opaque = a.layer
	for base, e := range dir.entries {
		switch {
		case e.layer != a.layer:
			delete(dir.entries, base)
		case e.mode.IsDir():
			a.prune(e.inode)
		}
	}
}
