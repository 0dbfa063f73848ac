package ldso

import (
	"fmt"
	"path"
	"strings"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/internal/closure"
)

var libraryNotFound = abi.Rule[*Process]{
	Doc:   closure.LibraryNotFound,
	Check: checkLibraryNotFound,
}

// checkLibraryNotFound weighs what a shared object lacks that is opened on its
// own by how likely somebody else brings it: the programs that open it may have
// a library path, or the library itself.
func checkLibraryNotFound(p *Process, _ abi.Target) []abi.Finding {
	var findings []abi.Finding
	for _, f := range p.Failures {
		if f.Category != MissingLibrary {
			continue
		}
		finding := f.finding(p)
		finding.Fix = p.bring(f)
		if p.Plugin && len(f.Elsewhere) > 0 {
			finding.Severity = abi.Note
			finding.Message = fmt.Sprintf("%s is found only if the program that opens this brings it or looks in %s", f.Subject, path.Dir(f.Elsewhere[0]))
		}
		findings = append(findings, finding)
	}
	return findings
}

// bring says how the library comes to where this loader looks.
func (p *Process) bring(f Failure) string {
	const install, own = "install the package that has the library; or ", "; or give the object that asks a RUNPATH with $ORIGIN, and bring the library along"
	if len(f.Elsewhere) > 0 && strings.HasPrefix(f.Elsewhere[0], "/") {
		dir := path.Dir(f.Elsewhere[0])
		if p.Libc == abi.Musl {
			return fmt.Sprintf("give the object that asks the RUNPATH %s, if the library there is the one that is meant; or add that to /etc/ld-musl-*.path", dir)
		}
		return fmt.Sprintf("give the object that asks the RUNPATH %s, if the library there is the one that is meant; or add that to /etc/ld.so.conf.d and run ldconfig", dir)
	}
	if p.Libc == abi.Musl {
		return install + "put it in a directory of /etc/ld-musl-*.path, or /usr/lib without one" + own
	}
	return install + "put it where the loader looks and run ldconfig" + own
}
