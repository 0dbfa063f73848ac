package container

import (
	"errors"
	"fmt"
	"io"
	"sync"
)

// chunkSize is the piece in which memory is taken: what a member says of its
// size is never believed.
const chunkSize = 256 << 10

type chunk [chunkSize]byte

var chunks = sync.Pool{New: func() any { return new(chunk) }}

// held is a member that had to be taken into memory to be read at will.
type held struct {
	budget *budget
	chunks []*chunk
	size   int64
}

// take reads all of r. The caller releases what comes back, with an error too.
func (b *budget) take(r io.Reader) (*held, error) {
	h := &held{budget: b}
	for {
		if err := b.hold(chunkSize); err != nil {
			return h, err
		}
		c := chunks.Get().(*chunk)
		h.chunks = append(h.chunks, c)
		for n := 0; n < chunkSize; {
			// Not io.ReadFull: it gives the same error for the end and for
			// what was cut short.
			m, err := r.Read(c[n:])
			n += m
			h.size += int64(m)
			if err == io.EOF {
				return h, nil
			}
			if err == io.ErrUnexpectedEOF {
				return h, fmt.Errorf("cut short after %d bytes", h.size)
			}
			if err != nil {
				return h, err
			}
		}
	}
}

func (h *held) release() {
	for _, c := range h.chunks {
		chunks.Put(c)
	}
	h.budget.held -= int64(len(h.chunks)) * chunkSize
	h.chunks, h.size = nil, 0
}

// ReadAt implements [io.ReaderAt].
func (h *held) ReadAt(p []byte, at int64) (n int, err error) {
	if at < 0 {
		return 0, errors.New("read before the start")
	}
	for n < len(p) && at < h.size {
		c := h.chunks[at/chunkSize]
		i := at % chunkSize
		part := c[i:min(chunkSize, i+h.size-at)]
		copied := copy(p[n:], part)
		n += copied
		at += int64(copied)
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}
