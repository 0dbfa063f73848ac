package abi

import (
	"errors"
	"fmt"
)

// ErrFormat says that a file does not have the magic of the format: it is
// something else, and a walk passes over it.
var ErrFormat = errors.New("not a file of this format")

// A FormatError says that a file has the magic of its format and is damaged: a
// walk reports it. A table cut short is such an error, never a shorter table.
type FormatError struct {
	Format string // elf, macho, ar
	Offset int64  // in the file, in bytes; where the damaged structure is
	What   string // what was there, and what was wanted
	Err    error  // of the reader beneath, or nil
}

func (e *FormatError) Error() string {
	s := fmt.Sprintf("%s: offset %#x: %s", e.Format, e.Offset, e.What)
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

func (e *FormatError) Unwrap() error { return e.Err }
