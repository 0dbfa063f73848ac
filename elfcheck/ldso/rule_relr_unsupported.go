package ldso

import (
	"fmt"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/elfcheck"
)

var relrUnsupported = abi.Rule[*Process]{
	Doc:   elfcheck.RelrUnsupportedDoc,
	Check: checkRelrUnsupported,
}

// knowsRELR is the first release of a C library whose loader may. musl does from
// 1.2.4 on, and Alpine has patched its 1.2.3.
var knowsRELR = map[abi.Libc]abi.Version{abi.Glibc: "2.36", abi.Musl: "1.2.3"}

func checkRelrUnsupported(p *Process, _ abi.Target) []abi.Finding {
	findings := failures(p, RelrMarker)
	first := knowsRELR[p.Libc]
	if first == "" || p.Version == "" || !p.Version.Less(first) {
		return findings
	}
	for _, o := range p.Objects {
		if !o.File.RELR {
			continue
		}
		findings = append(findings, abi.Finding{
			Message:  fmt.Sprintf("%s has packed relative relocations; the process has %s, which knows them from %s on", shown(o.Path), p.libcName(), first),
			Evidence: []string{"DT_RELR in the dynamic table of " + shown(o.Path)},
			Subject:  shown(o.Path),
		})
	}
	return findings
}
