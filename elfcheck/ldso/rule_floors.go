package ldso

import (
	"fmt"
	"strings"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/elfcheck"
)

// The floors of what a file brings along: libraries that it finds by library
// paths of its own count as part of it, those of the user space do not.
var (
	glibcFloor     = overBrought("glibc-floor")
	glibcMarker    = overBrought("glibc-marker")
	libstdcxxFloor = overBrought("libstdcxx-floor")
	runtimeFloor   = overBrought("runtime-floor")
)

// overBrought is a rule over a file as a rule over the libraries that it brings
// along.
func overBrought(id string) abi.Rule[*Process] {
	for _, rule := range elfcheck.Rules() {
		if rule.ID == id {
			return abi.Rule[*Process]{
				Doc:   rule.Doc,
				Check: func(p *Process, t abi.Target) []abi.Finding { return checkBrought(p, t, rule) },
			}
		}
	}
	panic("no rule over a file has the ID " + id) // a test would not get past this
}

func checkBrought(p *Process, t abi.Target, rule abi.Rule[*elfcheck.File]) []abi.Finding {
	var findings []abi.Finding
	for _, o := range p.Objects {
		if !p.brings(o) {
			continue
		}
		for _, f := range rule.Check(o.File, t) {
			f.Message = fmt.Sprintf("%s, which it brings along, %s", shown(o.Path), f.Message)
			f.Evidence = append(f.Evidence, p.route(shown(o.Path)))
			f.Subject = shown(o.Path) + " " + f.Subject
			findings = append(findings, f)
		}
	}
	return findings
}

// brings reports whether an object was found by a library path of the file or
// of what it brings, not where the user space has its own.
func (p *Process) brings(o *Object) bool {
	by := p.takenBy(o)
	return o != p.root() && (strings.HasPrefix(by, "RPATH") || strings.HasPrefix(by, "RUNPATH") || by == "path")
}
