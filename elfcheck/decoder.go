package elfcheck

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/bits"
	"sync"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/abi/extension"
	"github.com/abivet/abivet/internal/endian"
	"github.com/abivet/abivet/luajit"
)

// scratch is the memory of one Read, kept for the next: its buffers never
// leave this package.
type scratch struct {
	head   []byte        // the start of the file, headSize at most
	meta   []byte        // the dynamic symbol, string and version tables, where they stand together
	table  []byte        // the dynamic table, notes
	strs   []byte        // the string table, where meta does not hold it
	others []byte        // likewise, of section headers; see decoder.aside
	ahead  window        // small records outside meta
	near   window        // names of a string table that is not read whole
	index  []int32       // version numbers; see decoder.versions
	needs  []VersionNeed // until their number is known
	refs   []Refs        // by symbol number; see decoder.relocations
	chunk  []byte        // symbols, hash chains and relocations go by in pieces
	pair   []byte        // versions of the symbols in chunk
	names  []byte        // names of the symbols that are kept
	marks  []mark
	tags   []dynEntry        // the dynamic table
	heads  []byte            // the hash table, where meta does not hold it
	links  window            // of its chains
	mapped []luajit.Region   // see decoder.regions
	listed []string          // names of the imports, for who asks for a list of them
	known  map[string]string // see decoder.intern
	spare  spare             // see File.Recycle
	own    decoder           // who has it all
}

// headSize covers header, program headers, interpreter and notes of nearly
// every file, and all the tables of a small one.
const headSize = 8 << 10

// chunkSize bounds what is read at a time of a table of any length.
const chunkSize = 96 << 10

var scratches = sync.Pool{New: func() any {
	return &scratch{
		head: make([]byte, headSize), chunk: make([]byte, chunkSize), pair: make([]byte, chunkSize/16*2),
		known: map[string]string{},
	}
}}

// A decoder reads one file. Every offset and count is held against the size of
// the file before it is used.
type decoder struct {
	*scratch
	r       io.ReaderAt
	size    int64
	headLen int64
	metaOff int64
	big     endian.Order
	wide    bool // 64-bit
	want    Want
	named   int64            // bytes of all names so far
	only    map[uint32]bool  // places in the string table, where symbols of other names are passed over
	hosts   []extension.Host // that a symbol speaks for; of files whose string table was read whole
	f       *File
	dyn     dynamic
	layered bool                                        // segments lie over one another; of WantLoading
	places  placement                                   // of WantInstructions
	each    func(name []byte, s *Symbol, imported bool) // see EachSymbol
	one     Symbol                                      // that it is given, without its name
	oneNeed int32                                       // whose version that has; see index
	hash    hashTable                                   // of WantFindable
}

// word reads an address: 4 or 8 bytes.
func (d *decoder) word(b []byte) uint64 {
	if d.wide {
		return d.big.Uint64(b)
	}
	return uint64(d.big.Uint32(b))
}

func (d *decoder) wordSize() int64 {
	if d.wide {
		return 8
	}
	return 4
}

// bytes returns n bytes at off. They lie in the head, in meta, or in *buf, and
// are overwritten when *buf is used again.
func (d *decoder) bytes(buf *[]byte, off, n int64, what string) ([]byte, error) {
	if off < 0 || n < 0 || off > d.size || n > d.size-off {
		return nil, d.damaged(off, "%s: %d bytes, the file ends at %#x", what, n, d.size)
	}
	if off+n <= d.headLen {
		return d.head[off : off+n], nil
	}
	if d.inMeta(off, n) {
		return d.meta[off-d.metaOff:][:n], nil
	}
	b := grow(buf, n)
	return b, d.pread(b, off, what)
}

// A window is a piece of the file that small records are taken from.
type window struct {
	off int64
	buf []byte
}

// windowSize is what is read around a small record.
const windowSize = 4 << 10

// record returns n bytes at off, where more of the same is likely to be asked
// for next. They may be overwritten by the next call.
func (d *decoder) record(off, n int64, what string) ([]byte, error) {
	return d.recordIn(&d.ahead, off, n, what)
}

func (d *decoder) recordIn(w *window, off, n int64, what string) ([]byte, error) {
	if off < 0 || off > d.size || n > d.size-off || off+n <= d.headLen || d.inMeta(off, n) {
		return d.bytes(&w.buf, off, n, what)
	}
	if off < w.off || off+n > w.off+int64(len(w.buf)) {
		w.off = off
		if err := d.pread(grow(&w.buf, min(max(n, windowSize), d.size-off)), off, what); err != nil {
			return nil, err
		}
	}
	return w.buf[off-w.off:][:n], nil
}

func (d *decoder) inMeta(off, n int64) bool {
	at := off - d.metaOff
	return at >= 0 && at+n <= int64(len(d.meta))
}

// grow returns *buf with length n.
func grow(buf *[]byte, n int64) []byte {
	if int64(cap(*buf)) < n {
		// By powers of two, or a series of files, each a bit larger, takes new
		// memory for each.
		*buf = make([]byte, max(16<<10, int64(1)<<bits.Len64(uint64(n-1))))
	}
	*buf = (*buf)[:n]
	return *buf
}

// keepSize bounds the buffers that wait for the next file.
const keepSize = 1 << 20

// keepNames bounds those of symbols that are kept, of which the tables of the
// largest libraries would be grown anew from file to file.
const keepNames = 4 << 20

func (s *scratch) release() {
	if cap(s.strs) > someStrings {
		s.strs = nil
	}
	s.strs = s.strs[:0]
	for _, buf := range [...]*[]byte{&s.meta, &s.table, &s.others, &s.ahead.buf, &s.near.buf, &s.heads, &s.links.buf} {
		if cap(*buf) > keepSize {
			*buf = nil
		}
		*buf = (*buf)[:0]
	}
	if cap(s.names) > keepNames {
		s.names = nil
	}
	s.names = s.names[:0]
	clear(s.needs) // or they hold strings of the last file
	if cap(s.needs) > keepNames/80 {
		s.needs = nil
	}
	if cap(s.marks) > keepNames/48 {
		s.marks = nil
	}
	s.marks = s.marks[:0]
	if cap(s.refs) > keepSize {
		s.refs = nil
	}
	s.refs = s.refs[:0]
	clear(s.mapped[:cap(s.mapped)]) // or it holds the last file
	clear(s.listed)                 // or it holds the names of the last file
	if s.listed = s.listed[:0]; cap(s.listed) > keepNames/16 {
		s.listed = nil
	}
	s.own = decoder{} // which has the file
	scratches.Put(s)
}

func (d *decoder) pread(b []byte, off int64, what string) error {
	n, err := d.r.ReadAt(b, off)
	if n == len(b) {
		return nil
	}
	if errors.Is(err, io.EOF) || err == nil {
		return d.damaged(off+int64(n), "%s: the file ended while it was read", what)
	}
	return &abi.FormatError{Format: "elf", Offset: off, What: what, Err: err}
}

func (d *decoder) damaged(off int64, format string, args ...any) error {
	return &abi.FormatError{Format: "elf", Offset: off, What: fmt.Sprintf(format, args...)}
}

// Most files name the same few libraries and versions.
const (
	maxKnown     = 4096
	maxKnownName = 64
)

// intern returns a name as a string, the same one for every file that has it.
func (d *decoder) intern(name []byte) string {
	if s, ok := d.known[string(name)]; ok {
		return s
	}
	s := string(name)
	if len(s) <= maxKnownName && len(d.known) < maxKnown {
		d.known[s] = s
	}
	return s
}

// cstring returns the string at the start of b, and false where no NUL ends it.
func cstring(b []byte) ([]byte, bool) {
	i := bytes.IndexByte(b, 0)
	if i < 0 {
		return nil, false
	}
	return b[:i], true
}

// offset translates an address into a place in the file, as the loader's
// mapping of the PT_LOAD segments does, and says how many bytes of the segment
// stand in the file from there on.
func (d *decoder) offset(addr uint64) (off, rest int64, ok bool) {
	if d.layered {
		return d.lastOffset(addr)
	}
	for i := range d.f.Segments {
		s := &d.f.Segments[i]
		if s.Type != ptLoad || addr < s.VAddr || addr-s.VAddr >= s.FileSize {
			continue
		}
		delta := addr - s.VAddr
		return int64(s.Offset + delta), int64(s.FileSize - delta), true
	}
	if d.f.Loading != nil {
		return d.lastOffset(addr)
	}
	return 0, 0, false
}
