package ldso

import (
	"fmt"
	"strings"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/elfcheck"
)

var libcMismatch = abi.Rule[*Process]{
	Doc:   elfcheck.LibcMismatchDoc,
	Check: checkLibcMismatch,
}

func checkLibcMismatch(p *Process, _ abi.Target) []abi.Finding {
	var findings []abi.Finding
	for _, o := range p.Objects {
		if o.File.Libc == "" || o.File.Libc == p.Libc || p.Libc == "" {
			continue
		}
		findings = append(findings, abi.Finding{
			Message:  fmt.Sprintf("%s is built for %s; the process has %s", shown(o.Path), o.File.Libc, p.libcName()),
			Evidence: append([]string{"loader " + p.Loader, strings.Join(o.File.LibcEvidence, ", ")}, "brought in by "+p.route(shown(o.Path))),
			Subject:  shown(o.Path),
		})
	}
	return findings
}
