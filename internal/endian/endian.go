// Package endian reads numbers in the byte order that a file has, which is known
// when it is read. A binary.ByteOrder for that is called through an interface,
// at some nanoseconds for each number; these are compiled into their callers.
package endian

import "encoding/binary"

// An Order is a byte order: big-endian where it is true.
type Order bool

// Uint16 reads the first 2 bytes.
func (big Order) Uint16(b []byte) uint16 {
	if big {
		return binary.BigEndian.Uint16(b)
	}
	return binary.LittleEndian.Uint16(b)
}

// Uint32 reads the first 4 bytes.
func (big Order) Uint32(b []byte) uint32 {
	if big {
		return binary.BigEndian.Uint32(b)
	}
	return binary.LittleEndian.Uint32(b)
}

// Uint64 reads the first 8 bytes.
func (big Order) Uint64(b []byte) uint64 {
	if big {
		return binary.BigEndian.Uint64(b)
	}
	return binary.LittleEndian.Uint64(b)
}
