package ldso

import (
	"fmt"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/elfcheck"
)

var goCSharedMusl = abi.Rule[*Process]{
	Doc: abi.Doc{
		ID:       "go-cshared-musl",
		Title:    "a Go shared library in a process with musl",
		Severity: abi.Error,
		Why: `Go's c-shared libraries use initial-exec thread-local storage, which musl's dlopen
refuses ("initial-exec TLS resolves to dynamic definition"), and read argc and argv
from where glibc passes them to constructors and musl does not: linked into a
program they crash at its start.`,
		Fix:  `run the Go code as a process of its own; or use a user space with glibc`,
		Refs: []string{"https://github.com/golang/go/issues/13492", "https://github.com/golang/go/issues/54805"},
	},
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
