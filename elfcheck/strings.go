package elfcheck

import (
	"bytes"
	"math"
)

// What size a string table is read whole up to, by how many of its names will
// be asked for. A larger one is read name by name: linkers that merge the ends of
// names leave those of the imports all over it, so that each takes a read of its own.
// Of 2,700 files of a distribution three have a larger one than that for imports,
// and the memory for it, new as often as it is used, would cost all others more.
const (
	fewStrings  = 32 << 10 // libraries and versions
	someStrings = 2 << 20  // imports
	manyStrings = 8 << 20  // exports
	// maxTogether bounds the tables that are read with one another in one read.
	maxTogether = 512 << 10
)

// wholeStrings is the size that counts.
func (d *decoder) wholeStrings() int64 {
	switch {
	case d.want&WantExports != 0 || d.want&(WantCallers|WantSupplies) != 0 && d.f.Kind == Object:
		return manyStrings
	case d.want&(WantImports|WantRules|WantLuaJIT|WantRefs|WantExtensions) != 0 || d.f.Kind == Object:
		return someStrings
	}
	return fewStrings
}

// str returns a string of the dynamic string table. It lies in a buffer that
// is used again.
func (d *decoder) str(at uint64, what string) ([]byte, error) {
	if table := d.dyn.strings; at < uint64(len(table)) {
		// Nearly all of them, by the thousand.
		if n := bytes.IndexByte(table[at:], 0); n >= 0 && d.named+int64(n) <= d.mostNamed() {
			d.named += int64(n)
			return table[at : at+uint64(n)], nil
		}
	}
	return d.strange(at, what)
}

// strange returns a string that is not simply in a table that was read whole.
func (d *decoder) strange(at uint64, what string) ([]byte, error) {
	t := &d.dyn
	size := t.strsz
	if at >= uint64(size) {
		err := d.damaged(t.strtab, "%s: name at %#x of a string table of %#x bytes", what, at, size)
		if size = t.strRest; at >= uint64(max(size, 0)) {
			return d.strBeyond(at, err, what)
		}
		if d.overlook(err) != nil {
			return nil, err
		}
	} else if t.strings != nil {
		if s, ok := cstring(t.strings[at:]); ok {
			return s, d.spend(s, what)
		}
		err := d.damaged(t.strtab+int64(at), "%s: no NUL ends the name", what)
		if d.overlook(err) != nil {
			return nil, err
		}
		size = max(size, t.strRest)
	}
	off, rest := t.strtab+int64(at), size-int64(at)
	for n := int64(256); ; n *= 8 { // most names fit the first; a C++ name may have thousands
		b, err := d.recordIn(&d.near, off, min(n, rest), what)
		if err != nil {
			return nil, err
		}
		if s, ok := cstring(b); ok {
			return s, d.spend(s, what)
		}
		if n >= rest || n > maxName {
			return nil, d.damaged(off, "%s: no NUL ends the name", what)
		}
	}
}

// strBeyond returns a string behind the segment that the table is in, as loaders find
// one there, or the error.
func (d *decoder) strBeyond(at uint64, err error, what string) ([]byte, error) {
	off, rest, ok := d.offset(d.dyn.strAddr + at)
	switch {
	case d.f.Loading == nil || d.dyn.strtab == 0:
		return nil, err
	case !ok && d.zero(d.dyn.strAddr+at):
		return []byte{}, d.overlook(err)
	case !ok || d.overlook(err) != nil:
		return nil, err
	}
	b, readErr := d.recordIn(&d.near, off, min(rest, windowSize), what)
	if readErr != nil {
		return nil, readErr
	}
	if s, ok := cstring(b); ok {
		return s, d.spend(s, what)
	}
	return nil, err
}

// maxName bounds a symbol's name. The longest seen has 60,000 bytes.
const maxName = 1 << 20

// spend holds what all names together have taken against the string table that
// they come from. Names may stand for several symbols and share their ends,
// yet a small file must not turn into gigabytes of one name.
func (d *decoder) spend(name []byte, what string) error {
	d.named += int64(len(name))
	if limit := d.mostNamed(); d.named > limit {
		return d.damaged(d.dyn.strtab, "%s: the names add up to more than %d bytes, of a string table of %d", what, limit, d.dyn.strsz)
	}
	return nil
}

func (d *decoder) mostNamed() int64 { return min(4*d.dyn.strsz+minNames, math.MaxUint32) } // see mark

// minNames is allowed of any file.
const minNames = 1 << 20
