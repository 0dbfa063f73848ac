package symbols

import (
	"bytes"
	"compress/zlib"
	_ "embed" // the tables
	"fmt"
	"io"
	"sort"
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

	glibc     = sync.OnceValue(func() *table { return decoded("glibc", glibcData) })
	libstdcxx = sync.OnceValue(func() *table { return decoded("libstdcxx", libstdcxxData) })
	musl      = sync.OnceValue(func() *table { return decoded("musl", muslData) })
	elsewhere = sync.OnceValue(func() *table { return decoded("elsewhere", elsewhereData) })
)

// any is every architecture.
const any = "*"

// A table has an answer for each name.
type table struct {
	origin, date string
	answers      []map[string]place // by architecture
	text         string             // the names, one after another
	names        []entry            // in the order of the names
}

type place struct{ library, version string }

type entry struct {
	end    uint32 // of the name, in text
	answer uint32
}

func (t *table) name(i int) string {
	start := uint32(0)
	if i > 0 {
		start = t.names[i-1].end
	}
	return t.text[start:t.names[i].end]
}

func (t *table) find(name string) (map[string]place, bool) {
	i := sort.Search(len(t.names), func(i int) bool { return t.name(i) >= name })
	if i == len(t.names) || t.name(i) != name {
		return nil, false
	}
	return t.answers[t.names[i].answer], true
}

func (t *table) has(name string) bool {
	_, ok := t.find(name)
	return ok
}

func (t *table) on(arch, name string) (library, version string, ok bool) {
	answer, _ := t.find(name)
	p, ok := answer[arch]
	if !ok {
		p, ok = answer[any]
	}
	return p.library, p.version, ok
}

// decoded panics, since the tests have decoded the same bytes.
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
	all, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	head, names, ok := strings.Cut(string(all), "\n\n")
	if !ok {
		return nil, fmt.Errorf("no empty line after the answers")
	}
	t := &table{}
	for line := range strings.SplitSeq(head, "\n") {
		if err := t.headLine(line); err != nil {
			return nil, err
		}
	}
	t.names = make([]entry, 0, strings.Count(names, "\n"))
	var text strings.Builder
	text.Grow(len(names))
	for line := range strings.Lines(names) {
		name, number, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		n, err := strconv.Atoi(number)
		if err != nil || n < 0 || n >= len(t.answers) {
			return nil, fmt.Errorf("line %q: want a name and the number of one of %d answers", line, len(t.answers))
		}
		text.WriteString(name)
		t.names = append(t.names, entry{uint32(text.Len()), uint32(n)})
	}
	t.text = text.String()
	return t, nil
}

func (t *table) headLine(line string) error {
	key, rest, _ := strings.Cut(line, " ")
	switch key {
	case "origin":
		t.origin = rest
		return nil
	case "date":
		t.date = rest
		return nil
	}
	words := strings.Fields(rest)
	if key != strconv.Itoa(len(t.answers)) || len(words)%3 != 0 {
		return fmt.Errorf("line %q: want answer %d, in words by threes", line, len(t.answers))
	}
	answer := map[string]place{}
	for ; len(words) > 0; words = words[3:] {
		p := place{words[1], words[2]}
		if p.version == none {
			p.version = ""
		}
		answer[words[0]] = p
	}
	t.answers = append(t.answers, answer)
	return nil
}

// none stands for an empty word.
const none = "-"
