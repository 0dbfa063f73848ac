// Package mutate damages files where it hurts: it knows where a format keeps
// its counts, offsets, sizes and indexes, sets them to what readers stumble
// over, and cuts files at the edges of their tables.
//
// It also says which tables of a file do not lie in it. That is its own reading
// of the formats, by which the verdicts over mutants are held: a file of which a
// table is cut is no pass.
package mutate

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// A Field is a number in a file that something depends on.
type Field struct {
	Name  string // for people: PT_LOAD filesz
	At    int
	Width int  // 1, 2, 4 or 8 bytes; or with Text its digits
	Big   bool // endian
	Text  int  // where it is not 0, the base of the digits
}

// A Table is a part of a file that another part says is there.
type Table struct {
	Name     string
	At, Size uint64
	// End is where the part ends that the table has to lie in.
	End uint64
}

func (t Table) cut() bool { return t.Size > 0 && (t.At > t.End || t.Size > t.End-t.At) }

// A Shape is what a file looks like to who wants to damage it.
type Shape struct {
	Format string
	Fields []Field
	Edges  []int    // where structures begin and end
	Dense  [][2]int // parts of which every byte counts: tries, opcodes, compressed data
	// Records are the entries of tables and what stands like them one behind
	// another: of the same size, one can take the place of another.
	Records [][2]int
	Tables  []Table
	sums    []int // headers of a tar, which hold the sum of their bytes
}

// ShapeOf reads as much of a file as can be made out. Of a damaged one it is
// less.
func ShapeOf(b []byte) Shape {
	s := &shaper{b: b}
	s.edge(0, len(b))
	s.file()
	return s.Shape
}

// Cut names the tables of a file that do not lie in it.
func Cut(b []byte) (names []string) {
	for _, t := range ShapeOf(b).Tables {
		if t.cut() {
			names = append(names, fmt.Sprintf("%s: %d bytes at %#x, the end is at %#x", t.Name, t.Size, t.At, t.End))
		}
	}
	return names
}

// A Mutant is a file with some numbers changed, or its end cut off.
type Mutant struct {
	Data []byte
	What string
	undo []patch
}

type patch struct {
	at  int
	was []byte
}

// Mutate changes b itself, so that a mutant of a large file costs no copy. Undo
// has to be called before the next.
func (s Shape) Mutate(r *rand.Rand, b []byte) *Mutant {
	m := &Mutant{Data: b}
	var what []string
	if len(s.Edges) > 0 && r.IntN(6) == 0 {
		end := min(max(0, s.Edges[r.IntN(len(s.Edges))]+[]int{0, 0, -1, 1, -4, 8}[r.IntN(6)]), len(b))
		m.Data = b[:end]
		what = append(what, fmt.Sprintf("cut at %#x", end))
	}
	for range 1 + r.IntN(3) {
		if r.IntN(8) == 0 {
			what = append(what, m.rearrange(r, s))
		} else if len(s.Dense) > 0 && (len(s.Fields) == 0 || r.IntN(5) == 0) {
			what = append(what, m.spoil(r, s.Dense[r.IntN(len(s.Dense))]))
		} else if len(s.Fields) > 0 {
			what = append(what, m.set(r, s, s.Fields[r.IntN(len(s.Fields))]))
		}
		if len(m.Data) < len(b) && r.IntN(2) == 0 {
			break
		}
	}
	if r.IntN(4) > 0 {
		m.mendSums(s.sums)
	}
	m.What = strings.Join(what, ", ")
	return m
}

// mendSums writes the sums of changed headers: most readers look at nothing
// else of a header whose sum is wrong.
func (m *Mutant) mendSums(headers []int) {
	for _, at := range headers {
		changed := slices.ContainsFunc(m.undo, func(p patch) bool { return p.at >= at && p.at < at+512 })
		if !changed || at+512 > len(m.Data) {
			continue
		}
		sum := 8 * int(' ')
		for i, c := range m.Data[at : at+512] {
			if i < 148 || i >= 156 {
				sum += int(c)
			}
		}
		m.patch(at+148, fmt.Appendf(nil, "%06o\x00 ", sum))
	}
}

// Undo makes the file what it was.
func (m *Mutant) Undo() {
	for i := len(m.undo) - 1; i >= 0; i-- {
		copy(m.Data[m.undo[i].at:], m.undo[i].was)
	}
}

func (m *Mutant) patch(at int, b []byte) {
	if at < 0 || at+len(b) > len(m.Data) {
		return
	}
	m.undo = append(m.undo, patch{at, append([]byte(nil), m.Data[at:at+len(b)]...)})
	copy(m.Data[at:], b)
}

// rearrange puts records, or a piece of the file, in another place, or nothing
// where something was.
func (m *Mutant) rearrange(r *rand.Rand, s Shape) string {
	size := len(m.Data)
	if len(s.Records) > 1 && r.IntN(3) > 0 {
		from, to := s.Records[r.IntN(len(s.Records))], s.Records[r.IntN(len(s.Records))]
		if from[1] > to[1] {
			from, to = to, from
		}
		if from[0]+from[1] > size || to[0]+to[1] > size {
			return "records that are cut off"
		}
		one, other := slices.Clone(m.Data[from[0]:from[0]+from[1]]), slices.Clone(m.Data[to[0]:to[0]+from[1]])
		m.patch(to[0], one)
		if r.IntN(2) == 0 {
			return fmt.Sprintf("record at %#x also at %#x", from[0], to[0])
		}
		m.patch(from[0], other)
		return fmt.Sprintf("records at %#x and %#x swapped", from[0], to[0])
	}
	if len(s.Edges) == 0 || size == 0 {
		return "nothing"
	}
	at := s.Edges[r.IntN(len(s.Edges))]
	n := min(1<<r.IntN(13), size-at)
	if n <= 0 {
		return "nothing"
	}
	if r.IntN(2) == 0 {
		m.patch(at, make([]byte, n))
		return fmt.Sprintf("a hole of %d bytes at %#x", n, at)
	}
	from := s.Edges[r.IntN(len(s.Edges))]
	n = min(n, size-from)
	if n > 0 {
		m.patch(at, slices.Clone(m.Data[from:from+n]))
	}
	return fmt.Sprintf("%d bytes of %#x at %#x", n, from, at)
}

// spoil changes a byte or two of a part of which every byte counts.
func (m *Mutant) spoil(r *rand.Rand, part [2]int) string {
	if part[1] <= part[0] {
		return "nothing"
	}
	at := part[0] + r.IntN(part[1]-part[0])
	v := []byte{0, 1, 0x7f, 0x80, 0xff, byte(r.Uint32())}[r.IntN(6)]
	m.patch(at, []byte{v})
	if r.IntN(3) == 0 {
		m.patch(at+1, []byte{v})
	}
	return fmt.Sprintf("%#x at %#x", v, at)
}

// set gives a field one of the values that readers stumble over.
func (m *Mutant) set(r *rand.Rand, s Shape, f Field) string {
	if f.At+f.Width > len(m.Data) {
		return f.Name + " is cut off"
	}
	v := m.value(r, s, f)
	if f.Text != 0 {
		digits := fmt.Sprintf("%-*d", f.Width, v)
		if f.Text == 8 {
			digits = fmt.Sprintf("%0*o", f.Width, v)
		}
		digits = digits[max(0, len(digits)-f.Width):]
		m.patch(f.At, []byte(digits))
		return fmt.Sprintf("%s=%q", f.Name, digits)
	}
	var b [8]byte
	if f.Big {
		binary.BigEndian.PutUint64(b[:], v)
		m.patch(f.At, b[8-f.Width:])
	} else {
		binary.LittleEndian.PutUint64(b[:], v)
		m.patch(f.At, b[:f.Width])
	}
	return fmt.Sprintf("%s at %#x=%#x", f.Name, f.At, v)
}

func (m *Mutant) value(r *rand.Rand, s Shape, f Field) uint64 {
	now, size := uint64(0), uint64(len(m.Data))
	if f.Text == 0 {
		now = get(m.Data, f.At, f.Width, f.Big)
	}
	switch r.IntN(16) {
	case 0:
		return 0
	case 1:
		return 1
	case 2:
		return 1<<64 - 1
	case 3:
		return 1<<(8*min(f.Width, 8)-1) - 1
	case 4:
		return 1 << (8*min(f.Width, 8) - 1)
	case 5:
		return now + 1
	case 6:
		return now - 1
	case 7: // of another field
		g := s.Fields[r.IntN(len(s.Fields))]
		if g.Text != 0 || g.At+g.Width > len(m.Data) {
			return size / 2
		}
		return get(m.Data, g.At, g.Width, g.Big)
	case 8:
		return size + uint64(r.IntN(3)) - 1
	case 9: // a page boundary
		return now&^0xfff + 0x1000*uint64(r.IntN(2))
	case 10: // its own place: chains that end in themselves
		return uint64(f.At)
	case 11:
		return -uint64(1 + r.IntN(64))
	case 12:
		return 1 << r.IntN(64)
	case 13:
		return now ^ 1<<r.IntN(8*min(f.Width, 8))
	case 14:
		return now + uint64(r.IntN(64)) - 32
	}
	return r.Uint64() >> r.IntN(64)
}

func get(b []byte, at, width int, big bool) uint64 {
	var w [8]byte
	if big {
		copy(w[8-width:], b[at:at+width])
		return binary.BigEndian.Uint64(w[:])
	}
	copy(w[:], b[at:at+width])
	return binary.LittleEndian.Uint64(w[:])
}
