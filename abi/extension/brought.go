package extension

import (
	"slices"
	"strings"
	"sync"
)

// A Brought is a library that an extension has in it and exports.
type Brought struct {
	Library string // zlib
	// Calls are functions of it, a few of many, that the extension defines and
	// asks the loader for all the same.
	Calls []string
}

// A bundle is how a library is known in a file that has it in it.
type bundle struct {
	marks     []string // functions; all are there
	beginning []string // of its names
	hosts     []string // which export it themselves
}

var (
	// bundles are the libraries.
	bundles = sync.OnceValue(func() map[string]bundle {
		all := map[string]bundle{}
		for library, known := range decoded(broughtData) {
			marks, rest, _ := strings.Cut(known, "|") // the tests have counted the parts
			beginning, hosts, _ := strings.Cut(rest, "|")
			all[library] = bundle{strings.Fields(marks), strings.Fields(beginning), strings.Fields(hosts)}
		}
		return all
	})
	// markOf has the marks of all of them.
	markOf = sync.OnceValue(func() map[string]string {
		all := map[string]string{}
		for library, b := range bundles() {
			for _, mark := range b.marks {
				all[mark] = library
			}
		}
		return all
	})
)

// brought tells which libraries the file has in it, exports, and calls through
// the loader: whoever was loaded before and has the same names is called instead.
func (img Image) brought() ([]Brought, error) {
	if img.Preempted == nil {
		return nil, nil
	}
	marks := map[string]int{}
	for _, name := range img.Defined {
		if library := markOf()[name]; library != "" {
			marks[library]++
		}
	}
	var found []Brought
	for library, n := range marks {
		if b := bundles()[library]; n >= len(b.marks) {
			found = append(found, Brought{Library: library})
		}
	}
	if len(found) == 0 {
		return nil, nil
	}
	slices.SortFunc(found, func(a, b Brought) int { return strings.Compare(a.Library, b.Library) })
	err := img.Preempted(func(name string) {
		for i := range found {
			if b := &found[i]; begins(name, bundles()[b.Library].beginning...) {
				b.Calls = append(b.Calls, name)
			}
		}
	})
	for i := range found {
		found[i].Calls = few(found[i].Calls)
	}
	if found = slices.DeleteFunc(found, func(b Brought) bool { return len(b.Calls) == 0 }); len(found) == 0 {
		return nil, err
	}
	return found, err
}
