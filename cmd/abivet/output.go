package main

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/term"

	"github.com/abivet/abivet/abi/audit"
	"github.com/abivet/abivet/abi/container"
)

// The formats. Not every command has all.
const (
	formatText  = "text"
	formatJSON  = "json"
	formatJSONL = "jsonl"
	formatSARIF = "sarif"
)

// oneOf refuses a word that is not in the list.
func oneOf(what, word string, list ...string) error {
	if slices.Contains(list, word) {
		return nil
	}
	return fmt.Errorf("%s %q: want one of %s", what, word, strings.Join(list, ", "))
}

// An output is where a report goes. A file appears under its name when it is
// whole: a reader never sees half a report, nor one of the run before that
// looks like this one's.
type output struct {
	io.Writer
	file *os.File // nil for the standard output
	name string   // that file gets in the end
}

// newOutput creates the output, by a name or for the empty name stdout.
func newOutput(name string, stdout io.Writer) (*output, error) {
	if name == "" {
		return &output{Writer: stdout}, nil
	}
	if target, err := filepath.EvalSymlinks(name); err == nil {
		name = target // renaming would replace the link
	}
	info, err := os.Stat(name)
	switch {
	case err == nil && !info.Mode().IsRegular():
		// A pipe or a device cannot be replaced, and nobody reads half of it.
		file, err := os.OpenFile(name, os.O_WRONLY, 0)
		return &output{Writer: file, file: file}, err
	case err == nil && isInput(name):
		return nil, errors.New("a native file or a container is there, and no report: want another name")
	}
	// Beside what it is to replace, and by a name that is no library's: the
	// directory may be one of those that are checked.
	temporary := filepath.Join(filepath.Dir(name), fmt.Sprintf(".abivet-%x.tmp", rand.Uint64()))
	file, err := os.OpenFile(temporary, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o666)
	if err != nil {
		return nil, err
	}
	return &output{Writer: file, file: file, name: name}, nil
}

// isInput reports whether a file is of a kind that is checked. A report in its
// place is what a slip of the hand makes: --output before the file that was meant
// to be checked, or of one in the directory.
func isInput(name string) bool {
	file, err := os.Open(name)
	if err != nil {
		return false // to create the output says it
	}
	defer file.Close()
	start := make([]byte, 1024) // as many as tell a tar
	n, _ := io.ReadFull(file, start)
	return audit.IsNative(start[:n]) || container.Walker{}.Knows(start[:n])
}

// finish puts the output in its place, or throws it away where there was an
// error, which it returns.
func (o *output) finish(err error) error {
	if o.file == nil {
		return err
	}
	if closeErr := o.file.Close(); err == nil {
		err = closeErr
	}
	if o.name == "" {
		return err
	}
	if err == nil {
		err = os.Rename(o.file.Name(), o.name)
	}
	if err != nil {
		os.Remove(o.file.Name()) // the error that we have says more than one of this
	}
	return err
}

// A printed is the standard output, and knows whether all of it arrived: not
// everything that writes there says so.
type printed struct {
	io.Writer
	err error // the first
}

func (p *printed) Write(b []byte) (int, error) {
	n, err := p.Writer.Write(b)
	if p.err == nil {
		p.err = err
	}
	return n, err
}

// isTerminal reports whether somebody looks at what is written.
func isTerminal(w io.Writer) bool {
	if p, ok := w.(*printed); ok {
		w = p.Writer
	}
	file, ok := w.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

// wantsColor reports whether what is written may have colours.
// See https://no-color.org.
func wantsColor(w io.Writer) bool {
	return os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" && isTerminal(w)
}

// numbered is a number with the word for what it counts.
func numbered(n int, of string) string {
	if n == 1 {
		return "1 " + of
	}
	return fmt.Sprintf("%d %ss", n, of)
}
