// Package machobuild writes small Mach-O files for tests: any load commands in
// any order, of either width and byte order, and universal files of them. It
// writes what it is told to, sound or not; linkers refuse much of what a reader
// must be tested with.
package machobuild

import (
	"bytes"
	"encoding/binary"
	"slices"
)

// Processors, as in mach/machine.h.
const (
	I386  = 7
	AMD64 = 0x01000007
	ARM64 = 0x0100000c
	PPC   = 18

	SubtypeAMD64  = 3
	SubtypeARM64E = 2
	SubtypeAMD64H = 8
)

// Kinds of files, as in mach-o/loader.h.
const (
	Object  = 1
	Execute = 2
	Core    = 4
	Dylib   = 6
	Stub    = 9
	Bundle  = 8
	DSYM    = 10
)

// Flags of the header that most linked files have.
const (
	NoUndefs = 0x1
	DyldLink = 0x4
	TwoLevel = 0x80
	PIE      = 0x200000
)

// An Image is a thin Mach-O file.
type Image struct {
	CPU, Subtype uint32
	Type         uint32
	Flags        uint32
	Narrow       bool // 32-bit
	BigEndian    bool
	Page         uint64 // what segments are aligned to in the file; 0 is 16 bytes
	Commands     []Command
}

// A Command is a load command.
//
// It is written twice: first with all its contents at 0, for its size and for
// what it wants to stand behind the load commands, then for good.
type Command interface {
	encode(w *writer) []byte
}

// A writer knows the form of the file and where contents are to stand.
type writer struct {
	image    Image
	order    byteOrder
	contents []content
	next     int    // content to be placed
	end      uint64 // of the file

	signed    *Signed
	signature uint64 // its size, at the end of the file
}

type byteOrder interface {
	binary.ByteOrder
	binary.AppendByteOrder
}

// A content is what stands behind the load commands. Those of one __LINKEDIT
// follow each other.
type content struct {
	data    []byte
	segment bool // of a segment other than __LINKEDIT
	align   uint64
	offset  uint64
}

// place returns where data is to stand.
func (w *writer) place(data []byte) uint64 { return w.content(content{data: data}) }

func (w *writer) content(c content) uint64 {
	if w.next == len(w.contents) {
		w.contents = append(w.contents, c)
	}
	w.next++
	return w.contents[w.next-1].offset
}

// rest is where the contents of __LINKEDIT begin: the first that are of no
// other segment.
func (w *writer) rest() uint64 {
	for _, c := range w.contents {
		if !c.segment {
			return c.offset
		}
	}
	return w.end - w.signature
}

// Bytes writes the image.
func (m Image) Bytes() []byte {
	w := &writer{image: m, order: binary.LittleEndian}
	if m.BigEndian {
		w.order = binary.BigEndian
	}
	size := w.headerSize() + len(w.commands())
	offset := uint64(size+15) &^ 15
	for i, rest := 0, false; i < len(w.contents); i++ {
		if c := &w.contents[i]; !c.segment && !rest {
			rest, c.align = true, m.Page
		}
		align := max(w.contents[i].align, 16)
		offset = (offset + align - 1) &^ (align - 1)
		w.contents[i].offset = offset
		offset += uint64(len(w.contents[i].data)+15) &^ 15
	}
	if align := max(m.Page, 16); !slices.ContainsFunc(w.contents, func(c content) bool { return !c.segment }) {
		offset = (offset + align - 1) &^ (align - 1) // __LINKEDIT has the signature alone
	}
	if w.signed != nil {
		w.signature = uint64(len(w.signed.superBlob(make([]byte, offset)))+15) &^ 15
	}
	w.end, w.next = offset+w.signature, 0
	out := make([]byte, w.end)
	commands := w.commands()
	w.header(out, len(commands))
	copy(out[w.headerSize():], commands)
	for _, c := range w.contents {
		copy(out[c.offset:], c.data)
	}
	if w.signed != nil {
		copy(out[offset:], w.signed.superBlob(out[:offset]))
	}
	return out
}

func (w *writer) commands() []byte {
	var b []byte
	for _, c := range w.image.Commands {
		b = append(b, c.encode(w)...)
	}
	return b
}

func (w *writer) headerSize() int {
	if w.image.Narrow {
		return 28
	}
	return 32
}

func (w *writer) header(out []byte, commands int) {
	magic := uint32(0xfeedfacf)
	if w.image.Narrow {
		magic = 0xfeedface
	}
	m := w.image
	count := uint32(len(m.Commands))
	for _, c := range m.Commands {
		if s, ok := c.(Symtab); ok && s.Ranges {
			count++ // it writes two
		}
	}
	for i, v := range []uint32{magic, m.CPU, m.Subtype, m.Type, count, uint32(commands), m.Flags} {
		w.order.PutUint32(out[4*i:], v)
	}
}

// words writes numbers of 32 bits.
func (w *writer) words(v ...uint32) []byte {
	b := make([]byte, 0, 4*len(v))
	for _, x := range v {
		b = w.order.AppendUint32(b, x)
	}
	return b
}

// command writes the kind and the size before a body, whose size it rounds up.
func (w *writer) command(kind uint32, body []byte) []byte {
	body = append(body, make([]byte, -len(body)&7)...)
	return append(w.words(kind, uint32(8+len(body))), body...)
}

// text writes a command with a string behind its numbers.
func (w *writer) text(kind uint32, s string, numbers ...uint32) []byte {
	at := uint32(8 + 4 + 4*len(numbers))
	body := append(w.words(append([]uint32{at}, numbers...)...), s...)
	return w.command(kind, append(body, 0))
}

// name writes a name of 16 bytes.
func name(s string) []byte {
	b := make([]byte, 16)
	copy(b, s)
	return b
}

// joinNames joins names as a symbol table wants them, and says where each is.
func joinNames(names []string) (joined []byte, at []uint32) {
	b := bytes.NewBuffer([]byte{0})
	for _, s := range names {
		at = append(at, uint32(b.Len()))
		b.WriteString(s)
		b.WriteByte(0)
	}
	return b.Bytes(), at
}
