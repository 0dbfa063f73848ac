package extension

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// A Region is a part of a file.
type Region struct {
	Data   io.ReaderAt
	Offset int64
	Size   int64
}

const (
	// maxConstants bounds what is looked through of one file. The largest
	// extension of those hosts that has been met has 40 MiB.
	maxConstants = 64 << 20
	chunkSize    = 64 << 10
	overlap      = 128 // is more than any mark has
)

var chunks = sync.Pool{New: func() any { return new([chunkSize]byte) }}

// agreed returns what is found among the constants, or "" where that differs.
func (img Image) agreed(find func(piece []byte, found func(string))) (one string, err error) {
	several := false
	err = img.each(func(piece []byte) bool {
		find(piece, func(s string) {
			several = several || one != "" && one != s
			one = s
		})
		return several
	})
	if several {
		one = ""
	}
	return one, err
}

// each hands over the constants piece by piece, until the piece is the last that
// is wanted. Pieces overlap, so that a mark is whole in one of them; each begins
// at a multiple of 8 bytes of its region.
func (img Image) each(last func(piece []byte) bool) error {
	held := chunks.Get().(*[chunkSize]byte)
	defer chunks.Put(held)
	left, buf := int64(maxConstants), held[:]
	for _, r := range img.Constants {
		for at := int64(0); at < r.Size && left > 0; at += chunkSize - overlap {
			b := buf[:min(chunkSize, r.Size-at)]
			if n, err := r.Data.ReadAt(b, r.Offset+at); n < len(b) {
				if err == nil || errors.Is(err, io.EOF) {
					err = io.ErrUnexpectedEOF
				}
				return err
			}
			if last(b) {
				return nil
			}
			left -= int64(len(b))
		}
	}
	return nil
}

// compiled makes a pattern when it is first asked for: most runs meet no
// extension.
func compiled(pattern string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(pattern) })
}

// marks returns what a pattern finds in the constants, each once, up to a few.
func (img Image) marks(pattern *regexp.Regexp) ([]string, error) {
	const most = 4
	var found []string
	// That a mark begins with a NUL helps nobody to find it: constants have one
	// every few bytes.
	prefix, _ := pattern.LiteralPrefix()
	word := []byte(strings.TrimLeft(prefix, "\x00"))
	err := img.each(func(piece []byte) bool {
		if !bytes.Contains(piece, word) {
			return false
		}
		for _, m := range pattern.FindAllSubmatch(piece, most) {
			if mark := string(m[1]); !slices.Contains(found, mark) {
				found = append(found, mark)
			}
		}
		return len(found) >= most
	})
	return found, err
}
