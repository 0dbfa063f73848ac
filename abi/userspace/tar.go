package userspace

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"github.com/abivet/abivet/abi"
)

// An entry is what a tar says of one name.
type entry struct {
	name string // clean, below the root, "" for the root
	kind entryKind
	mode fs.FileMode
	time int64
	link string // of a symbolic link as it is written, of a hard link clean

	// The bytes of a regular file.
	from   io.ReaderAt
	offset int64
	size   int64
}

type entryKind uint8

const (
	kindRegular entryKind = iota
	kindDir
	kindSymlink
	kindLink
	kindSpecial // a pipe or a device: it is listed and never opened
)

const blockSize = 512 // of a header: what is shorter is no tar

// A source is an archive that is not compressed, or not any more.
type source struct {
	r    io.ReaderAt
	size int64
}

// readTar calls f for every entry of a tar. An error says where it stands and
// names the entry.
//
// ended says whether the tar has an end and does not just stop after an entry.
func readTar(src source, sp *spooler, f func(entry) error) (ended bool, err error) {
	w := &window{source: src}
	tr := tar.NewReader(w)
	for n := 0; ; n++ {
		w.header = -1
		h, err := tr.Next()
		switch {
		case err == io.EOF:
			return isEnd(src, w.header), nil
		case err != nil && n == 0 && (errors.Is(err, tar.ErrHeader) || src.size < blockSize):
			return false, abi.ErrFormat
		case err != nil:
			return false, tarError(w.pos, cutShort(err))
		}
		at := w.pos
		e, err := toEntry(h)
		if err == nil && e.kind == kindRegular {
			e.from, e.offset, e.size = src.r, at, h.Size
			switch {
			case isSparse(h):
				e.from, e.offset = &sparseFile{archive: src, header: w.header, size: h.Size, spool: sp}, 0
			case h.Size > src.size-at:
				err = fmt.Errorf("has %d bytes, the archive has only %d more", h.Size, src.size-at)
			}
		}
		if err == nil && h.Typeflag != tar.TypeXGlobalHeader {
			err = f(e)
		}
		if err != nil {
			return false, tarError(at, fmt.Errorf("entry %q: %w", h.Name, err))
		}
	}
}

// isEnd tells the end of a tar, two blocks of zeros of which readers take one
// for it, from a tar that stops there.
func isEnd(src source, at int64) bool {
	var block, zeros [512]byte
	n, _ := src.r.ReadAt(block[:], at)
	return n == len(block) && block == zeros
}

func tarError(at int64, err error) error {
	return &abi.FormatError{Format: "tar", Offset: at, What: "damaged or refused", Err: err}
}

// cutShort says what io.ErrUnexpectedEOF means here.
func cutShort(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("cut short: %w", err)
	}
	return err
}

func toEntry(h *tar.Header) (e entry, err error) {
	if e.name, err = cleanName(h.Name); err != nil {
		return entry{}, err
	}
	e.mode = fs.FileMode(h.Mode & 0o777)
	for _, special := range []struct {
		bit  int64
		mode fs.FileMode
	}{{0o4000, fs.ModeSetuid}, {0o2000, fs.ModeSetgid}, {0o1000, fs.ModeSticky}} {
		if h.Mode&special.bit != 0 {
			e.mode |= special.mode
		}
	}
	e.time = h.ModTime.UnixNano()
	switch h.Typeflag {
	case tar.TypeReg, tar.TypeGNUSparse:
		e.kind = kindRegular
	case tar.TypeDir:
		e.kind, e.mode = kindDir, e.mode|fs.ModeDir
	case tar.TypeSymlink:
		e.kind, e.mode, e.link = kindSymlink, fs.ModeSymlink|0o777, h.Linkname
		if len(e.link) > maxPath {
			return entry{}, fmt.Errorf("link to %d bytes: want at most %d", len(e.link), maxPath)
		}
	case tar.TypeLink:
		e.kind = kindLink
		if e.link, err = cleanName(h.Linkname); err != nil {
			return entry{}, fmt.Errorf("hard link to %q: %w", h.Linkname, err)
		}
	case tar.TypeFifo:
		e.kind, e.mode = kindSpecial, e.mode|fs.ModeNamedPipe
	case tar.TypeBlock:
		e.kind, e.mode = kindSpecial, e.mode|fs.ModeDevice
	case tar.TypeChar:
		e.kind, e.mode = kindSpecial, e.mode|fs.ModeDevice|fs.ModeCharDevice
	case tar.TypeXGlobalHeader:
	default:
		return entry{}, fmt.Errorf("is of type %q: want a file, a directory, a link, a pipe or a device", h.Typeflag)
	}
	return e, nil
}

// cleanName takes the root for the place where a name begins, with or without
// a slash. To leave it is refused: no tool writes such a name, and an image
// that has one was made to write where it should not.
func cleanName(name string) (string, error) {
	if len(name) > maxPath {
		return "", fmt.Errorf("name of %d bytes: want at most %d", len(name), maxPath)
	}
	var parts []string
	for part := range strings.SplitSeq(name, "/") {
		switch part {
		case "", ".":
		case "..":
			if len(parts) == 0 {
				return "", errors.New("leaves the root")
			}
			parts = parts[:len(parts)-1]
		default:
			if len(part) > 255 {
				return "", fmt.Errorf("name with a part of %d bytes: want at most 255", len(part))
			}
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, "/"), nil
}

// A window is an archive as [tar.Reader] wants it. It knows where the reader
// is, which is where the bytes of an entry begin once its header was read, and
// reads ahead: most files are small, and headers stand close together.
type window struct {
	source
	pos    int64
	header int64 // where the first header since it was set to -1 stands
	buf    []byte
	bufAt  int64
}

const windowSize = 32 << 10

func (w *window) Read(p []byte) (int, error) {
	if w.header < 0 && len(p) == 512 && w.pos%512 == 0 {
		w.header = w.pos // tar.Reader passes over the rest of a file by one byte
	}
	if w.pos < w.bufAt || w.pos >= w.bufAt+int64(len(w.buf)) {
		if err := w.fill(); err != nil {
			return 0, err
		}
	}
	n := copy(p, w.buf[w.pos-w.bufAt:])
	w.pos += int64(n)
	return n, nil
}

func (w *window) fill() error {
	left := w.size - w.pos
	if left <= 0 {
		return io.EOF
	}
	if w.buf == nil {
		w.buf = make([]byte, windowSize)
	}
	w.buf, w.bufAt = w.buf[:min(left, windowSize)], w.pos
	n, err := w.r.ReadAt(w.buf, w.pos)
	w.buf = w.buf[:n]
	switch {
	case n > 0:
		return nil
	case err == nil || err == io.EOF:
		return io.ErrUnexpectedEOF // the file has shrunk
	}
	return err
}

// Seek is all that tar.Reader needs to pass over the bytes of a file.
func (w *window) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += w.pos
	case io.SeekEnd:
		offset += w.size
	}
	if offset < 0 {
		return 0, errors.New("seek before the start")
	}
	w.pos = offset
	return offset, nil
}
