package elfcheck

import (
	"bytes"
	"cmp"
	"math"
	"slices"

	"github.com/abivet/abivet/luajit"
)

// A string table that is too large to be held is read forward for all names that are
// asked of it: linkers leave names that stand next to each other in the symbol table all over it, and a
// read for each took nine tenths of the time of such a file.

// later reports whether names are looked up once all symbols are known.
func (d *decoder) later() bool {
	return d.dyn.strings == nil && d.each == nil && d.f.Loading == nil
}

// nameMarks looks up the names of all marks, in the order of the string table.
func (d *decoder) nameMarks() error {
	order := make([]int32, len(d.marks))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(a, b int32) int { return cmp.Compare(d.marks[a].name, d.marks[b].name) })
	places := make([]uint32, len(order))
	for i, number := range order {
		places[i] = d.marks[number].name
	}
	for i, number := range order {
		d.lookAhead(places[i:])
		name, err := d.str(uint64(places[i]), "symbol")
		if err != nil {
			return err
		}
		d.nameMark(&d.marks[number], name)
	}
	return nil
}

func (d *decoder) nameMark(m *mark, name []byte) {
	m.name, m.length = uint32(len(d.names)), uint32(len(name))
	d.names = append(d.names, name...)
}

// lookAhead reads a large window of the string table where several of the next names are
// in it. Should that fail, whoever takes a name says so.
func (d *decoder) lookAhead(places []uint32) {
	const size, several, nameSize = 64 << 10, 8, 256
	w, t := &d.near, &d.dyn
	off := t.strtab + int64(places[0])
	within := off >= w.off && off+nameSize <= w.off+int64(len(w.buf))
	last := min(several, len(places)-1)
	if within || last < several || places[last]-places[0] > size || int64(places[0]) >= t.strsz {
		return
	}
	w.off = off
	if d.pread(grow(&w.buf, min(size, t.strsz-int64(places[0]), d.size-off)), off, "string table") != nil {
		w.buf = w.buf[:0]
	}
}

// luaPlaces returns where in the string table a name may begin that speaks for a LuaJIT,
// or nil where all names have to be looked at: of a table that is held, one that is not of
// whole names, or one that says little else.
func (d *decoder) luaPlaces() map[uint32]bool {
	const overlap, most = 16, 64 << 10
	t := &d.dyn
	if t.strings != nil || d.f.Loading != nil || t.strsz > math.MaxUint32 {
		return nil
	}
	places := map[uint32]bool{}
	for at := int64(0); ; at += chunkSize - overlap {
		b, err := d.bytes(&d.chunk, t.strtab+at, min(chunkSize, t.strsz-at), "string table")
		if err != nil || bytes.IndexByte(b, 0) < 0 {
			return nil
		}
		for place := range luajit.Places(b) {
			places[uint32(at)+uint32(place)] = true
		}
		switch end := at + int64(len(b)); {
		case len(places) > most || end == t.strsz && b[len(b)-1] != 0:
			return nil
		case end == t.strsz:
			return places
		}
	}
}
