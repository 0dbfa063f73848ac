package userspace

import (
	"archive/tar"
	"bytes"
	"fmt"
	"io"
	"strings"
	"sync"
)

// A sparseFile is the one kind of file whose bytes do not stand in the archive
// as they are. It is written to a temporary file, holes as holes, when it is
// first read: a log of a terabyte that is nothing but a hole does no harm where
// nobody asks for it, and meets the limits where somebody does.
type sparseFile struct {
	archive source
	header  int64 // where it stands in the archive
	size    int64
	spool   *spooler

	load sync.Once
	from io.ReaderAt
	err  error
}

func (f *sparseFile) ReadAt(p []byte, at int64) (int, error) {
	f.load.Do(func() { f.from, f.err = f.expand() })
	if f.err != nil {
		return 0, fmt.Errorf("sparse file of %d bytes: %w", f.size, f.err)
	}
	return f.from.ReadAt(p, at)
}

func (f *sparseFile) expand() (io.ReaderAt, error) {
	w := &window{source: f.archive, pos: f.header}
	r := tar.NewReader(w)
	h, err := r.Next()
	if err != nil {
		return nil, cutShort(err)
	}
	if h.Size != f.size {
		return nil, fmt.Errorf("%d bytes now: the archive has changed", h.Size)
	}
	return f.spool.fill(r, f.size, f.archive.size)
}

// fill writes a file with holes from an archive of a size.
func (s *spooler) fill(r io.Reader, size, archive int64) (io.ReaderAt, error) {
	if err := s.budget.expand(size, size, archive); err != nil {
		return nil, err
	}
	s.sparse.Lock()
	defer s.sparse.Unlock()
	if s.holes == nil {
		var err error
		if s.holes, err = s.temp(); err != nil {
			return nil, err
		}
	}
	start := s.holesN
	s.holesN += size // also where this fails: what was written is no hole for the next
	zeros := make([]byte, 64<<10)
	b := make([]byte, len(zeros))
	for done := int64(0); done < size; {
		n, err := io.ReadFull(r, b[:min(size-done, int64(len(b)))])
		if err != nil {
			return nil, cutShort(err)
		}
		if !bytes.Equal(b[:n], zeros[:n]) {
			if _, err := s.holes.WriteAt(b[:n], start+done); err != nil {
				return nil, err
			}
		}
		done += int64(n)
	}
	return io.NewSectionReader(s.holes, start, size), s.holes.Truncate(s.holesN)
}

func isSparse(h *tar.Header) bool {
	if h.Typeflag == tar.TypeGNUSparse {
		return true
	}
	for key := range h.PAXRecords {
		if strings.HasPrefix(key, "GNU.sparse.") {
			return true
		}
	}
	return false
}
