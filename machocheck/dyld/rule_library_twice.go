package dyld

import (
	"fmt"
	"slices"
	"strings"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/internal/closure"
	"github.com/abivet/abivet/machocheck"
)

var libraryTwice = abi.Rule[*Process]{
	Doc:   closure.LibraryTwice,
	Check: checkLibraryTwice,
}

// single are the libraries of which a process can bear one, by what their file
// names begin with; those of a line are one library. It is shorter than for
// Linux: two releases of OpenSSL do not meet where each asks for its own.
var single = [][]string{
	{"libomp.", "libiomp5.", "libgomp."}, {"libpython2", "libpython3"}, {"libruby.", "libruby-"}, {"libperl."},
	{"libglib-2.0."}, {"libgobject-2.0."}, {"libprotobuf."}, {"QtCore", "libQt5Core.", "libQt6Core."}, {"libluajit"},
}

func checkLibraryTwice(p *Process, _ abi.Target) []abi.Finding {
	var findings []abi.Finding
	for _, names := range single {
		found := p.which(func(o *Object) bool {
			return slices.ContainsFunc(names, func(name string) bool { return strings.HasPrefix(leaf(o.Path), name) })
		})
		if len(found) > 1 {
			findings = append(findings, twice("the library "+strings.Trim(names[0], ".-"), found))
		}
	}
	if found := p.which(func(o *Object) bool { return isGo(o.File) }); len(found) > 1 {
		findings = append(findings, twice("a Go runtime", found))
	}
	return append(findings, p.classesTwice()...)
}

func (p *Process) which(is func(*Object) bool) []*Object {
	var found []*Object
	for _, o := range p.Objects {
		if is(o) {
			found = append(found, o)
		}
	}
	return found
}

func twice(what string, found []*Object) abi.Finding {
	f := abi.Finding{
		Message: fmt.Sprintf("brings %s twice: %s and %s", what, shown(found[0].Path), shown(found[1].Path)),
		Subject: what,
	}
	for _, o := range found {
		f.Evidence = append(f.Evidence, o.route())
	}
	return f
}

const classPrefix = "_OBJC_CLASS_$_"

// classesTwice finds classes of Objective-C that two files define: one finding
// for each pair of files.
func (p *Process) classesTwice() []abi.Finding {
	type pair struct{ first, second *Object }
	first := map[string]*Object{}
	classes := map[pair][]string{}
	var pairs []pair
	for _, o := range p.Objects {
		from, _ := slices.BinarySearch(o.File.Exports, classPrefix)
		for _, name := range o.File.Exports[from:] {
			class, ok := strings.CutPrefix(name, classPrefix)
			if !ok {
				break
			}
			other := first[class]
			switch {
			case other == nil:
				first[class] = o
			case other != o:
				key := pair{other, o}
				if classes[key] == nil {
					pairs = append(pairs, key)
				}
				classes[key] = append(classes[key], class)
			}
		}
	}
	var findings []abi.Finding
	for _, key := range pairs {
		names := classes[key]
		findings = append(findings, abi.Finding{
			Message: fmt.Sprintf("class %s of Objective-C is implemented in both %s and %s (%d such classes)",
				names[0], shown(key.first.Path), shown(key.second.Path), len(names)),
			Evidence: []string{key.first.route(), key.second.route()},
			Subject:  names[0],
		})
	}
	return findings
}

// isGo reports whether a file has a Go runtime in it.
func isGo(f *machocheck.File) bool {
	if f.Go != nil {
		return true
	}
	_, lines := f.Section("__gopclntab")
	return lines
}
