package container

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/internal/xz"
)

// A compression is a way to pack one stream of bytes.
type compression struct {
	name  string
	magic string
	// plausible looks at what follows the magic, where that is short.
	plausible func(start []byte) bool
	// open returns what to read, and what to do when it has been read.
	open func(io.Reader) (io.Reader, func(), error)
	// peek, where there is one, decompresses the start of a file without
	// going to the length of opening it.
	peek func(start []byte) []byte
}

// compressions, of which [compressionOf] finds one by its magic.
var compressions = []compression{
	{"gzip", "\x1f\x8b\x08", plausibleGzip, openGzip, peekGzip},
	{"zstd", "\x28\xb5\x2f\xfd", plausibleZstd, openZstd, nil},
	{"xz", "\xfd7zXZ\x00", nil, openXZ, nil},
	{"bzip2", "BZh", plausibleBzip2, openBzip2, nil},
}

func compressionOf(start []byte) *compression {
	for i := range compressions {
		if c := &compressions[i]; bytes.HasPrefix(start, []byte(c.magic)) && (c.plausible == nil || c.plausible(start)) {
			return c
		}
	}
	return nil
}

var gzips = sync.Pool{New: func() any { return new(gzip.Reader) }}

// openGzip reads all streams that stand one after another: an .apk of Alpine is
// three.
func openGzip(r io.Reader) (io.Reader, func(), error) {
	g := gzips.Get().(*gzip.Reader)
	if err := g.Reset(r); err != nil {
		return nil, nil, err
	}
	return g, func() { gzips.Put(g) }, nil
}

// maxWindow is what zstd and xz may look back. zstd --long=27 wants 128 MiB, xz
// -9 wants 64.
const maxWindow = 128 << 20

var zstds = sync.Pool{New: func() any {
	d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindow))
	if err != nil {
		panic(err) // the options are wrong
	}
	return d
}}

func openZstd(r io.Reader) (io.Reader, func(), error) {
	d := zstds.Get().(*zstd.Decoder)
	if err := d.Reset(r); err != nil {
		return nil, nil, err
	}
	return d, func() {
		if d.Reset(nil) == nil {
			zstds.Put(d)
		}
	}, nil
}

func openBzip2(r io.Reader) (io.Reader, func(), error) {
	return bzip2.NewReader(r), func() {}, nil
}

// An expanded is a stream that is being decompressed. It counts both ends; what
// goes wrong in a decompressor, a panic too, is an error of the stream.
type expanded struct {
	name   string
	budget *budget
	from   *counter
	r      io.Reader
	total  int64
	failed bool
	done   func()
}

// decompress opens a compressed stream. The caller closes it.
func (b *budget) decompress(c *compression, r io.Reader) (x *expanded, err error) {
	x = &expanded{name: c.name, budget: b, from: &counter{r: r}, done: func() {}}
	defer func() {
		if p := recover(); p != nil {
			x, err = nil, x.fault(p)
		}
	}()
	in := readers.Get().(*bufio.Reader)
	in.Reset(x.from)
	out, done, err := c.open(in)
	if err != nil {
		return nil, x.wrap(err)
	}
	x.r = out
	x.done = func() {
		done()
		in.Reset(nil)
		readers.Put(in)
	}
	return x, nil
}

var readers = sync.Pool{New: func() any { return bufio.NewReaderSize(nil, 32<<10) }}

func (x *expanded) Read(p []byte) (n int, err error) {
	defer func() {
		if p := recover(); p != nil {
			n, err = 0, x.fault(p)
		}
	}()
	n, err = x.r.Read(p)
	x.total += int64(n)
	if over := x.budget.expand(n, x.total, x.from.n); over != nil {
		return 0, over
	}
	if err != nil && err != io.EOF {
		err = x.wrap(err)
	}
	return n, err
}

// close gives back what the decompressor took. One that met an error is not
// used again: nobody knows what it holds.
func (x *expanded) close() {
	if !x.failed {
		x.done()
	}
}

// wrap says where in the stream an error is, unless it is one of reading that.
func (x *expanded) wrap(err error) error {
	x.failed = true
	if x.from.err != nil && x.from.err != io.ErrUnexpectedEOF {
		return x.from.err
	}
	what := "damaged"
	if errors.Is(err, xz.ErrFilter) {
		what = "cannot be undone"
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		what, err = "cut short", nil
	}
	return &abi.FormatError{Format: x.name, Offset: x.from.n, What: what, Err: err}
}

func (x *expanded) fault(p any) error {
	x.failed = true
	return &abi.FormatError{Format: x.name, Offset: x.from.n, What: fmt.Sprintf("the decompressor gives up: %v", p)}
}

// A counter knows how much was read, and what kept it from reading more.
type counter struct {
	r   io.Reader
	n   int64
	err error
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	if err != nil && err != io.EOF {
		c.err = err
	}
	return n, err
}
