// Package zipdir reads the directory of a zip archive: where each member
// stands, and nothing of what is in it.
//
// archive/zip of the standard library holds the whole directory in memory,
// several hundred bytes for each member, before a caller can count them; and it
// does not say where a member's header is. This one holds one member, in an
// archive of any size.
package zipdir

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/abivet/abivet/abi"
)

// Methods of compression; see APPNOTE.TXT 4.4.5.
const (
	Store   = 0
	Deflate = 8
	Bzip2   = 12
	Zstd    = 93
	XZ      = 95
)

// A Member is a file in an archive, as the directory at its end describes it.
type Member struct {
	Name       string // as it is written: anything may stand there
	Method     uint16
	Encrypted  bool
	CRC32      uint32
	Compressed int64 // bytes in the archive
	Size       int64 // bytes in the end
	Header     int64 // where its own header stands
	// Mode is what Unix calls st_mode. It is 0 where an archiver of another
	// system wrote the member.
	Mode uint16
}

// Dir reports whether the member is a directory.
func (m Member) Dir() bool { return m.Name != "" && m.Name[len(m.Name)-1] == '/' }

const (
	endSize       = 22
	end64Size     = 56
	locator64Size = 20
	entrySize     = 46
	headerSize    = 30
	maxComment    = 1<<16 - 1

	// Systems of an archiver; see APPNOTE.TXT 4.4.2.
	onUnix   = 3
	onDarwin = 19

	endMagic       = "PK\x05\x06"
	end64Magic     = "PK\x06\x06"
	locator64Magic = "PK\x06\x07"
	entryMagic     = "PK\x01\x02"
	headerMagic    = "PK\x03\x04"
)

// IsArchive reports whether a file that begins with these bytes is an archive
// that has nothing before its first member.
func IsArchive(start []byte) bool {
	return len(start) >= 4 && (string(start[:4]) == headerMagic || string(start[:4]) == endMagic)
}

// IsScript reports whether a file that begins with these bytes names its interpreter in
// its first line, behind which there may be an archive: see [IsApplication].
func IsScript(start []byte) bool { return len(start) >= 2 && string(start[:2]) == "#!" }

// IsApplication reports whether a file that begins with these bytes is an archive
// behind the line that names its interpreter, as Python's zipapp, pex and shiv make
// them. They write no comment: for a script this is one read.
func IsApplication(start []byte, r io.ReaderAt, size int64) bool {
	var end [endSize]byte
	if !IsScript(start) || size < endSize {
		return false
	}
	n, _ := r.ReadAt(end[:], size-endSize)
	return n == endSize && string(end[:4]) == endMagic && end[20] == 0 && end[21] == 0
}

// Ends reports whether a file has the record that an archive has at its end, whatever it
// begins with, and be it damaged: [Members] tells of what.
func Ends(r io.ReaderAt, size int64) bool {
	at, _, _ := findEnd(r, size)
	return at > 0 // at the start it is by chance, or of an archive of nothing
}

// Members returns the members in the order of the directory. It ends after the
// first error: an [abi.FormatError] where the archive is damaged.
//
// Members that lie over one another are an error: their bytes would be
// expanded many times over, and no honest archiver shares them.
func Members(r io.ReaderAt, size int64) iter.Seq2[Member, error] {
	return func(yield func(Member, error) bool) {
		d, err := findDirectory(r, size)
		if err != nil {
			yield(Member{}, err)
			return
		}
		in := bufio.NewReaderSize(io.NewSectionReader(r, d.offset, d.size), int(min(d.size, 32<<10)))
		at, end := d.offset, d.offset+d.size
		var members uint64
		var taken int64 // bytes of the archive
		for at < end {
			m, n, err := readEntry(in, at, end-at)
			if err == nil {
				m.Header += d.base
				taken += headerSize + m.Compressed
				err = fits(m, at, d.offset, taken)
			}
			if err != nil {
				yield(Member{}, err)
				return
			}
			members++
			at += n
			if !yield(m, nil) {
				return
			}
		}
		// Without zip64 the count is cut off at 16 bits by some archivers.
		if members != d.members && (d.zip64 || uint16(members) != uint16(d.members)) {
			yield(Member{}, damaged(d.offset, "directory of %d members: want the %d that it says", members, d.members))
		}
	}
}

// fits holds a member against the bytes before the directory.
func fits(m Member, at, before, taken int64) error {
	switch {
	case m.Header < 0 || m.Header > before-headerSize || m.Compressed > before-headerSize-m.Header:
		return damaged(at, "member %q of %d bytes at %#x: want it before the directory at %#x", m.Name, m.Compressed, m.Header, before)
	case taken > before:
		return damaged(at, "member %q: it and those before it have %d bytes together, the archive has only %d: they lie over one another", m.Name, taken, before)
	}
	return nil
}

// readEntry reads a member from the directory and returns how many bytes that
// took.
func readEntry(in io.Reader, at, left int64) (m Member, n int64, err error) {
	var b [entrySize]byte
	if left < entrySize {
		return m, 0, damaged(at, "entry of the directory: want %d bytes, only %d are left", entrySize, left)
	}
	if err := readFull(in, b[:], at); err != nil {
		return m, 0, err
	}
	if string(b[:4]) != entryMagic {
		return m, 0, damaged(at, "entry of the directory begins with %q: want %q", b[:4], entryMagic)
	}
	le := binary.LittleEndian
	name, extra, comment := int(le.Uint16(b[28:])), int(le.Uint16(b[30:])), int(le.Uint16(b[32:]))
	n = int64(entrySize + name + extra + comment)
	if n > left {
		return m, 0, damaged(at, "entry of %d bytes in the directory: only %d are left", n, left)
	}
	rest := make([]byte, name+extra+comment)
	if err := readFull(in, rest, at+entrySize); err != nil {
		return m, 0, err
	}
	m = Member{
		Name:       string(rest[:name]),
		Method:     le.Uint16(b[10:]),
		Encrypted:  le.Uint16(b[8:])&1 != 0,
		CRC32:      le.Uint32(b[16:]),
		Compressed: int64(le.Uint32(b[20:])),
		Size:       int64(le.Uint32(b[24:])),
		Header:     int64(le.Uint32(b[42:])),
	}
	if system := b[5]; system == onUnix || system == onDarwin {
		m.Mode = le.Uint16(b[40:])
	}
	if err := m.large(rest[name : name+extra]); err != nil {
		return m, 0, damaged(at, "member %q: %v", m.Name, err)
	}
	if m.Size < 0 || m.Compressed < 0 || m.Header < 0 {
		return m, 0, damaged(at, "member %q: sizes of more than 63 bits", m.Name)
	}
	return m, n, nil
}

// large takes the numbers that do not fit 32 bits from the zip64 extra field.
func (m *Member) large(extra []byte) error {
	const marker = 1<<32 - 1
	for len(extra) >= 4 {
		tag, n := binary.LittleEndian.Uint16(extra), int(binary.LittleEndian.Uint16(extra[2:]))
		extra = extra[4:]
		if n > len(extra) {
			return nil // other programs write what they like there
		}
		field := extra[:n]
		extra = extra[n:]
		if tag != 1 {
			continue
		}
		for _, number := range []*int64{&m.Size, &m.Compressed, &m.Header} {
			if *number != marker {
				continue
			}
			if len(field) < 8 {
				return errors.New("a number of zip64 is missing")
			}
			*number = int64(binary.LittleEndian.Uint64(field))
			field = field[8:]
		}
		return nil
	}
	return nil
}

// Data returns where the bytes of a member begin, from the bytes that stand at
// Header: at least [HeaderSize] of them. A header of its own that says another
// name or method than the directory is an error: programs differ in which they
// believe, and one of the two would not be looked at.
func (m Member) Data(header []byte) (int64, error) {
	if len(header) < headerSize || string(header[:4]) != headerMagic {
		return 0, damaged(m.Header, "member %q begins with %q: want %q", m.Name, header[:min(4, len(header))], headerMagic)
	}
	le := binary.LittleEndian
	method, name, extra := le.Uint16(header[8:]), int(le.Uint16(header[26:])), le.Uint16(header[28:])
	own := header[headerSize:min(headerSize+name, len(header))]
	if name != len(m.Name) || string(own) != m.Name[:len(own)] {
		return 0, damaged(m.Header, "member %q of the directory has a header that says %q", m.Name, own)
	}
	if method != m.Method {
		return 0, damaged(m.Header, "member %q is packed by method %d in the directory and by %d in its own header", m.Name, m.Method, method)
	}
	return m.Header + headerSize + int64(name) + int64(extra), nil
}

// HeaderSize is how many bytes [Member.Data] wants.
const HeaderSize = headerSize

func readAt(r io.ReaderAt, b []byte, at int64) error {
	n, err := r.ReadAt(b, at)
	if n == len(b) {
		return nil
	}
	if err == nil || errors.Is(err, io.EOF) {
		return damaged(at, "want %d bytes, the file has only %d", len(b), n)
	}
	return err
}

func readFull(r io.Reader, b []byte, at int64) error {
	n, err := io.ReadFull(r, b)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return damaged(at, "want %d bytes, the file has only %d", len(b), n)
	}
	return err
}

func damaged(at int64, format string, args ...any) error {
	return &abi.FormatError{Format: "zip", Offset: at, What: fmt.Sprintf(format, args...)}
}
