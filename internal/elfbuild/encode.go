package elfbuild

import (
	"bytes"
	"encoding/binary"
)

// A coder writes numbers in the byte order and class of a file.
type coder struct {
	binary.AppendByteOrder
	wide bool
}

func newCoder(narrow, big bool) coder {
	if big {
		return coder{binary.BigEndian, !narrow}
	}
	return coder{binary.LittleEndian, !narrow}
}

// word appends an address: 4 or 8 bytes.
func (c coder) word(b []byte, v uint64) []byte {
	if c.wide {
		return c.AppendUint64(b, v)
	}
	return c.AppendUint32(b, uint32(v))
}

func (c coder) half(b []byte, v ...uint16) []byte {
	for _, n := range v {
		b = c.AppendUint16(b, n)
	}
	return b
}

func (c coder) quad(b []byte, v ...uint32) []byte {
	for _, n := range v {
		b = c.AppendUint32(b, n)
	}
	return b
}

// pick returns the size of a structure by class.
func (c coder) pick(narrow, wide int) int {
	if c.wide {
		return wide
	}
	return narrow
}

func pad(b []byte, align int) []byte {
	for len(b)%max(align, 1) != 0 {
		b = append(b, 0)
	}
	return b
}

// A names is a string table.
type names struct {
	buf   []byte
	known map[string]uint32
}

func newNames(filler int) *names {
	n := &names{buf: []byte{0}, known: map[string]uint32{"": 0}}
	if filler > 0 {
		n.buf = append(append(n.buf, bytes.Repeat([]byte{'.'}, filler)...), 0)
	}
	return n
}

func (n *names) add(s string) uint32 {
	at, ok := n.known[s]
	if !ok {
		at = uint32(len(n.buf))
		n.known[s] = at
		n.buf = append(append(n.buf, s...), 0)
	}
	return at
}
