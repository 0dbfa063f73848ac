package targets

import (
	"bytes"
	"cmp"
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strconv"
	"sync"

	"github.com/abivet/abivet/abi"
)

//go:embed data
var data embed.FS

// table is a file of records. A record without an origin or date has its
// table's.
type table struct {
	Origin, Date, Refresh string
	Releases              []*record // of each family, the newest first
}

// record is a release as the data has it. Exactly one of Glibc, Musl, Bionic
// and MacOS is set: it says what the release is.
type record struct {
	Name, Title  string
	Aliases      []string
	Origin, Date string
	Measured     bool
	Glibc        abi.Version // release
	Musl         abi.Version // release
	Bionic       abi.Version // API level
	MacOS        abi.Version
	GCC          abi.Version // release that the runtimes are from, not the compiler's
	Kernel       abi.Version
	Page         uint64 // of every machine that does not say otherwise
	Libraries    []string
	Forbidden    map[string][]string
	On           map[string]machine // by GOARCH
}

// machine is what a release promises on one architecture alone.
type machine struct {
	Symbols []string // measured: the newest of each namespace, and every marker
	Empty   []string // namespaces of which there is no version
	Varies  []string // markers that some builds of the release have
	ISA     string
	Page    uint64
}

func (r *record) libc() abi.Libc {
	switch {
	case r.Glibc != "":
		return abi.Glibc
	case r.Musl != "":
		return abi.Musl
	case r.Bionic != "":
		return abi.Bionic
	}
	return ""
}

func (r *record) os() string {
	switch {
	case r.MacOS != "":
		return "darwin"
	case r.Bionic != "":
		return "android"
	}
	return "linux"
}

// knowledge is all tables, decoded.
type knowledge struct {
	records  []*record          // in the order of All
	byName   map[string]*record // names and aliases
	machines map[string]machineFacts
	glibc    glibcFacts
	gcc      gccFacts
}

// machineFacts are what is true of an architecture in every release.
type machineFacts struct {
	Words  []string              // what others call it
	Loader map[abi.Libc][]string // sonames of the loader and, for musl, of libc
}

var known = sync.OnceValue(func() *knowledge {
	k := facts()
	for _, name := range tables() {
		k.add(read(name))
	}
	k.ports()
	slices.SortStableFunc(k.records, newestFirst)
	return k
})

// about is known, or as much of it as there is to say of a name: to decode all takes
// some times as long as to check a file.
func about(name string) *knowledge {
	k := facts()
	for _, of := range tables() {
		if piece := piece(read(of), name); piece != nil {
			k.add(piece)
		}
	}
	if k.byName[name] == nil {
		return known()
	}
	k.ports()
	return k
}

// piece cuts a table down to the record that has a name, or is nil. It goes by how
// the tables are written, to which a test holds them.
func piece(table []byte, name string) []byte {
	start, end := []byte("\n  {\n"), []byte("\n  }")
	before, after, ok := bytes.Cut(table, []byte(strconv.Quote(name)))
	first, from := bytes.Index(before, start), bytes.LastIndex(before, start)
	if to := bytes.Index(after, end); ok && from >= 0 && to >= 0 {
		return slices.Concat(table[:first], table[from:len(table)-len(after)+to], end, []byte("]}"))
	}
	return nil
}

// facts has no records.
func facts() *knowledge {
	k := &knowledge{byName: map[string]*record{}}
	decode(read("data/machines.json"), &struct{ Machines *map[string]machineFacts }{&k.machines})
	decode(read("data/glibc.json"), &k.glibc)
	decode(read("data/gcc.json"), &k.gcc)
	return k
}

func (k *knowledge) add(records []byte) {
	var t table
	decode(records, &t)
	for _, r := range t.Releases {
		r.Origin, r.Date = cmp.Or(r.Origin, t.Origin), cmp.Or(r.Date, t.Date)
		k.records = append(k.records, r)
		for _, n := range append([]string{r.Name}, r.Aliases...) {
			k.byName[n] = r
		}
	}
}

// ports adds the architectures that a release has besides those of its table.
func (k *knowledge) ports() {
	var ports struct{ Ports map[string]map[string]machine }
	decode(read("data/ports.json"), &ports)
	for name, on := range ports.Ports {
		if r := k.byName[name]; r != nil {
			maps.Copy(r.On, on)
		}
	}
}

// tables lists the files of records.
func tables() []string {
	all, err := fs.Glob(data, "data/*.json")
	if err != nil {
		panic(err) // the pattern is malformed
	}
	return slices.DeleteFunc(all, func(name string) bool {
		return name == "data/machines.json" || name == "data/ports.json" || name == "data/glibc.json" || name == "data/gcc.json"
	})
}

func read(name string) []byte {
	b, err := data.ReadFile(name)
	if err != nil {
		panic(err) // it is there
	}
	return b
}

// decode panics, since the tests have decoded the same bytes.
func decode(b []byte, into any) {
	if err := json.Unmarshal(b, into); err != nil {
		panic(fmt.Sprintf("%.80s: %v", b, err))
	}
}

func newestFirst(a, b *record) int {
	rank := []abi.Libc{abi.Glibc, abi.Musl, abi.Bionic, ""}
	return cmp.Or(
		cmp.Compare(slices.Index(rank, a.libc()), slices.Index(rank, b.libc())),
		cmp.Or(b.Glibc, b.Musl, b.Bionic, b.MacOS).Compare(cmp.Or(a.Glibc, a.Musl, a.Bionic, a.MacOS)),
		cmp.Compare(a.family(), b.family()),
	)
}
