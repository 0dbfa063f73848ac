package ldso

import (
	"fmt"
	"strings"

	"github.com/abivet/abivet/abi"
)

var libcMismatch = abi.Rule[*Process]{
	Doc: abi.Doc{
		ID:       "libc-mismatch",
		Title:    "two C libraries in one process",
		Severity: abi.Error,
		Why: `glibc, musl and bionic differ in the layouts behind the same names. musl's loader
takes libraries that were built for glibc, answers for libc.so.6 itself, and what
comes of it fails on a symbol or works by accident.`,
		Fix:  `use builds of every library for the one C library of the user space`,
		Refs: []string{"https://wiki.musl-libc.org/functional-differences-from-glibc.html"},
	},
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
