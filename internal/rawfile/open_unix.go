//go:build unix

package rawfile

import (
	"io/fs"
	"syscall"
	"time"
)

// Open opens a file to read parts of it.
//
// O_NONBLOCK is for a pipe that has come in the place of a file: to open that
// would wait.
func Open(name string) (*File, error) {
	fd, err := Await(func() (int, error) {
		return syscall.Open(name, syscall.O_RDONLY|syscall.O_NONBLOCK|syscall.O_CLOEXEC, 0)
	})
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	return &File{FD: fd, Name: name}, nil
}

// Await calls what opens a file with O_NONBLOCK, again after a signal, and for as long
// as another process has a lease on the file: Linux takes that away after 45
// seconds (proc(5), lease-break-time). To wait in the call itself would be to wait for a
// pipe that has come in the place of the file.
func Await(open func() (int, error)) (fd int, err error) {
	const pause, most = 10 * time.Millisecond, time.Minute
	for waited := time.Duration(0); ; {
		switch fd, err = open(); {
		case err == syscall.EINTR:
		case err == syscall.EAGAIN && waited < most:
			time.Sleep(pause)
			waited += pause
		default:
			return fd, err
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
