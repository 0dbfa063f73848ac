package container

import (
	"errors"
	"io"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/internal/zipdir"
)

// errSpoiled is of an archive that would have to be held whole to be looked into.
// Of random data only the first bytes look like one, and that is not held either.
var errSpoiled = errors.New("a zip archive by its end, with a damaged header at its start, in a compressed stream: unpack the stream, and check what was in it")

// spoiledInStream reads a stream that begins like a zip archive, and not like
// a sound one, to its end: where it ends as one does, that is an error.
func spoiledInStream(r io.Reader) error {
	var t tail
	if _, err := io.Copy(&t, r); err != nil {
		return err
	}
	if !zipdir.Ends(&t, t.size) {
		return abi.ErrFormat
	}
	return errSpoiled
}

// A tail is the end of a stream, as much as the last record of a zip archive and
// the comment behind it may take.
type tail struct {
	last []byte
	size int64 // of the stream
}

const tailSize = 68 << 10

func (t *tail) Write(p []byte) (int, error) {
	t.size += int64(len(p))
	t.last = append(t.last, p...)
	if over := len(t.last) - tailSize; over > tailSize {
		t.last = t.last[:copy(t.last, t.last[over:])]
	}
	return len(p), nil
}

// ReadAt reads what of the stream is kept.
func (t *tail) ReadAt(p []byte, off int64) (int, error) {
	at := off - (t.size - int64(len(t.last)))
	if at < 0 || at > int64(len(t.last)) {
		return 0, io.ErrUnexpectedEOF
	}
	n := copy(p, t.last[at:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}
