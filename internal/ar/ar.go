// Package ar reads static archives: where each member stands, and nothing of
// what is in it. It knows the forms of System V and GNU (the tables "/",
// "/SYM64/" and "//"), of BSD and macOS ("#1/len", "__.SYMDEF") and thin
// archives, whose members are files of their own.
package ar

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"strconv"
	"strings"

	"github.com/abivet/abivet/abi"
)

const (
	magic     = "!<arch>\n"
	thinMagic = "!<thin>\n"

	// MagicSize is how many bytes IsArchive wants.
	MagicSize = len(magic)

	headerSize = 60
	trailer    = "`\n"

	// A name is a file name, or in thin archives a path. The longest path
	// of Linux is 4096 bytes.
	maxName = 4096
)

// IsArchive reports whether a file that begins with these bytes is an archive.
func IsArchive(start []byte) bool {
	return bytes.HasPrefix(start, []byte(magic)) || bytes.HasPrefix(start, []byte(thinMagic))
}

// A Member is a file in an archive. Symbol tables and tables of names are not
// members.
type Member struct {
	Name   string
	Offset int64 // of its bytes in the archive; 0 where Thin
	Size   int64
	// Thin says that the bytes are not in the archive: Name is the path of
	// the file that has them, seen from the archive's directory.
	Thin bool
}

// Members returns the members in the order they stand. It ends after the first
// error: [abi.ErrFormat] where r is no archive, [abi.FormatError] where it is
// damaged. It holds no more than one name in memory.
func Members(r io.ReaderAt, size int64) iter.Seq2[Member, error] {
	return func(yield func(Member, error) bool) {
		a := archive{r: r, size: size}
		next, err := a.start()
		for err == nil && next < size {
			var m Member
			var isMember bool
			m, isMember, next, err = a.member(next)
			if err == nil && isMember && !yield(m, nil) {
				return
			}
		}
		if err != nil {
			yield(Member{}, err)
		}
	}
}

type archive struct {
	r     io.ReaderAt
	size  int64
	thin  bool
	names extent // the GNU table of long names, once it has been seen
	room  []byte // for a name of it
}

// An extent is a part of the archive.
type extent struct{ offset, size int64 }

func (a *archive) start() (next int64, err error) {
	var start [MagicSize]byte
	if a.size < int64(len(start)) {
		return 0, abi.ErrFormat
	}
	if err := a.read(start[:], 0); err != nil {
		return 0, err
	}
	if !IsArchive(start[:]) {
		return 0, abi.ErrFormat
	}
	a.thin = string(start[:]) == thinMagic
	return int64(len(start)), nil
}

// member reads the header at an offset. The table that it may find there
// instead is no member.
func (a *archive) member(at int64) (m Member, isMember bool, next int64, err error) {
	h, err := a.header(at)
	if err != nil {
		return Member{}, false, 0, err
	}
	m = Member{Offset: at + headerSize, Size: h.size}
	table := isTable(h.name)
	m.Thin = a.thin && !table
	end := m.Offset
	if !m.Thin {
		if h.size > a.size-m.Offset {
			return Member{}, false, 0, damaged(at, "member %q of %d bytes: only %d are left", h.name, h.size, a.size-m.Offset)
		}
		end += h.size
	}
	// Members begin at even offsets. The filler after the last one is
	// left out by some archivers.
	next = end + end%2
	if h.name == "//" {
		a.names = extent{m.Offset, m.Size}
	}
	if table {
		return m, false, next, nil
	}
	if err := a.name(&m, h.name, at); err != nil {
		return Member{}, false, 0, err
	}
	if m.Thin {
		m.Offset = 0
	}
	return m, !isBSDTable(m.Name), next, nil
}

type header struct {
	name string // as it is written, without the blanks that fill the field
	size int64
}

func (a *archive) header(at int64) (header, error) {
	var b [headerSize]byte
	if left := a.size - at; left < headerSize {
		return header{}, damaged(at, "header of a member: want %d bytes, only %d are left", headerSize, left)
	}
	if err := a.read(b[:], at); err != nil {
		return header{}, err
	}
	if string(b[58:]) != trailer {
		return header{}, damaged(at, "header of a member ends with %q: want %q", b[58:], trailer)
	}
	name := strings.TrimRight(string(b[:16]), " ")
	field := strings.TrimRight(string(b[48:58]), " ")
	size, err := parseDecimal(field)
	if err != nil {
		return header{}, damaged(at, "member %q: size %q: want a decimal number", name, field)
	}
	return header{name, size}, nil
}

// name finds the name that a header means and takes a BSD name off the bytes
// of its member.
func (a *archive) name(m *Member, written string, at int64) error {
	if digits, ok := strings.CutPrefix(written, "#1/"); ok {
		return a.bsdName(m, digits, at)
	}
	if digits, ok := strings.CutPrefix(written, "/"); ok {
		return a.gnuName(m, digits, at)
	}
	m.Name = strings.TrimSuffix(written, "/")
	return nil
}

func (a *archive) bsdName(m *Member, digits string, at int64) error {
	n, err := parseDecimal(digits)
	if err != nil || n > maxName || n > m.Size || m.Thin {
		return damaged(at, "name of %q bytes in a member of %d: want a length of at most %d that fits it", digits, m.Size, maxName)
	}
	name := make([]byte, n)
	if err := a.read(name, m.Offset); err != nil {
		return err
	}
	name, _, _ = bytes.Cut(name, []byte{0}) // filled up with NUL
	m.Name = string(name)
	m.Offset += n
	m.Size -= n
	return nil
}

func (a *archive) gnuName(m *Member, digits string, at int64) error {
	// A thin archive that was made from others writes /offset:origin, where
	// origin is the place in the other archive.
	digits, _, _ = strings.Cut(digits, ":")
	offset, err := parseDecimal(digits)
	if err != nil || offset >= a.names.size {
		return damaged(at, "name at %q of a table of %d bytes: want an offset inside it", digits, a.names.size)
	}
	// Nearly all are shorter than usual, and an archive may have a hundred
	// thousand.
	const usual = 128
	for _, length := range []int64{usual, maxName + 2} {
		length = min(length, a.names.size-offset)
		if int64(len(a.room)) < length {
			a.room = make([]byte, length)
		}
		b := a.room[:length]
		if err := a.read(b, a.names.offset+offset); err != nil {
			return err
		}
		if end := bytes.IndexAny(b, "\n\x00"); end >= 0 { // GNU ends with /LF, Microsoft with NUL
			m.Name = strings.TrimSuffix(string(b[:end]), "/")
			return nil
		}
	}
	return damaged(a.names.offset+offset, "name without an end after %d bytes", min(maxName+2, a.names.size-offset))
}

func (a *archive) read(b []byte, at int64) error {
	n, err := a.r.ReadAt(b, at)
	if n == len(b) {
		return nil
	}
	if err == nil || errors.Is(err, io.EOF) {
		// The size that we were told was too large.
		return damaged(at, "want %d bytes, the file has only %d", len(b), n)
	}
	return err
}

// isTable tells the tables of System V, GNU and Microsoft by the name in the
// header.
func isTable(name string) bool {
	switch name {
	case "/", "//", "/SYM64/", "/<ECSYMBOLS>/":
		return true
	}
	return false
}

// isBSDTable tells the symbol tables of BSD and macOS, whose names may be long
// ones.
func isBSDTable(name string) bool {
	switch name {
	case "__.SYMDEF", "__.SYMDEF SORTED", "__.SYMDEF_64", "__.SYMDEF_64 SORTED":
		return true
	}
	return false
}

// parseDecimal reads digits alone: strconv takes signs too.
func parseDecimal(s string) (int64, error) {
	if s == "" || s[0] == '+' || s[0] == '-' {
		return 0, strconv.ErrSyntax
	}
	return strconv.ParseInt(s, 10, 64)
}

func damaged(at int64, format string, args ...any) error {
	return &abi.FormatError{Format: "ar", Offset: at, What: fmt.Sprintf(format, args...)}
}
