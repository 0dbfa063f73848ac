package symbols

import (
	"bytes"
	"compress/zlib"
	_ "embed" // the tables
	"fmt"
	"io"
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

// A table has an answer for each name.
type table struct {
	origin, date string
	answers      []map[string]place // by architecture
	names        map[string]int     // numbers of answers
}

type place struct{ library, version string }

func (t *table) on(arch, name string) (library, version string, ok bool) {
	n, ok := t.names[name]
	if !ok {
		return "", "", false
	}
	answer := t.answers[n]
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
	t.names = make(map[string]int, strings.Count(names, "\n"))
	last := ""
	for line := range strings.Lines(names) {
		name, number, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		n, err := strconv.Atoi(number)
		if err != nil || n < 0 || n >= len(t.answers) || name <= last {
			return nil, fmt.Errorf("line %q after %q: want a later name and the number of one of %d answers", line, last, len(t.answers))
		}
		t.names[name], last = n, name
	}
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
