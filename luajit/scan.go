package luajit

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"math"
	"slices"
	"sync"
)

// Files are read through buffers of this size; the processor's cache holds one.
const bufferSize = 256 << 10

var buffers = sync.Pool{New: func() any { b := make([]byte, bufferSize); return &b }}

// A span is a part of a file, from start up to end.
type span struct {
	data       io.ReaderAt
	start, end int64
}

// spans returns the parts of the file that the regions cover, each byte in one
// span alone: a damaged file may have thousands of regions over all of it.
func spans(regions []Region) (code, rest []span, err error) {
	for _, r := range regions {
		if r.Offset < 0 || r.Size < 0 || r.Offset > math.MaxInt64-r.Size {
			return nil, nil, fmt.Errorf("region at offset %#x, size %#x: want both in the file", r.Offset, r.Size)
		}
		s := span{r.Data, r.Offset, r.Offset + r.Size}
		switch {
		case r.Size == 0:
		case r.Executable:
			code = append(code, s)
		default:
			rest = append(rest, s)
		}
	}
	code = merge(code)
	return code, subtract(merge(rest), code), nil
}

// merge sorts spans and joins those that overlap or touch.
func merge(in []span) []span {
	slices.SortFunc(in, func(a, b span) int { return cmp.Compare(a.start, b.start) })
	var out []span
	for _, s := range in {
		if n := len(out); n > 0 && s.start <= out[n-1].end {
			out[n-1].end = max(out[n-1].end, s.end)
			continue
		}
		out = append(out, s)
	}
	return out
}

// subtract takes the spans of b out of those of a; both are merged.
func subtract(a, b []span) []span {
	var out []span
	for _, s := range a {
		for len(b) > 0 && b[0].end <= s.start {
			b = b[1:]
		}
		for _, t := range b {
			if t.start >= s.end {
				break
			}
			if s.start < t.start {
				out = append(out, span{s.data, s.start, t.start})
			}
			s.start = min(t.end, s.end)
		}
		if s.start < s.end {
			out = append(out, s)
		}
	}
	return out
}

// intersect returns what of the spans of a lies in b.
func intersect(a []span, b span) []span {
	var out []span
	for _, s := range a {
		if start, end := max(s.start, b.start), min(s.end, b.end); start < end {
			out = append(out, span{s.data, start, end})
		}
	}
	return out
}

// Hits are the places where a signature was found.
type hits struct {
	n    int
	at   []int64 // file offsets of the first of them
	last int64
}

// A program that talks of LuaJIT a thousand times has its version among the
// first of them, or it is not known.
const mostPlaces = 256

func (h *hits) add(at int64) {
	h.n++
	h.last = at
	if len(h.at) < mostPlaces {
		h.at = append(h.at, at)
	}
}

// scan counts the signatures in the spans. It reads each byte once, through
// buf, which must be twice as long as the longest signature or longer.
func scan(buf []byte, in []span, signatures []signature, found []hits) error {
	longest := 0
	for _, s := range signatures {
		longest = max(longest, len(s.bytes))
	}
	for _, s := range in {
		kept := 0 // bytes of the buffer before that are searched again
		for at := s.start; at < s.end; {
			n := int(min(int64(len(buf)-kept), s.end-at))
			window := buf[:kept+n]
			if err := read(s.data, window[kept:], at); err != nil {
				return err
			}
			for i, sig := range signatures {
				skip := max(0, kept-len(sig.bytes)+1) // what lies before was searched
				sig.find(window[skip:], at-int64(kept)+int64(skip), &found[i])
			}
			at += int64(n)
			kept = copy(buf, window[max(0, len(window)-longest+1):])
		}
	}
	return nil
}

// read fills p from offset off. A file shorter than its tables say is an
// error, not an answer.
func read(r io.ReaderAt, p []byte, off int64) error {
	n, err := r.ReadAt(p, off)
	if n == len(p) {
		return nil
	}
	if err == nil || err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return fmt.Errorf("offset %#x: %d bytes: want %d: %w", off, n, len(p), err)
}

// find adds the places of the signature in window, which lies at offset at of
// the file.
func (s signature) find(window []byte, at int64, found *hits) {
	for i := s.rare; i < len(window); {
		j := bytes.IndexByte(window[i:], s.bytes[s.rare])
		if j < 0 {
			return
		}
		i += j
		start := i - s.rare
		if string(window[start:min(len(window), start+len(s.bytes))]) == s.bytes {
			found.add(at + int64(start))
			i += len(s.bytes)
			continue
		}
		i++
	}
}
