//go:build unix

package audit

import (
	"io"
	"io/fs"
	"os"
	"syscall"
)

// openFile opens a file of the machine to read parts of it. An os.File can be
// waited for, shared and left to the collector, and for a file that is opened,
// read in three places and closed that costs a third as much again.
//
// O_NONBLOCK is for a pipe that has come in the place of a file: to open that
// would wait.
func openFile(name string) (io.ReadCloser, error) {
	fd, err := syscall.Open(name, syscall.O_RDONLY|syscall.O_NONBLOCK|syscall.O_CLOEXEC, 0)
	if err != nil {
		return os.Open(name) // it may be leased or interrupted: that is waited for
	}
	return &rawFile{fd: fd, name: name}, nil
}

// A rawFile is a file descriptor. Whoever opens it closes it.
type rawFile struct {
	fd   int
	name string
	at   int64
}

func (f *rawFile) ReadAt(b []byte, off int64) (n int, err error) {
	for n < len(b) {
		m, err := syscall.Pread(f.fd, b[n:], off+int64(n))
		switch {
		case err == syscall.EINTR:
		case err != nil:
			return n, &fs.PathError{Op: "read", Path: f.name, Err: err}
		case m == 0:
			return n, io.EOF
		default:
			n += m
		}
	}
	return n, nil
}

func (f *rawFile) Read(b []byte) (int, error) {
	n, err := f.ReadAt(b, f.at)
	f.at += int64(n)
	if n > 0 && err == io.EOF {
		err = nil
	}
	return n, err
}

func (f *rawFile) Close() error {
	if err := syscall.Close(f.fd); err != nil {
		return &fs.PathError{Op: "close", Path: f.name, Err: err}
	}
	return nil
}

func (f *rawFile) size() (int64, error) {
	var stat syscall.Stat_t
	if err := syscall.Fstat(f.fd, &stat); err != nil {
		return 0, &fs.PathError{Op: "stat", Path: f.name, Err: err}
	}
	if stat.Mode&syscall.S_IFMT != syscall.S_IFREG {
		return 0, &fs.PathError{Op: "read", Path: f.name, Err: errNoFile}
	}
	return stat.Size, nil
}
