package container

import (
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"sync"

	"github.com/klauspost/compress/flate"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/internal/zipdir"
)

// zip looks at the files in a zip archive.
func (w *walk) zip(p place, b blob, depth int) error {
	plausible := plausibleZip(b.start)
	if !plausible && b.at == nil && !isZipName(p.name) {
		return spoiledInStream(b.stream())
	}
	return w.atWill(b, func(at io.ReaderAt, size int64) error {
		// Unpackers follow the directory at the end, and those who obfuscate APKs
		// spoil the headers that nobody needs.
		if !plausible && !zipdir.Ends(at, size) {
			return abi.ErrFormat
		}
		z := zipWalk{walk: w, place: p, at: at, size: size, depth: depth}
		if err := z.byName(); err != nil {
			return err
		}
		var left shut
		for m, err := range zipdir.Members(at, size) {
			if err != nil {
				return err
			}
			if m.Dir() && m.Compressed == 0 {
				continue
			}
			if err := w.checkName(p, m.Name); err != nil {
				return err
			}
			if left.out(m) {
				continue
			}
			if w.want(m.Name, nil) {
				continue // was the first
			}
			if err := z.member(m); err != nil {
				return err
			}
		}
		return left.err()
	})
}

// isZipName knows the names of those zip archives that are met with spoiled
// headers.
func isZipName(name string) bool {
	switch strings.ToLower(path.Ext(name)) {
	case ".apk", ".xapk", ".apks", ".aab", ".aar", ".jar", ".zip":
		return true
	}
	return false
}

// shut is the members that cannot be looked at, as many as there may be.
type shut struct {
	encrypted, packed int
	first, unknown    string
	why               error
}

// out takes a member that cannot be looked at out.
func (s *shut) out(m zipdir.Member) bool {
	if m.Encrypted {
		if s.encrypted++; s.encrypted == 1 {
			s.first = m.Name
		}
		return true
	}
	if m.Method == zipdir.Store || m.Size == 0 {
		return false
	}
	if _, err := zipCompression(m.Method); err != nil {
		if s.packed++; s.packed == 1 {
			s.unknown, s.why = m.Name, err
		}
		return true
	}
	return false
}

func (s *shut) err() error {
	var encrypted, packed error
	if s.encrypted > 0 {
		encrypted = fmt.Errorf("zip: %d members are encrypted and cannot be looked at, %q first", s.encrypted, s.first)
	}
	if s.packed > 0 {
		packed = fmt.Errorf("%d members cannot be looked at, %q first: %w", s.packed, s.unknown, s.why)
	}
	return errors.Join(encrypted, packed)
}

type zipWalk struct {
	*walk
	place place
	at    io.ReaderAt
	size  int64
	depth int
	// head is what was read last: the header of a member, and with it the
	// start of its bytes.
	head  [zipdir.HeaderSize + 256 + startSize]byte
	start [startSize]byte
	// names has those of the members that were looked into.
	names map[string]bool
}

// twice tells of a second member of a name. Unpackers take the one or the other; of
// scripts, which are mostly nothing but that, it does not matter.
func (z *zipWalk) twice(m zipdir.Member, start []byte) error {
	if zipdir.IsScript(start) {
		return nil
	}
	if z.names == nil {
		z.names = map[string]bool{}
	}
	if z.names[m.Name] {
		return z.wrong(m, z.damaged(m, "a second member of the name %q: which one is unpacked depends on the program", m.Name))
	}
	z.names[m.Name] = true
	return nil
}

// byName looks at the members that are wanted by their names. A damaged
// directory is told of when it is read for the others.
func (z *zipWalk) byName() error {
	for m, err := range zipdir.Members(z.at, z.size) {
		var damaged *abi.FormatError
		if errors.As(err, &damaged) {
			return nil
		}
		if err != nil {
			return err // of reading: it need not come again
		}
		if !(&shut{}).out(m) && z.want(m.Name, nil) {
			if err := z.member(m); err != nil {
				return err
			}
		}
	}
	return nil
}

// member looks at a member as member of walk does. Only a little is read of one
// that is not of interest, and nothing is decompressed but that.
func (z *zipWalk) member(m zipdir.Member) error {
	data, raw, err := z.raw(m)
	if err != nil {
		return z.wrong(m, err)
	}
	part := io.NewSectionReader(z.at, data, m.Compressed)
	if m.Method == zipdir.Store {
		if m.Size != m.Compressed {
			return z.wrong(m, z.damaged(m, "stored in %d bytes: want its size, %d", m.Compressed, m.Size))
		}
		if z.interesting(m.Name, raw) {
			if err := z.twice(m, raw); err != nil {
				return err
			}
		}
		return z.walk.member(z.place, m.Name, blob{start: raw, at: part, size: m.Size}, z.depth)
	}
	if m.Method == zipdir.Deflate {
		start := inflateStart(z.start[:0], raw)
		if int64(len(start)) >= min(m.Size, startSize/2) && !z.interesting(m.Name, start) {
			return nil
		}
	}
	c, err := zipCompression(m.Method)
	if err != nil {
		return z.wrong(m, err)
	}
	x, err := z.budget.decompress(c, part)
	if err != nil {
		return z.wrong(m, err)
	}
	defer x.close()
	return z.wrong(m, z.expand(m, x))
}

// raw returns where the bytes of a member begin, and the first of them.
func (z *zipWalk) raw(m zipdir.Member) (data int64, raw []byte, err error) {
	n, err := z.at.ReadAt(z.head[:min(int64(len(z.head)), z.size-m.Header)], m.Header)
	if err != nil && !errors.Is(err, io.EOF) {
		return 0, nil, err
	}
	if data, err = m.Data(z.head[:n]); err != nil {
		return 0, nil, err
	}
	if data > z.size-m.Compressed {
		return 0, nil, z.damaged(m, "%d bytes at %#x: the archive has only %d", m.Compressed, data, z.size)
	}
	want := min(m.Compressed, startSize)
	if at := data - m.Header; at+want <= int64(n) {
		return data, z.head[at : at+want], nil
	}
	n, err = z.at.ReadAt(z.head[:want], data) // behind a long name
	if err != nil && !errors.Is(err, io.EOF) {
		return 0, nil, err
	}
	return data, z.head[:n], nil
}

// expand looks into a member that is compressed.
func (z *zipWalk) expand(m zipdir.Member, x io.Reader) error {
	r := m.Check(x)
	n, err := readStart(r, z.start[:])
	if err != nil || !z.interesting(m.Name, z.start[:n]) {
		return err
	}
	if err := z.twice(m, z.start[:n]); err != nil {
		return err
	}
	if err := z.open(z.place.inside(m.Name), blob{start: z.start[:n], r: r}, z.depth); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, r)
	return err
}

// wrong tells what is wrong with a member.
func (z *zipWalk) wrong(m zipdir.Member, err error) error {
	return z.tell(z.place.inside(m.Name), err)
}

func (z *zipWalk) damaged(m zipdir.Member, format string, args ...any) error {
	return &abi.FormatError{Format: "zip", Offset: m.Header, What: fmt.Sprintf(format, args...)}
}

// zipCompression returns how a member is packed.
func zipCompression(method uint16) (*compression, error) {
	switch method {
	case zipdir.Deflate:
		return &deflate, nil
	case zipdir.Bzip2:
		return &compression{name: "bzip2", open: openBzip2}, nil
	case zipdir.Zstd:
		return &compression{name: "zstd", open: openZstd}, nil
	case zipdir.XZ:
		return &compression{name: "xz", open: openXZ}, nil
	}
	name := zipMethods[method]
	if name == "" {
		name = "unknown"
	}
	return nil, fmt.Errorf("zip: method of compression %d (%s): want 0 (stored), 8 (deflate), 12 (bzip2), 93 (zstd) or 95 (xz)", method, name)
}

// zipMethods are those that are not supported; see APPNOTE.TXT 4.4.5.
var zipMethods = map[uint16]string{
	1: "shrink", 2: "reduce", 3: "reduce", 4: "reduce", 5: "reduce", 6: "implode", 9: "deflate64", 10: "DCL implode", 14: "LZMA", 16: "CMPSC",
	18: "TERSE", 19: "LZ77", 94: "MP3", 96: "JPEG", 97: "WavPack", 98: "PPMd", 99: "AES",
}

var deflate = compression{name: "deflate", open: openDeflate}

var flates = sync.Pool{New: func() any { return flate.NewReader(nil) }}

func openDeflate(r io.Reader) (io.Reader, func(), error) {
	f := flates.Get().(io.ReadCloser)
	if err := f.(flate.Resetter).Reset(r, nil); err != nil {
		return nil, nil, err
	}
	return f, func() { flates.Put(f) }, nil
}
