package userspace

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"os"
	"sync"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/abivet/abivet/internal/nameless"
	"github.com/abivet/abivet/internal/xz"
)

// A spooler puts into temporary files what cannot be read in place: one for
// each compressed archive, and one for all sparse files and members of zips.
// Goroutines may share it.
type spooler struct {
	budget *budget

	mu     sync.Mutex
	files  closers
	closed bool

	sparse sync.Mutex
	holes  *os.File // of sparse files and members
	holesN int64
}

func (s *spooler) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	return s.files.Close()
}

// temp makes a temporary file.
func (s *spooler) temp() (*os.File, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, os.ErrClosed
	}
	f, err := nameless.New()
	if err != nil {
		return nil, err
	}
	s.files = append(s.files, f)
	return f.File, nil
}

// A compression is how an archive is packed.
type compression struct {
	name  string
	magic string
	open  func(io.Reader) (io.ReadCloser, error)
}

var compressions = []compression{
	{"gzip", "\x1f\x8b", func(r io.Reader) (io.ReadCloser, error) { return gzip.NewReader(r) }},
	{"zstd", "\x28\xb5\x2f\xfd", openZstd},
	{"xz", "\xfd7zXZ\x00", openXZ},
}

// maxDictionary is what a decompressor may keep in memory. zstd --long=27 wants
// 128 MiB, xz -9 64.
const maxDictionary = 128 << 20

func openZstd(r io.Reader) (io.ReadCloser, error) {
	d, err := zstd.NewReader(r, zstd.WithDecoderMaxWindow(maxDictionary), zstd.WithDecoderLowmem(true))
	if err != nil {
		return nil, err
	}
	return d.IOReadCloser(), nil
}

func openXZ(r io.Reader) (io.ReadCloser, error) {
	x := xz.NewReader()
	if err := x.Reset(r, maxDictionary); err != nil {
		return nil, err
	}
	return io.NopCloser(x), nil
}

// expand returns the archive that is in a file, as it stands or decompressed.
// The digest, where there is one, is held against what is read anyway: not
// against an archive that stands there as it is.
func (s *spooler) expand(in source, digest v1.Hash) (source, error) {
	var magic [6]byte
	n, err := in.r.ReadAt(magic[:], 0)
	if err != nil && err != io.EOF {
		return source{}, err
	}
	for _, c := range compressions {
		if !bytes.HasPrefix(magic[:n], []byte(c.magic)) {
			continue
		}
		out, err := s.decompress(c, in, digest)
		if err != nil {
			return source{}, fmt.Errorf("%s: %w", c.name, cutShort(err))
		}
		return out, nil
	}
	return in, nil
}

func (s *spooler) decompress(c compression, in source, digest v1.Hash) (source, error) {
	var raw io.Reader = io.NewSectionReader(in.r, 0, in.size)
	var sum hash.Hash
	if digest != (v1.Hash{}) {
		var err error
		if sum, err = v1.Hasher(digest.Algorithm); err != nil {
			return source{}, err
		}
		raw = io.TeeReader(raw, sum)
	}
	r, err := c.open(bufio.NewReaderSize(raw, 128<<10))
	if err != nil {
		return source{}, err
	}
	defer r.Close()
	f, err := s.temp()
	if err != nil {
		return source{}, err
	}
	w := &spoolWriter{file: f, budget: s.budget, from: in.size}
	if _, err := io.Copy(w, r); err != nil {
		return source{}, err
	}
	if sum != nil {
		if err := checkDigest(sum, digest); err != nil {
			return source{}, err
		}
	}
	return source{r: f, size: w.size}, nil
}

func checkDigest(got hash.Hash, want v1.Hash) error {
	if sum := hex.EncodeToString(got.Sum(nil)); sum != want.Hex {
		return fmt.Errorf("has the digest %s:%s: want %s", want.Algorithm, sum, want)
	}
	return nil
}

type spoolWriter struct {
	file   *os.File
	budget *budget
	from   int64 // bytes that are decompressed
	size   int64 // what they have come to
}

func (w *spoolWriter) Write(p []byte) (int, error) {
	w.size += int64(len(p))
	if err := w.budget.expand(int64(len(p)), w.size, w.from); err != nil {
		return 0, err
	}
	n, err := w.file.Write(p)
	if err != nil {
		err = fmt.Errorf("to a temporary file (TMPDIR says where): %w", err)
	}
	return n, err
}
