package machocheck

import "github.com/abivet/abivet/luajit"

// Sizes and kinds of __unwind_info, mach-o/compact_unwind_encoding.h.
const (
	unwindHeader     = 28
	unwindIndexEntry = 12
	unwindRegular    = 2
	unwindCompressed = 3
	unwindPageHead   = 8 // of a regular page; a compressed one has 4 bytes more
)

// maxCodeParts bounds the parts that the code is in, since each is held against
// the whole table. Linkers make one, and few beside it that are long.
const maxCodeParts = 16

// longCode returns the regions without the code of functions that are shorter
// than any interpreter of LuaJIT. Of a large library that is nearly all code.
//
// The table for unwinding has where functions begin and, for those that a
// compiler made, how their frames look, in a form of its own. LuaJIT's interpreter
// has no such frame, and linkers make of it one function, several, or one for
// each of its labels: what stands without that form is taken together.
func (d *decoder) longCode(regions []luajit.Region) ([]luajit.Region, error) {
	table, ok := d.file.Section("__unwind_info")
	if !ok || table.Offset == 0 || compactModes[d.file.Platform.Arch] == 0 || !d.mapsWhole() {
		return regions, nil
	}
	raw, err := d.borrow(span{table.Offset, table.Size})
	if err != nil {
		return nil, err
	}
	var code, long []luajit.Region
	for _, r := range regions {
		if r.Executable && r.Size >= luajit.LeastSpan {
			code = append(code, r)
		}
	}
	if len(code) > maxCodeParts {
		return regions, nil
	}
	for _, r := range code {
		at, end, framed := r.Offset, r.Offset+r.Size, false
		keep := func(to int64, next bool) {
			if !framed && !next {
				return
			}
			if to-at >= luajit.LeastSpan {
				long = append(long, luajit.Region{Data: r.Data, Offset: at, Size: to - at, Executable: true})
			}
			at, framed = to, next
		}
		if !d.functions(raw, func(start uint32, isFramed bool) {
			switch start := d.base + int64(start); {
			case start < at:
				framed = isFramed // which goes on into the region
			case start < end:
				keep(start, isFramed)
			}
		}) {
			return regions, nil
		}
		keep(end, true)
	}
	return long, nil
}

// compactModes are the encodings of compilers' frames, by processor, as bits: on
// amd64 the modes 1 to 3, on arm64 2 and 4. The others are none, and a reference
// to DWARF.
var compactModes = map[string]uint{"amd64": 1<<1 | 1<<2 | 1<<3, "arm64": 1<<2 | 1<<4}

// mapsWhole reports whether the code is mapped as it stands in the file, so that
// what the table says of addresses holds for places.
func (d *decoder) mapsWhole() bool {
	for _, s := range d.file.Segments {
		if s.Name == "__TEXT" {
			return s.Offset == 0
		}
	}
	return false
}

// functions hands over where functions begin, rising, and whether each has the
// frame of a compiler. It is false for a table that cannot be understood.
func (d *decoder) functions(raw []byte, begins func(start uint32, framed bool)) bool {
	if len(raw) < unwindHeader || d.big.Uint32(raw) != 1 {
		return false
	}
	index, count := d.big.Uint32(raw[20:]), d.big.Uint32(raw[24:])
	if !within(uint64(index), uint64(count)*unwindIndexEntry, int64(len(raw))) {
		return false
	}
	last, left := uint32(0), len(raw)/4 // entries: pages may not stand in one another
	modes := compactModes[d.file.Platform.Arch]
	rises := func(start, encoding uint32) bool {
		if left--; left < 0 || start < last {
			return false
		}
		last = start
		begins(start, modes>>(encoding>>24&0xf)&1 != 0)
		return true
	}
	for i := range count {
		entry := raw[index+i*unwindIndexEntry:]
		start, page := d.big.Uint32(entry), d.big.Uint32(entry[4:])
		if page == 0 && !rises(start, 0) || page != 0 && !d.unwindPage(raw, start, page, rises) {
			return false
		}
	}
	return true
}

// unwindPage reads a page of the second level.
func (d *decoder) unwindPage(raw []byte, start, page uint32, rises func(start, encoding uint32) bool) bool {
	if !within(uint64(page), unwindPageHead, int64(len(raw))) {
		return false
	}
	at, count := uint64(page)+uint64(d.big.Uint16(raw[page+4:])), uint64(d.big.Uint16(raw[page+6:]))
	switch d.big.Uint32(raw[page:]) {
	case unwindRegular:
		if !within(at, count*8, int64(len(raw))) {
			return false
		}
		for ; count > 0; count, at = count-1, at+8 {
			if !rises(d.big.Uint32(raw[at:]), d.big.Uint32(raw[at+4:])) {
				return false
			}
		}
		return true
	case unwindCompressed:
		if !within(at, count*4, int64(len(raw))) {
			return false
		}
		encodings := d.encodings(raw, page)
		for ; count > 0; count, at = count-1, at+4 {
			entry := d.big.Uint32(raw[at:])
			encoding, ok := encodings(uint64(entry >> 24))
			if !ok || !rises(start+entry&0xffffff, encoding) {
				return false
			}
		}
		return true
	}
	return false
}

// encodings tells the encoding of a number in a compressed page: those that all
// pages share come first.
func (d *decoder) encodings(raw []byte, page uint32) func(n uint64) (encoding uint32, ok bool) {
	common, shared := uint64(d.big.Uint32(raw[4:])), uint64(d.big.Uint32(raw[8:]))
	var own, more uint64
	if within(uint64(page), unwindPageHead+4, int64(len(raw))) {
		own, more = uint64(page)+uint64(d.big.Uint16(raw[page+8:])), uint64(d.big.Uint16(raw[page+10:]))
	}
	return func(n uint64) (uint32, bool) {
		at := common + 4*n
		if n >= shared {
			n -= shared
			at = own + 4*n
			if n >= more {
				return 0, false
			}
		}
		if !within(at, 4, int64(len(raw))) {
			return 0, false
		}
		return d.big.Uint32(raw[at:]), true
	}
}
