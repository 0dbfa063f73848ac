package symbols

import (
	"bytes"
	"compress/zlib"
	_ "embed" // the tables
	"fmt"
	"io"
	"math/bits"
	"strconv"
	"strings"
	"sync"
)

// The tables are text under zlib:
//
//	origin TEXT
//	date DAY
//	N ARCH LIBRARY VERSION [ARCH LIBRARY VERSION]...
//	...
//	(an empty line)
//	NAME N
//	...
//
// The numbered lines are the answers that there are, of which N is one; of
// musl the library is the first release and the version the last, where it has
// one. The names are in order.
var (
	//go:embed data/glibc.z
	glibcData []byte
	//go:embed data/libstdcxx.z
	libstdcxxData []byte
	//go:embed data/musl.z
	muslData []byte
	//go:embed data/elsewhere.z
	elsewhereData []byte
	//go:embed data/removed.z
	removedData []byte

	glibc     = sync.OnceValue(func() *table { return decoded("glibc", glibcData) })
	libstdcxx = sync.OnceValue(func() *table { return decoded("libstdcxx", libstdcxxData) })
	musl      = sync.OnceValue(func() *table { return decoded("musl", muslData) })
	elsewhere = sync.OnceValue(func() *table { return decoded("elsewhere", elsewhereData) })
	removed   = sync.OnceValue(func() *table { return decoded("removed", removedData) })
)

// any is every architecture.
const any = "*"

// A table has an answer for each name. It stays the text that it was: of thousands of
// names a run asks for a few, and a map of them took longer to make than to unpack them.
type table struct {
	origin, date string
	answers      []string // words by threes: architecture, library, version
	names        string   // lines of a name and the number of its answer, in order
	slots        []uint32 // by the hash of a name: one more than where its line begins, or later
}

func (t *table) on(arch, name string) (library, version string, ok bool) {
	number, ok := find(t, name)
	if !ok {
		return "", "", false
	}
	n, _ := strconv.Atoi(number)
	words := strings.Fields(t.answers[n])
	for _, a := range [...]string{arch, any} {
		for i := 0; i < len(words); i += 3 {
			if words[i] != a {
				continue
			}
			if words[i+2] == none {
				return words[i+1], "", true
			}
			return words[i+1], words[i+2], true
		}
	}
	return "", "", false
}

// find returns the number of a name's answer.
func find[Name string | []byte](t *table, name Name) (number string, ok bool) {
	for slot := hash(name); ; slot++ {
		at := t.slots[slot&uint32(len(t.slots)-1)]
		if at == 0 {
			return "", false
		}
		line := t.names[at-1:]
		if n := len(name); len(line) > n && line[n] == ' ' && line[:n] == string(name) {
			number, _, _ = strings.Cut(line[n+1:], "\n")
			return number, true
		}
	}
}

// hash is FNV-1a.
func hash[Name string | []byte](name Name) uint32 {
	h := uint32(2166136261)
	for i := range len(name) {
		h = (h ^ uint32(name[i])) * 16777619
	}
	return h
}

// index makes the slots, of which no more than half are taken.
func (t *table) index() {
	t.slots = make([]uint32, 1<<bits.Len(uint(2*strings.Count(t.names, "\n"))))
	for at := 0; at < len(t.names); {
		end := at + strings.IndexByte(t.names[at:], '\n')
		slot := hash(t.names[at : at+strings.IndexByte(t.names[at:end], ' ')])
		for t.slots[slot&uint32(len(t.slots)-1)] != 0 {
			slot++
		}
		t.slots[slot&uint32(len(t.slots)-1)] = uint32(at + 1)
		at = end + 1
	}
}

// decoded panics, since the tests have decoded the same bytes, and looked at each line.
func decoded(name string, data []byte) *table {
	t, err := decode(data)
	if err != nil {
		panic(fmt.Sprintf("table %s: %v", name, err))
	}
	return t
}

func decode(data []byte) (*table, error) {
	r, err := zlib.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	var all strings.Builder
	all.Grow(12 * len(data)) // none is packed better
	if _, err := io.Copy(&all, r); err != nil {
		return nil, err
	}
	head, names, ok := strings.Cut(all.String(), "\n\n")
	if !ok {
		return nil, fmt.Errorf("no empty line after the answers")
	}
	t := &table{names: names}
	t.index()
	for line := range strings.SplitSeq(head, "\n") {
		switch key, rest, _ := strings.Cut(line, " "); key {
		case "origin":
			t.origin = rest
		case "date":
			t.date = rest
		default:
			t.answers = append(t.answers, rest)
		}
	}
	return t, nil
}

// none stands for an empty word.
const none = "-"
