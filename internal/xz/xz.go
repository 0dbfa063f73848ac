// Package xz decompresses files of xz. It holds what it decompresses against
// the checksums and the index, and wants the end of the file to be there.
//
// github.com/ulikunitz/xz takes as much memory as a block asks for, up to 4 GiB
// for twenty bytes of input, and takes a file that is cut behind its last block
// for a whole one; it needs twice the time.
package xz

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
)

const (
	headerMagic = "\xfd7zXZ\x00"
	footerMagic = "YZ"
	headerSize  = 12
)

// A Reader decompresses all streams that stand one after another.
type Reader struct {
	in            *bufio.Reader
	maxDictionary int64
	lzma2         lzma2
	check         checker
	inBlock       bool
	err           error

	// Of the stream.
	flags  [2]byte
	blocks []block
	// Of the block: where it began, what its header says.
	read       countingReader
	header     int64
	size       int64 // decompressed, so far
	compressed int64 // as the header has it, or -1
	expanded   int64
}

// A block is what the index says of one.
type block struct{ unpadded, size int64 }

// NewReader returns a Reader to be reset.
func NewReader() *Reader { return &Reader{in: bufio.NewReaderSize(nil, 16<<10)} }

// Keep reports whether a Reader that has been used is small enough to be kept
// for another file.
func (r *Reader) Keep() bool { return len(r.lzma2.window) <= 16<<20 }

// Reset begins a file. A dictionary larger than maxDictionary is an error.
func (r *Reader) Reset(in io.Reader, maxDictionary int64) error {
	r.in.Reset(in)
	r.maxDictionary = maxDictionary
	r.inBlock, r.err = false, nil
	r.err = r.stream()
	return r.err
}

func (r *Reader) Read(p []byte) (int, error) {
	for r.err == nil {
		if len(p) == 0 {
			return 0, nil
		}
		if n := r.lzma2.take(p); n > 0 {
			r.check.Write(p[:n])
			r.size += int64(n)
			return n, nil
		}
		r.err = r.next()
	}
	return 0, r.err
}

// next goes on with a chunk, a block, the index and what follows it.
func (r *Reader) next() error {
	if !r.inBlock {
		return r.begin()
	}
	err := r.lzma2.chunk(&r.read)
	if !errors.Is(err, errEnded) {
		return err
	}
	r.inBlock = false
	return r.end()
}

// stream reads the header of a stream.
func (r *Reader) stream() error {
	var b [headerSize]byte
	if err := readFull(r.in, b[:]); err != nil {
		return err
	}
	if string(b[:6]) != headerMagic {
		return fmt.Errorf("stream begins with %q: want %q", b[:6], headerMagic)
	}
	if binary.LittleEndian.Uint32(b[8:]) != crc32.ChecksumIEEE(b[6:8]) {
		return errors.New("checksum of the header of a stream")
	}
	r.flags = [2]byte(b[6:8])
	r.blocks = r.blocks[:0]
	var err error
	r.check, err = newChecker(r.flags)
	return err
}

// begin reads the header of a block, or the index that stands in its place.
func (r *Reader) begin() error {
	r.read = countingReader{r: r.in}
	size, err := r.in.ReadByte()
	if err != nil {
		return cut(err)
	}
	if size == 0 {
		return r.index()
	}
	b := make([]byte, (int(size)+1)*4)
	b[0] = size
	if err := readFull(r.in, b[1:]); err != nil {
		return err
	}
	n := len(b) - 4
	if binary.LittleEndian.Uint32(b[n:]) != crc32.ChecksumIEEE(b[:n]) {
		return errors.New("checksum of the header of a block")
	}
	dictionary, err := r.blockHeader(b[1:n])
	if err != nil {
		return err
	}
	r.header, r.size, r.inBlock = int64(len(b)), 0, true
	r.lzma2.restart(dictionary)
	r.check.Reset()
	return nil
}

// end holds a block against its checksum and sizes.
func (r *Reader) end() error {
	if r.compressed >= 0 && r.compressed != r.read.n || r.expanded >= 0 && r.expanded != r.size {
		return errors.New("size of a block is not what its header says")
	}
	var padding [3]byte
	fill := padding[:-r.read.n&3]
	if err := readFull(r.in, fill); err != nil {
		return err
	}
	if padding != [3]byte{} {
		return errors.New("padding of a block is not zero")
	}
	sum := r.check.Sum()
	got := make([]byte, len(sum))
	if err := readFull(r.in, got); err != nil {
		return err
	}
	if !bytes.Equal(got, sum) {
		return errors.New("checksum of a block")
	}
	const maxBlocks = 1 << 20 // 16 MiB of them; each had at least as many bytes
	if len(r.blocks) == maxBlocks {
		return fmt.Errorf("more than %d blocks", maxBlocks)
	}
	r.blocks = append(r.blocks, block{r.header + r.read.n + int64(len(sum)), r.size})
	return nil
}

// index holds the blocks against the list of them, and goes on with the next
// stream or ends.
func (r *Reader) index() error {
	sum := crc32.NewIEEE()
	sum.Write([]byte{0})
	list := &countingReader{r: io.TeeReader(r.in, sum), n: 1}
	n, err := readNumber(list)
	if err != nil {
		return err
	}
	if n != int64(len(r.blocks)) {
		return fmt.Errorf("index of %d blocks: there were %d", n, len(r.blocks))
	}
	for _, b := range r.blocks {
		unpadded, err := readNumber(list)
		if err != nil {
			return err
		}
		size, err := readNumber(list)
		if err != nil {
			return err
		}
		if (block{unpadded, size}) != b {
			return errors.New("index does not fit the blocks")
		}
	}
	var padding [3]byte
	if err := readFull(list, padding[:-list.n&3]); err != nil {
		return err
	}
	var b [4 + headerSize]byte
	if err := readFull(r.in, b[:]); err != nil {
		return err
	}
	le := binary.LittleEndian
	if padding != [3]byte{} || le.Uint32(b[:]) != sum.Sum32() {
		return errors.New("checksum of the index")
	}
	footer := b[4:]
	if string(footer[10:]) != footerMagic || le.Uint32(footer) != crc32.ChecksumIEEE(footer[4:10]) ||
		[2]byte(footer[8:]) != r.flags || (int64(le.Uint32(footer[4:]))+1)*4 != list.n+4 {
		return errors.New("footer of a stream")
	}
	return r.another()
}

// another looks for a stream behind this one. Zeros may stand between, four by
// four.
func (r *Reader) another() error {
	for {
		b, err := r.in.Peek(4)
		if len(b) == 0 && err == io.EOF {
			return io.EOF
		}
		if err != nil {
			return cut(err)
		}
		if binary.LittleEndian.Uint32(b) != 0 {
			return r.stream()
		}
		r.in.Discard(4)
	}
}
