package container

import (
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/abivet/abivet/internal/nameless"
)

// chunkSize is the piece in which memory is taken: what a member says of its
// size is never believed.
const chunkSize = 256 << 10

type chunk [chunkSize]byte

// chunksInMemory is how many chunks of a member stay there. What is behind them goes to
// a temporary file: the collector lets garbage grow to the size of what is alive, so that
// a static archive of 768 MB took 1.3 GB.
const chunksInMemory = 64

var chunks = sync.Pool{New: func() any { return new(chunk) }}

// held is a member that had to be taken up to be read at will.
type held struct {
	budget *budget
	chunks []*chunk
	size   int64

	file *nameless.File // of chunks that followed the first
	in   int64          // that file
	full bool           // it takes no more: the others are in memory
}

// take reads all of r. The caller releases what comes back, with an error too.
func (b *budget) take(r io.Reader) (*held, error) {
	h := &held{budget: b}
	return h, h.fill(r)
}

func (h *held) fill(r io.Reader) error {
	for {
		if err := h.budget.hold(chunkSize); err != nil {
			return err
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
				return nil
			}
			if err == io.ErrUnexpectedEOF {
				return fmt.Errorf("cut short after %d bytes", h.size)
			}
			if err != nil {
				return err
			}
		}
		h.spool()
	}
}

// spool puts the last chunk into the file. Where there is no directory for that, or
// the disk is full, it stays: the limit is the same.
func (h *held) spool() {
	last := len(h.chunks) - 1
	if last < chunksInMemory || h.full {
		return
	}
	if h.file == nil {
		var err error
		if h.file, err = nameless.New(); err != nil {
			h.full = true
			return
		}
	}
	if _, err := h.file.WriteAt(h.chunks[last][:], h.in*chunkSize); err != nil {
		h.full = true
		return
	}
	h.in++
	chunks.Put(h.chunks[last])
	h.chunks = h.chunks[:last]
}

func (h *held) release() {
	h.budget.held -= (int64(len(h.chunks)) + h.in) * chunkSize
	for _, c := range h.chunks {
		chunks.Put(c)
	}
	if h.file != nil {
		_ = h.file.Close() // nobody reads it again
	}
	*h = held{budget: h.budget}
}

// ReadAt implements [io.ReaderAt].
func (h *held) ReadAt(p []byte, at int64) (n int, err error) {
	if at < 0 {
		return 0, errors.New("read before the start")
	}
	for n < len(p) && at < h.size {
		number, i := at/chunkSize, at%chunkSize
		if number >= chunksInMemory && number < chunksInMemory+h.in {
			copied, err := h.file.ReadAt(p[n:min(int64(len(p)), int64(n)+(chunksInMemory+h.in)*chunkSize-at)], at-chunksInMemory*chunkSize)
			n += copied
			at += int64(copied)
			if err != nil {
				return n, err
			}
			continue
		}
		if number >= chunksInMemory {
			number -= h.in
		}
		copied := copy(p[n:], h.chunks[number][i:min(chunkSize, i+h.size-at)])
		n += copied
		at += int64(copied)
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}
