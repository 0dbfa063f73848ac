package userspace

import (
	"compress/bzip2"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"sync"

	"github.com/klauspost/compress/flate"

	"github.com/abivet/abivet/internal/zipdir"
)

// openZip opens a package that is a zip archive, such as a wheel, as the
// directory that it makes when it is unpacked.
func openZip(name string, in source, o Options) (*Space, error) {
	sp := &spooler{budget: newBudget(o.Limits)}
	t := newTree()
	a := &applier{tree: t, budget: sp.budget, layer: 1}
	for m, err := range zipdir.Members(in.r, in.size) {
		if err == nil {
			err = a.zipped(&zipMember{Member: m, archive: in, spool: sp})
		}
		if err != nil {
			sp.Close()
			return nil, err
		}
	}
	if len(t.root.entries) == 0 {
		return nil, errors.New("zip without a member")
	}
	return newSpace(name, Zip, t, closers{sp}), nil
}

// The types of a file in st_mode.
const (
	unixType = 0o170000
	unixDir  = 0o040000
	unixLink = 0o120000
)

// zipped puts a member into the tree.
func (a *applier) zipped(m *zipMember) error {
	name, err := cleanName(m.Name)
	e := entry{name: name, mode: fs.FileMode(m.Mode & 0o777)}
	switch {
	case err != nil:
	case m.Dir() || m.Mode&unixType == unixDir:
		e.kind, e.mode = kindDir, e.mode|fs.ModeDir
	case m.Mode&unixType == unixLink:
		e.kind, e.mode = kindSymlink, fs.ModeSymlink|0o777
		e.link, err = m.target()
	default:
		e.from, e.size = m, m.Size
	}
	if err == nil {
		err = a.apply(e)
	}
	if err != nil {
		return m.wrong(err)
	}
	return nil
}

// A zipMember is a file in a zip archive. What is stored is read where it
// stands; the rest is decompressed into a temporary file when it is first read,
// which most of a package never is.
type zipMember struct {
	zipdir.Member
	archive source
	spool   *spooler

	load sync.Once
	from io.ReaderAt
	err  error
}

func (m *zipMember) wrong(err error) error { return fmt.Errorf("member %q: %w", m.Name, err) }

// target is where a link leads: its bytes.
func (m *zipMember) target() (string, error) {
	if m.Size > maxPath {
		return "", fmt.Errorf("link to %d bytes: want at most %d", m.Size, maxPath)
	}
	r, err := m.open()
	if err != nil {
		return "", err
	}
	defer r.Close()
	b, err := io.ReadAll(m.Check(r))
	return string(b), err
}

func (m *zipMember) ReadAt(p []byte, at int64) (int, error) {
	m.load.Do(func() { m.from, m.err = m.expand() })
	if m.err != nil {
		return 0, m.wrong(m.err)
	}
	return m.from.ReadAt(p, at)
}

// expand returns the bytes to be read at will.
func (m *zipMember) expand() (io.ReaderAt, error) {
	if m.Method == zipdir.Store && !m.Encrypted {
		if m.Size != m.Compressed {
			return nil, fmt.Errorf("stored in %d bytes: want its size, %d", m.Compressed, m.Size)
		}
		return m.packed()
	}
	packed, err := m.open()
	if err != nil {
		return nil, err
	}
	defer packed.Close()
	r := m.Check(packed)
	from, err := m.spool.fill(r, m.Size, m.Compressed)
	if err != nil {
		return nil, err
	}
	// The checksum is held against them at the end.
	if _, err := io.ReadFull(r, make([]byte, 1)); err != io.EOF {
		return nil, err
	}
	return from, nil
}

// packed returns the bytes as they stand in the archive.
func (m *zipMember) packed() (*io.SectionReader, error) {
	var header [zipdir.HeaderSize]byte
	if n, err := m.archive.r.ReadAt(header[:], m.Header); n < len(header) {
		return nil, cutShort(err)
	}
	data, err := m.Data(header[:])
	if err != nil {
		return nil, err
	}
	if data > m.archive.size-m.Compressed {
		return nil, fmt.Errorf("%d bytes at %#x: the archive has only %d", m.Compressed, data, m.archive.size)
	}
	return io.NewSectionReader(m.archive.r, data, m.Compressed), nil
}

// open returns what the bytes are read by, one after the other.
func (m *zipMember) open() (io.ReadCloser, error) {
	if m.Encrypted {
		return nil, errors.New("is encrypted")
	}
	part, err := m.packed()
	if err != nil {
		return nil, err
	}
	switch m.Method {
	case zipdir.Store:
		return io.NopCloser(part), nil
	case zipdir.Deflate:
		return flate.NewReader(part), nil
	case zipdir.Bzip2:
		return io.NopCloser(bzip2.NewReader(part)), nil
	case zipdir.XZ:
		return openXZ(part)
	case zipdir.Zstd:
		return openZstd(part)
	}
	return nil, fmt.Errorf("method of compression %d: want 0 (stored), 8 (deflate), 12 (bzip2), 93 (zstd) or 95 (xz)", m.Method)
}
