package container

import (
	"bytes"
	"encoding/binary"
	"io"
	"sync"

	"github.com/klauspost/compress/flate"
)

// An inflater is a decompressor of deflate that is used again and again.
type inflater struct {
	flate io.ReadCloser
	in    bytes.Reader
}

var inflaters = sync.Pool{New: func() any {
	i := new(inflater)
	i.flate = flate.NewReader(&i.in)
	return i
}}

// inflateStart appends to out what the first bytes of a deflated stream come
// to, up to its capacity. A decompressor works for a whole window before it
// gives out a byte; cut off from its input it gives out what it has, so these
// few bytes are all that it is given.
func inflateStart(out, compressed []byte) []byte {
	i := inflaters.Get().(*inflater)
	i.in.Reset(compressed)
	if i.flate.(flate.Resetter).Reset(&i.in, nil) == nil {
		for len(out) < cap(out) {
			n, err := i.flate.Read(out[len(out):cap(out)])
			out = out[:len(out)+n]
			if err != nil {
				break
			}
		}
	}
	inflaters.Put(i)
	return out
}

// peekGzip decompresses the start of a gzip file, as far as it goes.
func peekGzip(start []byte) []byte {
	data := skipGzipHeader(start)
	if data == nil {
		return nil
	}
	return inflateStart(make([]byte, 0, startSize), data)
}

// skipGzipHeader returns what follows the header (RFC 1952), or nil.
func skipGzipHeader(b []byte) []byte {
	const hasCRC, hasExtra, hasName, hasComment = 2, 4, 8, 16
	if len(b) < 10 {
		return nil
	}
	flags := b[3]
	b = b[10:]
	if flags&hasExtra != 0 {
		if len(b) < 2 || len(b) < 2+int(binary.LittleEndian.Uint16(b)) {
			return nil
		}
		b = b[2+int(binary.LittleEndian.Uint16(b)):]
	}
	for _, text := range []byte{hasName, hasComment} {
		if flags&text != 0 {
			end := bytes.IndexByte(b, 0)
			if end < 0 {
				return nil
			}
			b = b[end+1:]
		}
	}
	if flags&hasCRC != 0 {
		if len(b) < 2 {
			return nil
		}
		b = b[2:]
	}
	return b
}
