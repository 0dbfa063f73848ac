package ldso

import (
	"fmt"
	"strings"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/internal/closure"
)

// Within returns a rule that every library of a process comes from one of some
// directories of the user space.
func Within(prefixes ...string) abi.Rule[*Process] {
	return abi.Rule[*Process]{
		Doc:   closure.Outside,
		Check: func(p *Process, _ abi.Target) []abi.Finding { return p.escapes(prefixes) },
	}
}

func (p *Process) escapes(prefixes []string) []abi.Finding {
	var findings []abi.Finding
	for i, o := range p.Objects {
		if closure.Inside(prefixes, shown(o.Real)) || i == 0 {
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
