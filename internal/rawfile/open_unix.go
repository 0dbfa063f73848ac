//go:build unix

package rawfile

import (
	"io/fs"
	"syscall"
)

// Open opens a file to read parts of it.
//
// O_NONBLOCK is for a pipe that has come in the place of a file: to open that
// would wait. A lease on a file is waited for.
func Open(name string) (*File, error) {
	for flags := syscall.O_RDONLY | syscall.O_NONBLOCK | syscall.O_CLOEXEC; ; {
		fd, err := syscall.Open(name, flags, 0)
		switch {
		case err == nil:
			return &File{FD: fd, Name: name}, nil
		case err == syscall.EAGAIN:
			flags &^= syscall.O_NONBLOCK
		case err != syscall.EINTR:
			return nil, &fs.PathError{Op: "open", Path: name, Err: err}
		}
	}
}

// Size returns the size of a regular file, and false of what is none.
func (f *File) Size() (size int64, regular bool, err error) {
	var stat syscall.Stat_t
	for {
		switch err := syscall.Fstat(f.FD, &stat); {
		case err == nil:
			return stat.Size, stat.Mode&syscall.S_IFMT == syscall.S_IFREG, nil
		case err != syscall.EINTR:
			return 0, false, f.failed("stat", err)
		}
	}
}
