//go:build !unix

package rawfile

import "os"

// A File is an opened file.
type File struct {
	*os.File
	Name string // in errors
}

// Open opens a file to read parts of it.
func Open(name string) (*File, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	return &File{f, name}, nil
}

// Size returns the size of a regular file, and false of what is none.
func (f *File) Size() (size int64, regular bool, err error) {
	info, err := f.Stat()
	if err != nil {
		return 0, false, err
	}
	return info.Size(), info.Mode().IsRegular(), nil
}
