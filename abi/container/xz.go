package container

import (
	"bufio"
	"fmt"
	"io"

	"github.com/ulikunitz/xz"
)

func openXZ(r io.Reader) (io.Reader, func(), error) {
	b := bufio.NewReader(r)
	// The package takes as much memory as the block asks for, up to 4 GiB.
	// In the header of the first block, after 12 bytes for the stream, stand
	// its size, flags, sizes if there are any, and the filters.
	head, _ := b.Peek(12 + 1024)
	if size := xzDictionary(head); size > maxWindow {
		return nil, nil, fmt.Errorf("wants a dictionary of %d bytes: at most %d are given", size, maxWindow)
	}
	x, err := xz.NewReader(b)
	return x, func() {}, err
}

// xzDictionary returns the size that the LZMA2 filter of the first block asks
// for, or 0 where it is not to be seen; the decompressor says why then.
func xzDictionary(head []byte) int64 {
	if len(head) < 14 {
		return 0
	}
	flags := head[13]
	at := 14
	for range int(flags>>6&1 + flags>>7&1) { // compressed and expanded size
		for at < len(head) && head[at]&0x80 != 0 {
			at++
		}
		at++
	}
	if at+2 >= len(head) || head[at] != 0x21 || head[at+1] != 1 {
		return 0
	}
	bits := int64(head[at+2])
	if bits > 40 {
		return 0
	}
	return (2 | bits&1) << (bits/2 + 11)
}
