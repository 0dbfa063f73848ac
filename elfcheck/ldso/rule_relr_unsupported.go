package ldso

import (
	"fmt"

	"github.com/abivet/abivet/abi"
)

var relrUnsupported = abi.Rule[*Process]{
	Doc: abi.Doc{
		ID:       "relr-unsupported",
		Title:    "packed relative relocations that the loader does not know",
		Severity: abi.Error,
		Why: `DT_RELR packs the relocations that every shared object has. glibc knows it from 2.36
on, musl from 1.2.4. An older loader passes over it in silence and leaves the
pointers as they are; a file that also needs GLIBC_ABI_DT_RELR is at least refused.
A newer glibc refuses one that does not.`,
		Fix:  `link with -Wl,-z,nopack-relative-relocs`,
		Refs: []string{"https://maskray.me/blog/2021-10-31-relative-relocations-and-relr"},
	},
	Check: checkRelrUnsupported,
}

// knowsRELR is the first release of a C library whose loader does.
var knowsRELR = map[abi.Libc]abi.Version{abi.Glibc: "2.36", abi.Musl: "1.2.4"}

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
