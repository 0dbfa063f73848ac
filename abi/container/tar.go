package container

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/abivet/abivet/abi"
)

const (
	tarBlock       = 512
	gnuMultivolume = 'M'
)

// tar looks at the files in a tar, which may be a stream.
func (w *walk) tar(p place, b blob, depth int) error {
	in := newTape(b)
	tr := tar.NewReader(in)
	start := make([]byte, startSize)
	end := int64(0) // where the header of the next member is
	for {
		h, err := tr.Next()
		if err == io.EOF {
			return in.ended(end)
		}
		if err != nil {
			return in.wrap(err)
		}
		at := in.pos()
		end = at + (h.Size+tarBlock-1)&^(tarBlock-1)
		if h.Typeflag == tar.TypeXGlobalHeader || h.Typeflag == tar.TypeDir {
			end = at
			continue
		}
		if err := w.checkName(p, h.Name); err != nil {
			return err
		}
		switch h.Typeflag {
		case tar.TypeLink, tar.TypeSymlink, tar.TypeChar, tar.TypeBlock, tar.TypeFifo:
			end = at // they have no bytes
			continue
		case gnuMultivolume:
			if err := w.tell(p.inside(h.Name), errors.New("the rest of a file that begins in another volume of the tar")); err != nil {
				return err
			}
			continue
		}
		// All others are files: what a reader does not know (TypeCont among
		// it) POSIX wants to be taken for one.
		file := blob{r: tr}
		if isSparse(h) {
			end = -1 // its bytes are fewer than its size
			file.r = &holey{r: tr, budget: w.budget, from: func() int64 { return in.pos() - at }}
		} else if b.at != nil {
			if h.Size > b.size-at {
				return in.damaged("member %q of %d bytes: only %d are left", h.Name, h.Size, b.size-at)
			}
			file.at, file.size = io.NewSectionReader(b.at, at, h.Size), h.Size
		}
		n, err := readStart(tr, start)
		if err != nil {
			return in.wrap(err)
		}
		file.start = start[:n]
		if err := w.member(p, h.Name, file, depth); err != nil {
			return err
		}
	}
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

// A holey file has more bytes than stand in the tar, as a compressed one has.
type holey struct {
	r      io.Reader
	budget *budget
	from   func() int64 // how many of the tar's it has come from
	total  int64
}

func (h *holey) Read(p []byte) (int, error) {
	n, err := h.r.Read(p)
	h.total += int64(n)
	if over := h.budget.expand(n, h.total, h.from()); over != nil {
		return 0, over
	}
	return n, err
}

// A tape is a tar as it is read: it knows where the reader is, which is where
// the bytes of a member begin once its header was read.
type tape interface {
	io.Reader
	pos() int64
	ended(end int64) error
	wrap(error) error
	damaged(format string, args ...any) error
}

// newTape gives the reader of a tar a Seek to pass over bytes only where it can
// have one.
func newTape(b blob) tape {
	if b.at != nil {
		return &file{SectionReader: io.NewSectionReader(b.at, 0, b.size)}
	}
	return stream{&counter{r: b.stream()}}
}

type file struct {
	*io.SectionReader
	err error // that kept it from reading
}

func (f *file) Read(p []byte) (int, error) {
	n, err := f.SectionReader.Read(p)
	if err != nil && err != io.EOF {
		f.err = err
	}
	return n, err
}

func (f *file) pos() int64 {
	at, _ := f.Seek(0, io.SeekCurrent) // always works
	return at
}

func (f *file) ended(end int64) error                    { return tarEnded(f.pos(), end) }
func (f *file) wrap(err error) error                     { return tarError(f.pos(), err, f.err) }
func (f *file) damaged(format string, args ...any) error { return tarDamaged(f.pos(), format, args...) }

type stream struct{ *counter }

func (s stream) pos() int64                               { return s.n }
func (s stream) ended(end int64) error                    { return tarEnded(s.n, end) }
func (s stream) wrap(err error) error                     { return tarError(s.n, err, s.err) }
func (s stream) damaged(format string, args ...any) error { return tarDamaged(s.n, format, args...) }

// tarEnded wants the block of zeros that ends a tar: without it the file may
// have been cut between two members.
func tarEnded(pos, end int64) error {
	if end >= 0 && pos < end+tarBlock {
		return tarDamaged(pos, "no block of zeros at the end: it may be cut short")
	}
	return nil
}

// tarError says where in a tar an error is, unless it is one of reading that.
func tarError(at int64, err, beneath error) error {
	switch {
	case beneath != nil && beneath != io.ErrUnexpectedEOF:
		return beneath
	case errors.Is(err, io.ErrUnexpectedEOF):
		return tarDamaged(at, "cut short")
	}
	return &abi.FormatError{Format: "tar", Offset: at, What: "header of a member", Err: err}
}

func tarDamaged(at int64, format string, args ...any) error {
	return &abi.FormatError{Format: "tar", Offset: at, What: fmt.Sprintf(format, args...)}
}
