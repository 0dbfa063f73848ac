package xz

import (
	"errors"
	"io"
)

const (
	maxChunk      = 2 << 20  // bytes of a chunk, decompressed
	maxCompressed = 64 << 10 // and compressed
)

// An lzma2 decompresses chunks into a window, in which matches look back. The
// window grows with what is in it, whatever the dictionary is said to have.
type lzma2 struct {
	lzma
	dictionary int
	window     []byte
	used       int // of the window
	from       int // where the dictionary begins in it
	given      int // out of it

	needDictionary, needProperties, needReset bool
	input                                     [maxCompressed + symbolRoom]byte
}

var (
	errControl = errors.New("a chunk is of no known kind, or relies on what was not there before")
	errEnded   = errors.New("the block has ended")
)

func (z *lzma2) restart(dictionary int) {
	z.dictionary = dictionary
	z.used, z.from, z.given = 0, 0, 0
	z.needDictionary, z.needProperties, z.needReset = true, true, true
}

// chunk decompresses the next chunk. The last one is errEnded.
func (z *lzma2) chunk(in io.Reader) error {
	var head [6]byte
	if err := readFull(in, head[:1]); err != nil {
		return err
	}
	control := head[0]
	switch {
	case control == 0:
		return errEnded
	case control == 1 || control >= 0xe0:
		z.from, z.used, z.given = 0, 0, 0 // forget what is there
		z.needDictionary = false
	case z.needDictionary, control > 2 && control < 0x80:
		return errControl
	}
	if control < 0x80 {
		return z.stored(in, head[1:3])
	}
	return z.compressed(in, control, head[1:6])
}

func (z *lzma2) stored(in io.Reader, head []byte) error {
	if err := readFull(in, head); err != nil {
		return err
	}
	n := int(head[0])<<8 | int(head[1]) + 1
	if err := readFull(in, z.room(n)); err != nil {
		return err
	}
	z.used += n
	return nil
}

func (z *lzma2) compressed(in io.Reader, control byte, head []byte) error {
	reset := control >> 5 & 3 // 0 nothing, 1 state, 2 properties too, 3 the dictionary too
	if reset < 2 {
		head = head[:4]
	}
	if err := readFull(in, head); err != nil {
		return err
	}
	n := int(control&0x1f)<<16 | int(head[0])<<8 | int(head[1]) + 1
	size := int(head[2])<<8 | int(head[3]) + 1
	if reset >= 2 {
		if err := z.properties(head[4]); err != nil {
			return err
		}
		z.needProperties = false
	}
	if z.needProperties || z.needReset && reset == 0 {
		return errControl
	}
	if reset > 0 {
		z.reset()
		z.needReset = false
	}
	if err := readFull(in, z.input[:size]); err != nil {
		return err
	}
	if err := z.start(z.input[:size+symbolRoom]); err != nil {
		return err
	}
	z.room(n)
	if err := z.decode(z.window[:z.used+n], z.used, z.from); err != nil {
		return err
	}
	z.used += n
	return nil
}

// room makes room for n more bytes in the window and returns it.
func (z *lzma2) room(n int) []byte {
	z.from = max(z.from, z.used-z.dictionary)
	if z.used+n > len(z.window) {
		z.grow(n)
	}
	return z.window[z.used : z.used+n]
}

// grow moves the dictionary to the start of the window, or takes a larger one.
// Positions count in the coding of symbols, by their lowest bits.
func (z *lzma2) grow(n int) {
	const keep = ^(maxPosStates - 1)
	cut := z.from & keep
	window, largest := z.window, z.dictionary+max(z.dictionary/2, 2*maxChunk)
	if need := z.used - cut + n; need > len(window) || len(window) < largest && cut < z.dictionary/4 {
		window = make([]byte, max(min(2*need, largest), need))
	}
	copy(window, z.window[cut:z.used])
	z.window = window
	z.from, z.used, z.given = z.from-cut, z.used-cut, z.given-cut
}

// take gives out what was decompressed.
func (z *lzma2) take(p []byte) int {
	n := copy(p, z.window[z.given:z.used])
	z.given += n
	return n
}
