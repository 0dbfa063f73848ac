package extension

import (
	"bytes"
	"fmt"

	"github.com/abivet/abivet/internal/endian"
)

// lookPostgreSQL looks for the magic block that Pg_magic_func returns: the
// server holds each of its fields against its own and refuses the library where
// one differs. Where the function can be read it says where the block is.
func lookPostgreSQL(info *Info, img Image) error {
	if img.Returned != nil {
		var b [longestMagic]byte
		n, err := img.Returned(postgresEntry, b[:])
		if err != nil {
			return err
		}
		if m, ok := readMagic(img, b[:n]); ok {
			info.Built, info.Evidence = m.release(), []string{m.String()}
			return nil
		}
	}
	return img.each(func(piece []byte) bool {
		for at := 0; at+magicSize <= len(piece); at += 4 {
			if low := piece[at] | piece[at+3]; low < shortestMagic || low > longestMagic {
				continue // it begins with its length, and one of these is 0
			}
			if m, ok := readMagic(img, piece[at:]); ok {
				info.Built, info.Evidence = m.release(), []string{m.String()}
				return true
			}
		}
		return false
	})
}

// A magic is a magic block. Its layout has changed three times (fmgr.h).
type magic struct {
	version, maxArgs, maxKeys, nameLength int
	float8                                bool   // FLOAT8PASSBYVAL
	extra                                 string // abi_extra, since 15
}

const (
	postgresEntry = "Pg_magic_func"

	magicSize = 28 // of the shortest with its length; the lengths below count it
	extraSize = 32

	shortestMagic, longestMagic = 24, 72
)

// readMagic is strict: the length must be that of the version's layout, and
// every field in its range.
func readMagic(img Image, b []byte) (magic, bool) {
	if len(b) < magicSize {
		return magic{}, false
	}
	order := endian.Order(img.BigEndian)
	field := func(i int) int { return int(int32(order.Uint32(b[4*i:]))) }
	size, m := field(0), magic{version: field(1), maxArgs: field(2), maxKeys: field(3), nameLength: field(4)}
	if !m.plausible() {
		return magic{}, false
	}
	last := 5
	switch v := m.version; {
	case v < 1300: // FLOAT4PASSBYVAL is before the last
		last = 6
		if size != 28 {
			return magic{}, false
		}
	case v < 1500 && size == 24:
	case v >= 1500 && v < 1800 && size == 56, v >= 1800 && (size == 64 || size == 72):
		if len(b) < 24+extraSize {
			return magic{}, false
		}
		extra, _, ok := bytes.Cut(b[24:24+extraSize], []byte{0})
		if !ok {
			return magic{}, false
		}
		m.extra = string(extra)
	default:
		return magic{}, false
	}
	m.float8 = field(last) == 1
	return m, field(last) == 0 || field(last) == 1
}

func (m magic) plausible() bool {
	old, later := m.version >= 802 && m.version < 1000, m.version >= 1000 && m.version < 5000 && m.version%100 == 0
	return (old || later) && within(m.maxArgs, 8, 2048) && within(m.maxKeys, 8, 2048) && within(m.nameLength, 32, 4096)
}

func within(n, low, high int) bool { return n >= low && n <= high }

// release is 15, or 9.6 of the days when two numbers made a release.
func (m magic) release() string {
	if m.version < 1000 {
		return fmt.Sprintf("%d.%d", m.version/100, m.version%100)
	}
	return fmt.Sprint(m.version / 100)
}

func (m magic) String() string {
	s := fmt.Sprintf("magic block: version %s, FUNC_MAX_ARGS %d, INDEX_MAX_KEYS %d, NAMEDATALEN %d, FLOAT8PASSBYVAL %t",
		m.release(), m.maxArgs, m.maxKeys, m.nameLength, m.float8)
	if m.extra != "" {
		s += fmt.Sprintf(", ABI %q", m.extra)
	}
	return s
}
