package elfcheck

import (
	"debug/elf"
	"sync"
)

// A mark is a symbol that is kept, in less room than a [Symbol] takes; its name
// is in scratch.names until all of them are known, so that they can share one
// string.
type mark struct {
	value, size                uint64
	name                       uint32 // where it is in the string table, and then in scratch.names
	length                     uint32
	need                       int32
	number                     uint16
	info, other                byte
	refs                       Refs
	imported, hidden, absolute bool
}

// keep turns the marks into the file's symbols.
func (d *decoder) keep(want Want) {
	f, names := d.f, string(d.names)
	d.makeRoom(want)
	for i := range d.marks {
		m := &d.marks[i]
		name := names[m.name:][:m.length]
		if m.need > 0 && want&WantImports != 0 {
			need := &f.VersionNeeds[m.need-1]
			need.Symbols = append(need.Symbols, name)
			if elf.ST_BIND(m.info) != elf.STB_WEAK {
				need.Strong++
			}
		}
		list := &f.Imports
		if !m.imported {
			if want&WantExports == 0 {
				continue
			}
			list = &f.Exports
		}
		*list = (*list)[:len(*list)+1]
		s := &(*list)[len(*list)-1]
		*s = Symbol{Name: name} // its memory may have been another's
		d.fill(s, m)
	}
}

// fill sets all of a symbol but its name.
func (d *decoder) fill(s *Symbol, m *mark) {
	s.Bind, s.Type, s.Visibility = elf.ST_BIND(m.info), elf.ST_TYPE(m.info), elf.ST_VISIBILITY(m.other)
	s.Hidden, s.Absolute, s.Refs, s.Number = m.hidden, m.absolute, m.refs, m.number
	s.Value, s.Size = m.value, m.size
	d.version(s, m.need)
}

// version sets what [decoder.index] says of a symbol's version.
func (d *decoder) version(s *Symbol, need int32) {
	switch {
	case need > 0:
		need := &d.f.VersionNeeds[need-1]
		s.Version, s.Library = need.Version, need.File
	case need < 0:
		s.Version, s.Library = d.f.VersionDefs[-need-1].Name, ""
	default:
		s.Version, s.Library = "", ""
	}
}

// makeRoom allocates what keep fills, in one piece for each kind of list.
func (d *decoder) makeRoom(want Want) {
	needs := d.f.VersionNeeds
	counts := make([]int, len(needs))
	imports, exports, versioned := 0, 0, 0
	for i := range d.marks {
		m := &d.marks[i]
		if m.imported {
			imports++
		} else {
			exports++
		}
		if m.need > 0 && want&WantImports != 0 {
			counts[m.need-1]++
			versioned++
		}
	}
	if imports > 0 {
		d.f.Imports = room(&d.spare.imports, imports)
	}
	if exports > 0 && want&WantExports != 0 {
		d.f.Exports = room(&d.spare.exports, exports)
	}
	room := make([]string, versioned)
	for i, n := range counts {
		if n > 0 {
			needs[i].Symbols, room = room[:0:n], room[n:]
		}
	}
}

// spare are lists of files that nobody holds any more.
type spare struct {
	imports, exports []Symbol
	needs            []VersionNeed
	segments         []Segment
}

var spares sync.Pool // of *spare

// collect takes lists of which this one has none, or a shorter one.
func (s *spare) collect() {
	if other, ok := spares.Get().(*spare); ok {
		longer(&s.imports, other.imports)
		longer(&s.exports, other.exports)
		longer(&s.needs, other.needs)
		longer(&s.segments, other.segments)
	}
}

func longer[T any](list *[]T, other []T) {
	if cap(other) > cap(*list) {
		*list = other
	}
}

// room returns an empty list with room for n, and takes it from the spare ones.
func room[T any](spare *[]T, n int) []T {
	list := *spare
	*spare = nil
	if cap(list) < n {
		list = make([]T, n+n/4) // or a series of files, each a bit larger, takes new memory for each
	}
	return list[:0]
}

// Recycle takes the lists of symbols, versions and segments from f and has the
// next files that are read use their memory, which is half of all that reading
// thousands of files allocates. Nobody else may hold them.
func (f *File) Recycle() {
	s := spare{imports: kept(f.Imports), exports: kept(f.Exports), needs: kept(f.VersionNeeds), segments: kept(f.Segments)}
	clear(s.needs) // they hold the names of symbols
	spares.Put(&s)
	f.Imports, f.Exports, f.VersionNeeds, f.Segments = nil, nil, nil, nil
}

// kept is a list that is not too long to wait for the next file.
func kept[T any](list []T) []T {
	const most = 16 << 10
	if cap(list) > most {
		return nil
	}
	return list
}
