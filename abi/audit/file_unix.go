//go:build unix

package audit

import (
	"io"
	"io/fs"
	"os"
	"syscall"

	"github.com/abivet/abivet/internal/rawfile"
)

// openFile opens a file of the machine to read parts of it.
//
// O_NONBLOCK is for a pipe that has come in the place of a file: to open that
// would wait.
func openFile(name string) (io.ReadCloser, error) {
	fd, err := syscall.Open(name, syscall.O_RDONLY|syscall.O_NONBLOCK|syscall.O_CLOEXEC, 0)
	if err != nil {
		return os.Open(name) // it may be leased or interrupted: that is waited for
	}
	return &rawFile{rawfile.File{FD: fd, Name: name}}, nil
}

type rawFile struct{ rawfile.File }

func (f *rawFile) size() (int64, error) {
	var stat syscall.Stat_t
	if err := syscall.Fstat(f.FD, &stat); err != nil {
		return 0, &fs.PathError{Op: "stat", Path: f.Name, Err: err}
	}
	if stat.Mode&syscall.S_IFMT != syscall.S_IFREG {
		return 0, &fs.PathError{Op: "read", Path: f.Name, Err: errNoFile}
	}
	return stat.Size, nil
}
