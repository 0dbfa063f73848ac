package mutate

import (
	"bytes"
	"strings"
)

// A shaper makes out the shape of a file. It reads what is there, and of what
// is not it keeps quiet: others judge.
type shaper struct {
	Shape
	b    []byte
	base int // of a file in a file
	deep int // how many files it is in
	big  bool
}

// most bounds the entries of a table that are looked at: one damaged entry of
// a long table is as good as another.
const most = 200

func (s *shaper) file() {
	b := s.b[s.base:]
	switch {
	case bytes.HasPrefix(b, []byte("\x7fELF")):
		s.Format = "elf"
		s.elf()
	case bytes.HasPrefix(b, []byte("!<arch>\n")):
		s.Format = "ar"
		s.ar()
	case bytes.HasPrefix(b, []byte("PK\x03\x04")):
		s.Format = "zip"
		s.zip()
	case len(b) > 262 && string(b[257:262]) == "ustar":
		s.Format = "tar"
		s.tar()
	case bytes.HasPrefix(b, []byte("glibc-ld.so.cache1.1")):
		s.Format = "ld.so.cache"
		s.cache()
	case bytes.HasPrefix(b, []byte("\xca\xfe\xba\xbe")), bytes.HasPrefix(b, []byte("\xca\xfe\xba\xbf")):
		s.Format = "fat"
		s.fat()
	case len(b) > 28 && strings.Contains("\xce\xfa\xed\xfe \xcf\xfa\xed\xfe", string(b[:4])):
		s.Format = "macho"
		s.macho()
	case len(b) > 28 && strings.Contains("\xfe\xed\xfa\xce \xfe\xed\xfa\xcf", string(b[:4])):
		s.Format, s.big = "macho", true
		s.macho()
	default: // compressed, or bytecode
		s.Format = "dense"
		s.dense(s.base, s.base+min(len(b), 4096))
		s.dense(len(s.b)-min(len(b), 256), len(s.b))
	}
}

// number reads a number and notes it as a field. Beyond the end it is 0 and
// not there.
func (s *shaper) number(name string, at, width int) uint64 {
	at += s.base
	if at < 0 || at+width > len(s.b) {
		return 0
	}
	s.Fields = append(s.Fields, Field{Name: name, At: at, Width: width, Big: s.big})
	return get(s.b, at, width, s.big)
}

// digits notes a number that is written in digits.
func (s *shaper) digits(name string, at, width, base int) (v uint64) {
	at += s.base
	if at < 0 || at+width > len(s.b) {
		return 0
	}
	s.Fields = append(s.Fields, Field{Name: name, At: at, Width: width, Text: base})
	for _, c := range bytes.Trim(s.b[at:at+width], " \x00") {
		if c < '0' || int(c-'0') >= base || v > 1<<40 {
			return v
		}
		v = v*uint64(base) + uint64(c-'0')
	}
	return v
}

func (s *shaper) edge(ends ...int) {
	for _, at := range ends {
		if at >= 0 && at <= len(s.b) {
			s.Edges = append(s.Edges, at)
		}
	}
}

// record notes what another of its size can take the place of.
func (s *shaper) record(at, size int) {
	if at += s.base; at >= 0 && at <= len(s.b)-size {
		s.Records = append(s.Records, [2]int{at, size})
	}
}

func (s *shaper) dense(from, to int) {
	from, to = max(0, from), min(to, len(s.b))
	if from < to {
		s.Dense = append(s.Dense, [2]int{from, to})
	}
}

// table notes a part of the file at hand that ends where the file does.
func (s *shaper) table(name string, at, size uint64) bool {
	return s.within(name, at, size, uint64(len(s.b)-s.base))
}

// within notes a part that has to end before another, and says whether all of
// it is there.
func (s *shaper) within(name string, at, size, end uint64) bool {
	t := Table{Name: name, At: at, Size: size, End: end}
	s.Tables = append(s.Tables, t)
	if at <= uint64(len(s.b)-s.base) {
		s.edge(s.base + int(at))
		if size <= uint64(len(s.b)-s.base)-at {
			s.edge(s.base + int(at+size))
		}
	}
	return size > 0 && !t.cut() && at+size <= uint64(len(s.b)-s.base)
}
