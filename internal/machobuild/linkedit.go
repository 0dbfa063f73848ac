package machobuild

import "encoding/binary"

var little = binary.LittleEndian

// Kinds of Blob.
const (
	CodeSignature = 0x1d
	ExportsTrie   = 0x80000033
	ChainedFixups = 0x80000034
)

// A Blob is a load command that points to bytes of __LINKEDIT.
type Blob struct {
	Kind uint32
	Data []byte
}

func (b Blob) encode(w *writer) []byte {
	at := w.place(b.Data)
	return w.command(b.Kind, w.words(uint32(at), uint32(len(b.Data))))
}

// A DyldInfo is LC_DYLD_INFO_ONLY with exports and the opcodes of rebases and
// binds.
type DyldInfo struct{ Exports, Rebase, Bind, WeakBind, LazyBind []byte }

func (d DyldInfo) encode(w *writer) []byte {
	var numbers []uint32
	for _, b := range [][]byte{d.Rebase, d.Bind, d.WeakBind, d.LazyBind, d.Exports} {
		at := uint32(0)
		if len(b) > 0 {
			at = uint32(w.place(b))
		}
		numbers = append(numbers, at, uint32(len(b)))
	}
	return w.command(0x80000022, w.words(numbers...))
}

// Trie is an export trie with the names, all of them children of the root.
func Trie(names ...string) []byte {
	b := []byte{0, byte(len(names))}
	at := len(b)
	for _, n := range names {
		at += len(n) + 3
	}
	for i, n := range names {
		node := at + 4*i
		b = append(append(b, n...), 0, byte(node)|0x80, byte(node>>7))
	}
	for range names {
		b = append(b, 2, 0, 0x10, 0) // two bytes of flags and address, no children
	}
	return b
}

// A Symtab is LC_SYMTAB with external symbols, and LC_DYSYMTAB before it where
// Ranges is set.
type Symtab struct {
	Defined   []string
	Undefined []Undefined
	Ranges    bool
	Private   bool // the defined ones are external within the library alone
}

// An Undefined is a symbol that a library provides, by its place from 1.
type Undefined struct {
	Name    string
	Library uint8
	Weak    bool
}

func (s Symtab) encode(w *writer) []byte {
	names := append([]string(nil), s.Defined...)
	for _, u := range s.Undefined {
		names = append(names, u.Name)
	}
	joined, at := joinNames(names)
	var entries []byte
	for i := range names {
		kind, section, desc := byte(0x0f), byte(1), uint16(0) // in a section, external
		if s.Private {
			kind |= 0x10
		}
		if i >= len(s.Defined) {
			u := s.Undefined[i-len(s.Defined)]
			kind, section, desc = 0x01, 0, uint16(u.Library)<<8
			if u.Weak {
				desc |= 0x40
			}
		}
		entries = append(entries, w.words(at[i])...)
		entries = append(entries, kind, section)
		entries = w.order.AppendUint16(entries, desc)
		entries = append(entries, w.sizes(0)...)
	}
	symbols := w.place(entries)
	text := w.place(joined)
	b := w.command(2, w.words(uint32(symbols), uint32(len(names)), uint32(text), uint32(len(joined))))
	if s.Ranges {
		defined, undefined := uint32(len(s.Defined)), uint32(len(s.Undefined))
		ranges := make([]uint32, 18)
		copy(ranges[2:], []uint32{0, defined, defined, undefined})
		b = append(w.command(0xb, w.words(ranges...)), b...)
	}
	return b
}
