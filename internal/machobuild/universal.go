package machobuild

import (
	"encoding/binary"
	"strconv"
)

// A Part is one slice of a universal file.
type Part struct {
	CPU, Subtype uint32
	Data         []byte
}

// Slice is the part that an image says it is.
func (m Image) Slice() Part { return Part{m.CPU, m.Subtype, m.Bytes()} }

// Universal joins slices, each at a multiple of 16 KiB.
func Universal(parts ...Part) []byte { return universal(false, parts) }

// Universal64 joins slices in the form with offsets of 64 bits.
func Universal64(parts ...Part) []byte { return universal(true, parts) }

func universal(wide bool, parts []Part) []byte {
	magic := uint32(0xcafebabe)
	if wide {
		magic++
	}
	order := binary.BigEndian
	head := order.AppendUint32(order.AppendUint32(nil, magic), uint32(len(parts)))
	var body []byte
	const align = 14 // a page of Apple silicon
	for _, p := range parts {
		body = append(body, make([]byte, -len(body)&(1<<align-1))...)
		offset := 1<<align + len(body)
		head = order.AppendUint32(order.AppendUint32(head, p.CPU), p.Subtype)
		if wide {
			head = order.AppendUint64(order.AppendUint64(head, uint64(offset)), uint64(len(p.Data)))
			head = order.AppendUint32(order.AppendUint32(head, align), 0)
		} else {
			head = order.AppendUint32(order.AppendUint32(head, uint32(offset)), uint32(len(p.Data)))
			head = order.AppendUint32(head, align)
		}
		body = append(body, p.Data...)
	}
	return append(append(head, make([]byte, 1<<align-len(head))...), body...)
}

// Archive is a static library with one member.
func Archive(member []byte) []byte {
	b := []byte("!<arch>\n")
	b = append(b, pad("member.o/", 16)...)
	b = append(b, pad("0", 12)...)
	b = append(b, pad("0", 6)...)
	b = append(b, pad("0", 6)...)
	b = append(b, pad("644", 8)...)
	b = append(b, pad(strconv.Itoa(len(member)), 10)...)
	b = append(b, "`\n"...)
	b = append(b, member...)
	return append(b, make([]byte, len(member)&1)...)
}

func pad(s string, n int) string {
	for len(s) < n {
		s += " "
	}
	return s
}
