package ldso

import (
	"fmt"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/elfcheck"
)

var goCSharedMusl = abi.Rule[*Process]{
	Doc:   elfcheck.GoCSharedMuslDoc,
	Check: checkGoCSharedMusl,
}

func checkGoCSharedMusl(p *Process, _ abi.Target) []abi.Finding {
	if p.Libc != abi.Musl {
		return nil
	}
	var findings []abi.Finding
	for _, o := range p.Objects {
		if o.File.Go == nil || o.File.Kind != elfcheck.Shared {
			continue
		}
		findings = append(findings, abi.Finding{
			Message:  fmt.Sprintf("%s is a Go shared library; the process has %s", shown(o.Path), p.libcName()),
			Evidence: []string{"Go build information: " + o.File.Go.Version, fmt.Sprintf("%d relocations for initial-exec TLS", o.File.Relocations.OwnTLS)},
			Subject:  shown(o.Path),
		})
	}
	return findings
}
