//go:build unix && !aix && !dragonfly && !solaris

package userspace // where golang.org/x/sys/unix has Readlinkat

import (
	"io/fs"
	"os"
	"path"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/abivet/abivet/internal/rawfile"
	"github.com/abivet/abivet/internal/rootpath"
)

// A folder is a directory that is kept open. It is asked for names of one
// component, which it follows no link of, so nothing leads out of it.
//
// An [os.Root] sees to the same for names of any length. For the hundreds of files
// of a closure that is a twentieth of the whole; and its files can be waited for.
type folder struct {
	fd   int
	path string // on this machine
}

const openFlags = unix.O_RDONLY | unix.O_CLOEXEC

func openFolder(name string) (folder, error) {
	fd, err := retried(func() (int, error) { return unix.Open(name, openFlags|unix.O_DIRECTORY, 0) })
	if err != nil {
		return folder{}, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	return folder{fd, name}, nil
}

// folder opens a directory below.
func (d folder) folder(base string) (folder, error) {
	fd, err := d.openat(base, unix.O_DIRECTORY|unix.O_NOFOLLOW)
	if err == syscall.ELOOP {
		err = syscall.ENOTDIR // a link, as some systems have it
	}
	return folder{fd, path.Join(d.path, base)}, err
}

func (d folder) openat(base string, flags int) (int, error) {
	return retried(func() (int, error) { return unix.Openat(d.fd, base, openFlags|flags, 0) })
}

func (d folder) close() error { return syscall.Close(d.fd) }

func (d folder) lstat(base string) (fs.FileInfo, error) {
	var st unix.Stat_t
	_, err := retried(func() (int, error) { return 0, unix.Fstatat(d.fd, base, &st, unix.AT_SYMLINK_NOFOLLOW) })
	if err != nil {
		return nil, err
	}
	return infoOf(base, &st), nil
}

func (d folder) readLink(base string) (string, error) {
	for size := 128; ; size *= 2 {
		b := make([]byte, size)
		n, err := retried(func() (int, error) { return unix.Readlinkat(d.fd, base, b) })
		if err != nil {
			return "", err
		}
		if n < size {
			return string(b[:n]), nil
		}
	}
}

// open must not wait for the other end of a pipe, nor keep open a device,
// whatever has become of the file since it was looked at.
func (d folder) open(base string, before fs.FileInfo) (fs.File, error) {
	fd, err := rawfile.Await(func() (int, error) { return unix.Openat(d.fd, base, openFlags|unix.O_NONBLOCK|unix.O_NOFOLLOW, 0) })
	if err != nil {
		return nil, err
	}
	f := &localFile{rawfile.File{FD: fd, Name: base}}
	after, err := f.Stat()
	if err == nil && !SameFile(before, after) {
		err = fs.ErrNotExist // it was another file a moment ago
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

func (d folder) list() ([]fs.DirEntry, error) {
	fd, err := d.openat(".", unix.O_DIRECTORY)
	if err != nil {
		return nil, err
	}
	f := os.NewFile(uintptr(fd), d.path)
	defer f.Close()
	return f.ReadDir(-1)
}

// A localFile is an opened regular file.
type localFile struct{ rawfile.File }

func (f *localFile) Stat() (fs.FileInfo, error) {
	var st unix.Stat_t
	if _, err := retried(func() (int, error) { return 0, unix.Fstat(f.FD, &st) }); err != nil {
		return nil, &fs.PathError{Op: "stat", Path: f.Name, Err: err}
	}
	return infoOf(f.Name, &st), nil
}

// retried calls what a signal may interrupt.
func retried(call func() (int, error)) (int, error) {
	for {
		if n, err := call(); err != syscall.EINTR {
			return n, err
		}
	}
}

// A localInfo is what of a file is asked for.
type localInfo struct {
	name  string
	size  int64
	mode  fs.FileMode
	mtime time.Time
	id    rootpath.FileID
}

func (i *localInfo) Name() string            { return i.name }
func (i *localInfo) Size() int64             { return i.size }
func (i *localInfo) Mode() fs.FileMode       { return i.mode }
func (i *localInfo) ModTime() time.Time      { return i.mtime }
func (i *localInfo) IsDir() bool             { return i.mode.IsDir() }
func (i *localInfo) Sys() any                { return i }
func (i *localInfo) FileID() rootpath.FileID { return i.id }

// fileTypes are those of files, by the bits of st_mode.
var fileTypes = map[uint32]fs.FileMode{
	unix.S_IFDIR: fs.ModeDir, unix.S_IFLNK: fs.ModeSymlink, unix.S_IFREG: 0, unix.S_IFIFO: fs.ModeNamedPipe,
	unix.S_IFSOCK: fs.ModeSocket, unix.S_IFBLK: fs.ModeDevice, unix.S_IFCHR: fs.ModeDevice | fs.ModeCharDevice,
}

func infoOf(name string, st *unix.Stat_t) *localInfo {
	bits := uint32(st.Mode)
	mode, ok := fileTypes[bits&unix.S_IFMT]
	if !ok {
		mode = fs.ModeIrregular
	}
	mode |= fs.FileMode(bits & 0o777)
	for _, special := range [...]struct {
		bit  uint32
		mode fs.FileMode
	}{{unix.S_ISUID, fs.ModeSetuid}, {unix.S_ISGID, fs.ModeSetgid}, {unix.S_ISVTX, fs.ModeSticky}} {
		if bits&special.bit != 0 {
			mode |= special.mode
		}
	}
	return &localInfo{
		name: name, size: st.Size, mode: mode, mtime: time.Unix(st.Mtim.Unix()),
		id: rootpath.FileID{Device: uint64(st.Dev), Inode: uint64(st.Ino)},
	}
}
