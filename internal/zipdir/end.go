package zipdir

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"io"
)

// A directory is where the list of members stands.
type directory struct {
	offset, size int64
	members      uint64
	zip64        bool
	// base is how many bytes stand before the archive: offsets are counted
	// from there.
	base int64
}

func findDirectory(r io.ReaderAt, size int64) (directory, error) {
	at, b, err := findEnd(r, size)
	if err != nil {
		return directory{}, err
	}
	le := binary.LittleEndian
	d := directory{members: uint64(le.Uint16(b[10:])), size: int64(le.Uint32(b[12:])), offset: int64(le.Uint32(b[16:]))}
	if d.members == 1<<16-1 || d.size == 1<<32-1 || d.offset == 1<<32-1 {
		end64, err := findEnd64(r, at, &d)
		if err != nil {
			return directory{}, err
		}
		if d.zip64 {
			at = end64
		}
	}
	if d.size < 0 || d.offset < 0 || d.size > at || d.offset > at-d.size {
		return directory{}, damaged(at, "directory of %d bytes at %#x: want it before the record at the end", d.size, d.offset)
	}
	// Where bytes stand before the archive, offsets are mostly counted from
	// its first member. Some archivers count from the start of the file, and
	// put something between the directory and the end.
	if base := at - d.size - d.offset; base > 0 {
		switch atStart, atEnd := begins(r, d.offset, entryMagic), begins(r, at-d.size, entryMagic); {
		case atStart && atEnd && d.size > 0, !atStart && begins(r, 0, headerMagic):
			return directory{}, damaged(0, "members of another archive before those of the directory at %#x: which ones are unpacked depends on the program", at-d.size)
		case !atStart:
			d.base = base
		}
	}
	d.offset += d.base
	return d, nil
}

func begins(r io.ReaderAt, at int64, magic string) bool {
	var b [4]byte
	return readAt(r, b[:], at) == nil && string(b[:]) == magic
}

// findEnd looks for the record at the end, which a comment may follow. An archive that
// is stored in this one has such a record too: where the one at the end is damaged
// or cut off, that one is not taken for it. Where there is an error, at is that of the
// damaged one, or below 0.
func findEnd(r io.ReaderAt, size int64) (at int64, record []byte, err error) {
	var cut error // of the first from the end that does not fit
	cutAt := int64(-1)
	for _, look := range []int64{1024, endSize + maxComment} {
		b := make([]byte, min(look, size))
		at = size - int64(len(b))
		if err := readAt(r, b, at); err != nil {
			return -1, nil, err
		}
		for i := len(b) - endSize; i >= 0; i-- {
			if string(b[i:i+4]) != endMagic {
				continue
			}
			comment, rest := int(binary.LittleEndian.Uint16(b[i+20:])), b[i+endSize:]
			if comment > len(rest) {
				if cut == nil {
					cutAt = at + int64(i)
					cut = damaged(cutAt, "record at the end: a comment of %d bytes, only %d are left", comment, len(rest))
				}
				continue
			}
			if rest = rest[comment:]; len(rest) == 0 {
				return at + int64(i), b[i : i+endSize], nil // what did not fit is in its comment
			}
			if cut == nil && (bytes.Contains(rest, []byte(entryMagic)) || bytes.Contains(rest, []byte(headerMagic))) {
				cut = damaged(at+int64(i), "record at the end: members of another archive come after it, whose own is missing")
			}
			return at + int64(i), b[i : i+endSize], cut
		}
	}
	return cutAt, nil, cmp.Or(cut, damaged(size, "no record at the end: it is cut short, or no zip archive"))
}

// findEnd64 fills in what a large archive says, and returns where that stands.
// Where there is no such record, the numbers are what they are.
func findEnd64(r io.ReaderAt, end int64, d *directory) (at int64, err error) {
	le := binary.LittleEndian
	var locator [locator64Size]byte
	if end < locator64Size {
		return 0, nil
	}
	if err := readAt(r, locator[:], end-locator64Size); err != nil {
		return 0, err
	}
	if string(locator[:4]) != locator64Magic {
		return 0, nil
	}
	at = int64(le.Uint64(locator[8:]))
	if at < 0 || at > end-locator64Size-end64Size {
		return 0, damaged(end-locator64Size, "zip64 record at %#x: want it before this one", uint64(at))
	}
	var b [end64Size]byte
	if err := readAt(r, b[:], at); err != nil {
		return 0, err
	}
	if string(b[:4]) != end64Magic {
		return 0, damaged(at, "%q: want the zip64 record", b[:4])
	}
	d.zip64 = true
	d.members, d.size, d.offset = le.Uint64(b[32:]), int64(le.Uint64(b[40:])), int64(le.Uint64(b[48:]))
	return at, nil
}
