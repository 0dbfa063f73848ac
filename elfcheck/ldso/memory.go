package ldso

import (
	"debug/elf"
	"io"

	"github.com/abivet/abivet/elfcheck"
	"github.com/abivet/abivet/internal/endian"
)

// A memory is a damaged file as it lies in memory, its segments one over the other in
// the order in which they are mapped.
type memory struct {
	r      io.ReaderAt
	size   uint64
	pieces []piece
	pages  map[uint64][]byte // of the file, that were read
	page   uint64
	order  endian.Order
	wide   bool
	left   int // to be spent on reading; see maxSpent
}

// maxSpent bounds what is read of a file, again and again, in steps: so many for each byte as
// there are mappings, and some. A library with a hundred thousand references takes a tenth;
// chains without an end, at each of whose symbols a long name is compared, would take hours.
const maxSpent, byteSpent = 1 << 30, 16

// A piece is what one mapping takes: of the file, or zeros.
type piece struct {
	start, end uint64
	offset     uint64
	zero       bool
}

func newMemory(r io.ReaderAt, size int64, f *elfcheck.File) *memory {
	m := &memory{r: r, size: uint64(size), pages: map[uint64][]byte{}, page: pageSize(f.Machine), order: endian.Order(f.BigEndian), wide: f.Class == 64, left: maxSpent}
	for _, s := range f.Segments {
		if s.Type != elf.PT_LOAD {
			continue
		}
		data := s.VAddr + s.FileSize
		file := piece{start: down(s.VAddr, m.page), end: down(data+m.page-1, m.page), offset: down(s.Offset, m.page)}
		if s.MemSize > s.FileSize {
			file.end = data
			m.pieces = append(m.pieces, piece{start: data, end: down(s.VAddr+s.MemSize+m.page-1, m.page), zero: true})
		}
		m.pieces = append(m.pieces, file)
	}
	return m
}

// bytes returns what is at an address, or false where a loader that reads there is
// stopped: nothing is mapped, or the file ends before. So it is where too much has been read.
func (m *memory) bytes(addr uint64, b []byte) bool {
	if m.left -= len(b) * (byteSpent + len(m.pieces)); m.left < 0 {
		m.left = 0
		return false
	}
	for i := range b {
		at := addr + uint64(i)
		p := m.at(at)
		switch {
		case p == nil:
			return false
		case p.zero:
			b[i] = 0
			continue
		}
		off := p.offset + at - p.start
		if down(off, m.page) >= m.size {
			return false
		}
		page, ok := m.pages[down(off, m.page)]
		if !ok {
			page = make([]byte, m.page) // what the file lacks of its last page is zeros
			n, err := m.r.ReadAt(page[:min(m.page, m.size-down(off, m.page))], int64(down(off, m.page)))
			if err != nil && err != io.EOF {
				return false
			}
			clear(page[n:])
			m.pages[down(off, m.page)] = page
		}
		b[i] = page[off%m.page]
	}
	return true
}

// at returns the mapping that was made last of those that have an address.
func (m *memory) at(addr uint64) *piece {
	for i := len(m.pieces) - 1; i >= 0; i-- {
		if p := &m.pieces[i]; addr >= p.start && addr < p.end {
			return p
		}
	}
	return nil
}

func (m *memory) half(addr uint64) (uint16, bool) {
	var b [2]byte
	ok := m.bytes(addr, b[:])
	return m.order.Uint16(b[:]), ok
}

func (m *memory) word32(addr uint64) (uint32, bool) {
	var b [4]byte
	ok := m.bytes(addr, b[:])
	return m.order.Uint32(b[:]), ok
}

func (m *memory) word(addr uint64) (uint64, bool) {
	if !m.wide {
		w, ok := m.word32(addr)
		return uint64(w), ok
	}
	var b [8]byte
	ok := m.bytes(addr, b[:])
	return m.order.Uint64(b[:]), ok
}

// is reports whether a string stands at an address, as strcmp does: what comes after
// the first difference is not looked at.
func (m *memory) is(addr uint64, name string) (same, ok bool) {
	for i := 0; i <= len(name); i++ {
		var b [1]byte
		if !m.bytes(addr+uint64(i), b[:]) {
			return false, false
		}
		if i == len(name) || b[0] != name[i] {
			return i == len(name) && b[0] == 0, true
		}
	}
	return true, true
}
