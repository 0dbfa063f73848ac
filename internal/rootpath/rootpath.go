// Package rootpath finds files in a user space the way the kernel of a process
// that lives there would: symbolic links, absolute ones too, lead to where they
// lead below the root, and ".." at the root stays there.
//
// It works on any [fs.FS] that has Lstat and ReadLink and asks it for one
// component at a time, by names in which no link is left. So it does not matter
// whether the file system below follows links (os.DirFS does, out of the root),
// refuses them (os.Root) or knows only its own nodes (abi/userspace).
package rootpath

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync"
	"syscall"
)

// The limits of Linux.
const (
	maxLinks = 40   // in one path
	maxPath  = 4095 // bytes, without the NUL
	maxName  = 255  // bytes of one component
)

// A Resolver finds files in a user space and remembers what it has found and
// what is not there: nothing in the user space may change meanwhile.
//
// Goroutines may share it. What it holds is bounded by what it was asked.
type Resolver struct {
	fsys fs.FS

	// unprivileged says that directories that others may not search are
	// closed.
	unprivileged bool

	mu    sync.RWMutex
	names map[string]result // by the name that was asked
	nodes map[string]node   // by the name without links
}

// A result is where a name leads.
type result struct {
	real  string
	info  fs.FileInfo
	links int // that were followed
	err   error
}

// A node is what Lstat and ReadLink say.
type node struct {
	info   fs.FileInfo
	target string // of a link
	err    error
}

// New returns a resolver for a user space, as a privileged process sees it.
func New(fsys fs.FS) *Resolver {
	return &Resolver{fsys: fsys, names: map[string]result{}, nodes: map[string]node{}}
}

// NewUnprivileged returns a resolver for a user space as a process sees it that
// owns nothing there: a directory that others may not search gives
// [fs.ErrPermission]. The root itself is open, since a directory made by mktemp
// is a root to us and is not one to the process.
func NewUnprivileged(fsys fs.FS) *Resolver {
	r := New(fsys)
	r.unprivileged = true
	return r
}

// Resolve follows a name that is absolute in the user space, such as
// /lib64/ld-linux-x86-64.so.2, to the file that open would open. The real name
// is absolute as well and has no link in it; [FSName] makes of it what fs.FS
// wants.
//
// An error is an [*Error]. errors.Is tells what the kernel would say:
// [fs.ErrNotExist], which a link without an end is too, [syscall.ENOTDIR],
// [syscall.ELOOP] (41 links), [syscall.ENAMETOOLONG], [fs.ErrPermission]; what
// else there is comes from the file system.
func (r *Resolver) Resolve(name string) (real string, info fs.FileInfo, err error) {
	res, ok := r.known(name)
	if !ok {
		res = r.resolve(name)
	}
	return res.real, res.info, res.err
}

// Forget drops what is remembered of a file, which is as much as its name is long
// and some hundred bytes: of a large tree each file is asked for once.
func (r *Resolver) Forget(name string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.nodes, r.names[name].real)
	delete(r.names, name)
}

// Open opens the file that Resolve finds.
func (r *Resolver) Open(name string) (fs.File, error) {
	real, _, err := r.Resolve(name)
	if err != nil {
		return nil, err
	}
	return r.fsys.Open(FSName(real))
}

// FSName returns the name that fs.FS has for a real name: without the slash in
// front, and "." for the root.
func FSName(real string) string {
	if real == "/" {
		return "."
	}
	return strings.TrimPrefix(real, "/")
}

// An Error says why a name leads nowhere.
type Error struct {
	Name string // that was asked
	At   string // the name without links at which it ended
	Err  error
}

func (e *Error) Error() string {
	if e.At == "" || e.At == e.Name {
		return fmt.Sprintf("%q: %v", e.Name, e.Err)
	}
	return fmt.Sprintf("%q: at %q: %v", e.Name, e.At, e.Err)
}

func (e *Error) Unwrap() error { return e.Err }

func (r *Resolver) known(name string) (result, bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	res, ok := r.names[name]
	return res, ok
}

// resolve takes a name apart from its end: a loader asks for many names in few
// directories.
func (r *Resolver) resolve(name string) result {
	var res result
	switch {
	case name == "" || name[0] != '/':
		// The kernel takes the empty name for a file that is not there;
		// whoever gives a relative one has not said in which directory.
		return result{err: &Error{Name: name, Err: syscall.ENOENT}}
	case len(name) > maxPath:
		return result{err: &Error{Name: name, Err: syscall.ENAMETOOLONG}}
	case strings.Trim(name, "/") == "":
		res = r.root()
	default:
		slash := strings.LastIndexByte(name, '/')
		// The slash stays only where it is the root's: in "a/" it says
		// that a is a directory, which the step to "" holds it to.
		dir, ok := r.known(name[:max(slash, 1)])
		if !ok {
			dir = r.resolve(name[:max(slash, 1)])
		}
		res = r.step(dir, name[slash+1:])
	}
	if e, ok := res.err.(*Error); ok && e.Name != name {
		res.err = &Error{Name: name, At: e.At, Err: e.Err}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.names[name] = res
	return res
}

func (r *Resolver) root() result {
	n := r.node("/")
	if n.err != nil {
		return failed("/", n.err)
	}
	return result{real: "/", info: n.info}
}

// step goes from a directory to what one component of a name leads to.
func (r *Resolver) step(from result, component string) result {
	if from.err != nil {
		return from
	}
	if err := r.search(from, component); err != nil {
		return failed(from.real, err)
	}
	switch component {
	case "", ".":
		return from
	case "..":
		parent := max(strings.LastIndexByte(from.real, '/'), 1)
		n := r.node(from.real[:parent])
		return result{real: from.real[:parent], info: n.info, links: from.links}
	}
	at := from.real + "/" + component
	if from.real == "/" {
		at = "/" + component
	}
	n := r.node(at)
	switch {
	case n.err != nil:
		return failed(at, n.err)
	case n.info.Mode()&fs.ModeSymlink == 0:
		return result{real: at, info: n.info, links: from.links}
	case from.links >= maxLinks:
		return failed(at, syscall.ELOOP)
	case n.target == "":
		return failed(at, syscall.ENOENT)
	}
	return r.follow(from, n.target)
}

// follow goes where a link in a directory leads. What it meets on its way it
// does not remember by name: how many links are left depends on where it came
// from.
func (r *Resolver) follow(from result, target string) result {
	links := from.links + 1
	if target[0] == '/' {
		from = r.root()
	}
	from.links = links
	for component := range strings.SplitSeq(target, "/") {
		from = r.step(from, component)
	}
	return from
}

// search says why a component cannot be looked up.
func (r *Resolver) search(dir result, component string) error {
	switch {
	case !dir.info.IsDir():
		return syscall.ENOTDIR
	case r.unprivileged && dir.real != "/" && dir.info.Mode()&0o001 == 0 && component != "":
		return syscall.EACCES
	case len(component) > maxName:
		return syscall.ENAMETOOLONG
	}
	return nil
}

func (r *Resolver) node(real string) node {
	r.mu.RLock()
	n, ok := r.nodes[real]
	r.mu.RUnlock()
	if ok {
		return n
	}
	n.info, n.err = fs.Lstat(r.fsys, FSName(real))
	if n.err == nil && n.info.Mode()&fs.ModeSymlink != 0 {
		n.target, n.err = fs.ReadLink(r.fsys, FSName(real))
	}
	n.err = plain(n.err)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.nodes[real] = n
	return n
}

// plain takes the name off an error, which ours has already, and makes the
// words of fs those of the kernel.
func plain(err error) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		err = e.Err
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return syscall.ENOENT
	case errors.Is(err, fs.ErrPermission):
		return syscall.EACCES
	}
	return err
}

func failed(at string, err error) result {
	return result{err: &Error{At: at, Err: err}}
}
