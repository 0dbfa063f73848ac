package ldso

import (
	"fmt"
	"slices"
	"strings"

	"github.com/abivet/abivet/abi"
)

// WithinDoc is the documentation of the rules that [Within] makes.
var WithinDoc = abi.Doc{
	ID:       "library-outside-prefix",
	Title:    "a library comes from outside the prefix that was to have all of them",
	Severity: abi.Error,
	Why: `A runtime, bundle or relocatable install that is to be self-contained works on
another system only as far as every library of the closure comes from within it.
What escapes to the host is there by chance, in the host's release.`,
	Fix:  `bring the library along and give the object that asks a RUNPATH with $ORIGIN; or allow its directory with another --within`,
	Refs: []string{manual},
}

// Within returns a rule that every library of a process comes from one of some
// directories of the user space.
func Within(prefixes ...string) abi.Rule[*Process] {
	return abi.Rule[*Process]{
		Doc:   WithinDoc,
		Check: func(p *Process, _ abi.Target) []abi.Finding { return p.escapes(prefixes) },
	}
}

func (p *Process) escapes(prefixes []string) []abi.Finding {
	var findings []abi.Finding
	for i, o := range p.Objects {
		inside := slices.ContainsFunc(prefixes, func(prefix string) bool {
			prefix = strings.TrimRight(prefix, "/")
			return shown(o.Real) == prefix || strings.HasPrefix(shown(o.Real), prefix+"/")
		})
		if inside || i == 0 {
			continue
		}
		by := p.takenBy(o)
		findings = append(findings, abi.Finding{
			Message:  fmt.Sprintf("%s comes from outside %s, by %s", shown(o.Path), strings.Join(prefixes, " and "), by),
			Evidence: []string{p.route(shown(o.Path)), "file " + shown(o.Real)},
			Subject:  shown(o.Path),
		})
	}
	return findings
}

// takenBy tells what made the loader take an object from where it is.
func (p *Process) takenBy(o *Object) string {
	for _, asker := range p.Objects {
		for _, need := range asker.Needs {
			if need.Object == o && len(need.Looked) > 0 {
				return need.Looked[len(need.Looked)-1].By
			}
		}
	}
	return "the interpreter that the program names"
}
