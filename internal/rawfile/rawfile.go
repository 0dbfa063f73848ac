//go:build unix

// Package rawfile reads files of the machine by their descriptors. An os.File can
// be waited for, shared and left to the collector, and for a file that is opened,
// read in three places and closed that costs a third as much again.
package rawfile

import (
	"io"
	"io/fs"
	"syscall"
)

// A File is a file descriptor. Whoever has it closes it, once, and nobody reads meanwhile.
type File struct {
	FD   int
	Name string // in errors
	at   int64
}

// ReadAt is that of [io.ReaderAt].
func (f *File) ReadAt(b []byte, off int64) (n int, err error) {
	for n < len(b) {
		m, err := syscall.Pread(f.FD, b[n:], off+int64(n))
		switch {
		case err == syscall.EINTR:
		case err != nil:
			return n, f.failed("read", err)
		case m == 0:
			return n, io.EOF
		default:
			n += m
		}
	}
	return n, nil
}

// Read is that of [io.Reader], from the start of the file.
func (f *File) Read(b []byte) (int, error) {
	n, err := f.ReadAt(b, f.at)
	f.at += int64(n)
	if n > 0 && err == io.EOF {
		err = nil
	}
	return n, err
}

// Close closes the file.
func (f *File) Close() error {
	if f.FD < 0 {
		return f.failed("close", fs.ErrClosed)
	}
	err := syscall.Close(f.FD)
	f.FD = -1
	if err != nil {
		return f.failed("close", err)
	}
	return nil
}

func (f *File) failed(op string, err error) error {
	return &fs.PathError{Op: op, Path: f.Name, Err: err}
}
