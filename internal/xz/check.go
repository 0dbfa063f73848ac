package xz

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"hash/crc64"
	"io"
)

// readNumber reads a number of up to 63 bits, seven in a byte.
func readNumber(in io.Reader) (int64, error) {
	var b [1]byte
	n := int64(0)
	for shift := 0; shift < 63; shift += 7 {
		if err := readFull(in, b[:]); err != nil {
			return 0, err
		}
		n |= int64(b[0]&0x7f) << shift
		if b[0] < 0x80 {
			return n, nil
		}
	}
	return 0, errors.New("number of more than 63 bits")
}

// A checker adds up the bytes of a block.
type checker struct {
	hash.Hash
	none bool
}

func newChecker(flags [2]byte) (checker, error) {
	if flags[0] == 0 {
		switch flags[1] {
		case 0:
			return checker{crc32.NewIEEE(), true}, nil
		case 1:
			return checker{Hash: crc32.NewIEEE()}, nil
		case 4:
			return checker{Hash: crc64.New(crc64.MakeTable(crc64.ECMA))}, nil
		case 10:
			return checker{Hash: sha256.New()}, nil
		}
	}
	return checker{}, fmt.Errorf("check of kind %#x: want none, CRC32, CRC64 or SHA-256", flags)
}

func (c checker) Write(p []byte) {
	if !c.none {
		c.Hash.Write(p)
	}
}

// Sum returns the bytes that stand in the file.
func (c checker) Sum() []byte {
	if c.none {
		return nil
	}
	b := c.Hash.Sum(nil)
	if len(b) <= 8 { // CRCs are written in the other order
		for i, j := 0, len(b)-1; i < j; i, j = i+1, j-1 {
			b[i], b[j] = b[j], b[i]
		}
	}
	return b
}

type countingReader struct {
	r io.Reader
	n int64
}

func (c *countingReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

func readFull(r io.Reader, b []byte) error {
	_, err := io.ReadFull(r, b)
	return cut(err)
}

// cut says that the end came too soon.
func cut(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
