// Package nameless makes temporary files that have no name any more, so that they
// are gone with the process, however it ends.
package nameless

import "os"

// A File is a temporary file. Whoever made it closes it.
type File struct {
	*os.File
	named bool
}

// New makes a file in the directory that TMPDIR names, which nobody else reads.
func New() (*File, error) {
	f, err := os.CreateTemp("", "abivet-*")
	if err != nil {
		return nil, err
	}
	return &File{f, os.Remove(f.Name()) != nil}, nil // Windows does not part with an open file's name
}

// Close closes the file, and takes its name where it still has that.
func (f *File) Close() error {
	err := f.File.Close()
	if f.named {
		err = os.Remove(f.Name())
	}
	return err
}
