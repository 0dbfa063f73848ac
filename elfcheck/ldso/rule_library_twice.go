package ldso

import (
	"fmt"
	"strings"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/internal/closure"
)

var libraryTwice = abi.Rule[*Process]{
	Doc:   closure.LibraryTwice,
	Check: checkLibraryTwice,
}

// single are the libraries of which a process can bear one, by what their
// sonames begin with; those of a line are one library.
var single = [][]string{
	{"libstdc++.so"}, {"libgcc_s.so"}, {"libgfortran.so"}, {"libgomp.so", "libomp.so", "libiomp5.so"},
	{"libcrypto.so"}, {"libssl.so"}, {"libpython2", "libpython3"}, {"libruby", "libruby-"}, {"libperl.so"},
	{"libglib-2.0.so"}, {"libgobject-2.0.so"}, {"libprotobuf.so"}, {"libQt5Core.so", "libQt6Core.so"},
	{"libtcmalloc.so", "libjemalloc.so", "libmimalloc.so"}, {"libicuuc.so"}, {"libboost_system.so"}, {"libc++.so"},
}

func checkLibraryTwice(p *Process, _ abi.Target) []abi.Finding {
	var findings []abi.Finding
	for _, names := range single {
		var found []*Object
		for _, o := range p.Objects {
			if begins(o.File.SOName, names) {
				found = append(found, o)
			}
		}
		if len(found) > 1 {
			findings = append(findings, twice(p, "the library "+strings.TrimSuffix(names[0], ".so"), found))
		}
	}
	var goRuntimes []*Object
	for _, o := range p.Objects {
		if o.File.Go != nil {
			goRuntimes = append(goRuntimes, o)
		}
	}
	if len(goRuntimes) > 1 {
		findings = append(findings, twice(p, "a Go runtime", goRuntimes))
	}
	return findings
}

func begins(soname string, names []string) bool {
	for _, name := range names {
		if strings.HasPrefix(soname, name) && soname != "libpython3.so" { // a shell around the real one
			return true
		}
	}
	return false
}

func twice(p *Process, what string, found []*Object) abi.Finding {
	f := abi.Finding{
		Message: fmt.Sprintf("brings %s twice: %s and %s", what, shown(found[0].Path), shown(found[1].Path)),
		Subject: what,
	}
	for _, o := range found {
		f.Evidence = append(f.Evidence, p.route(shown(o.Path)))
	}
	return f
}
