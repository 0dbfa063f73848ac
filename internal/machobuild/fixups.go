package machobuild

// Chains is the data of LC_DYLD_CHAINED_FIXUPS: imports, and one segment with
// chains of no pages.
type Chains struct {
	Form     uint32 // of the imports, 1 to 3; 0 is 1
	Imports  []ChainedImport
	Pointer  uint16 // form of the pointers; 0 is a file without chains
	Segments int    // of the file; the chains are in the last
}

// A ChainedImport is a symbol of a library, by its place from 1.
type ChainedImport struct {
	Name    string
	Library int
	Weak    bool
}

// Bytes writes the data, for a Blob.
func (c Chains) Bytes() []byte {
	w := writer{order: little}
	form := max(c.Form, 1)
	starts := w.words(uint32(c.Segments))
	for i := range c.Segments {
		offset := uint32(0)
		if c.Pointer != 0 && i == c.Segments-1 {
			offset = uint32(4 + 4*c.Segments)
		}
		starts = append(starts, w.words(offset)...)
	}
	if c.Pointer != 0 {
		starts = append(starts, w.words(22)...)
		starts = little.AppendUint16(little.AppendUint16(starts, 0x4000), c.Pointer)
		starts = append(starts, w.words(0, 0, 0)...) // of the segment, and the greatest pointer
		starts = little.AppendUint16(starts, 0)
	}
	starts = append(starts, make([]byte, -len(starts)&7)...)
	names := []byte{0}
	var table []byte
	for _, i := range c.Imports {
		weak := uint64(0)
		if i.Weak {
			weak = 1
		}
		at := uint64(len(names))
		switch form {
		case 3:
			table = little.AppendUint64(table, uint64(uint16(i.Library))|weak<<16|at<<32)
			table = little.AppendUint64(table, 0)
		default:
			table = little.AppendUint32(table, uint32(uint8(i.Library))|uint32(weak)<<8|uint32(at)<<9)
			table = append(table, make([]byte, 4*(form-1))...)
		}
		names = append(append(names, i.Name...), 0)
	}
	const header = 32
	imports := uint32(header + len(starts))
	b := w.words(0, header, imports, imports+uint32(len(table)), uint32(len(c.Imports)), form, 0, 0)
	return append(append(append(b, starts...), table...), names...)
}

// Binds writes opcodes that bind each symbol once, from the start of segment 2
// on.
func Binds(symbols ...ChainedImport) []byte {
	b := []byte{0x51, 0x72, 0} // pointers
	for _, s := range symbols {
		b = append(append(b, s.library()...), s.opcodes()...)
	}
	return append(b, 0)
}

// LazyBinds writes opcodes that each can be run alone.
func LazyBinds(symbols ...ChainedImport) []byte {
	var b []byte
	for i, s := range symbols {
		b = append(b, 0x72, byte(8*i))
		b = append(append(b, s.library()...), s.opcodes()...)
		b = append(b, 0)
	}
	return b
}

// WeakBinds writes opcodes without libraries.
func WeakBinds(symbols ...ChainedImport) []byte {
	b := []byte{0x51, 0x72, 0}
	for _, s := range symbols {
		b = append(b, s.opcodes()...)
	}
	return append(b, 0)
}

func (i ChainedImport) library() []byte {
	if i.Library > 0 {
		return []byte{0x20, byte(i.Library)}
	}
	return []byte{0x30 | byte(i.Library)&0xf}
}

func (i ChainedImport) opcodes() []byte {
	b := []byte{0x40}
	if i.Weak {
		b[0] |= 1
	}
	return append(append(b, i.Name...), 0, 0x90)
}
