package xz

import (
	"bytes"
	"errors"
	"fmt"
)

const filterLZMA2 = 0x21

// blockHeader reads the flags, sizes and filters of a block.
func (r *Reader) blockHeader(b []byte) (dictionary int, err error) {
	flags, in := b[0], bytes.NewReader(b[1:])
	r.compressed, r.expanded = -1, -1
	for _, size := range []struct {
		flag byte
		to   *int64
	}{{0x40, &r.compressed}, {0x80, &r.expanded}} {
		if flags&size.flag != 0 {
			if *size.to, err = readNumber(in); err != nil {
				return 0, err
			}
		}
	}
	id, err := readNumber(in)
	if err != nil {
		return 0, err
	}
	if flags&3 != 0 {
		return 0, fmt.Errorf("block with %d filters, of which the first is %s: %w", flags&3+1, filterName(id), ErrFilter)
	}
	length, err := readNumber(in)
	if err != nil {
		return 0, err
	}
	if id != filterLZMA2 || length != 1 {
		return 0, fmt.Errorf("block with the filter %s: %w", filterName(id), ErrFilter)
	}
	bits, _ := in.ReadByte()
	size := int64(1<<32 - 1)
	if bits < 40 {
		size = (2 | int64(bits&1)) << (bits/2 + 11)
	}
	if size > r.maxDictionary {
		return 0, fmt.Errorf("wants a dictionary of %d bytes: at most %d are given", size, r.maxDictionary)
	}
	return int(size), nil
}

// ErrFilter says that data is whole, for all that is known, and was filtered by
// what is not known here.
var ErrFilter = errors.New("LZMA2 alone is known")

// filters are those of xz-file-format 5.3 beside LZMA2: what is rewritten before
// it is compressed.
var filters = map[int64]string{
	3: "delta", 4: "BCJ x86", 5: "BCJ PowerPC", 6: "BCJ IA-64", 7: "BCJ ARM", 8: "BCJ ARM-Thumb", 9: "BCJ SPARC", 10: "BCJ ARM64", 11: "BCJ RISC-V",
}

func filterName(id int64) string {
	if name := filters[id]; name != "" {
		return name
	}
	return fmt.Sprintf("%#x", id)
}
