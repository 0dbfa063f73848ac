package ldso

import (
	"fmt"
	"path"

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
		if p.Plugin && len(f.Elsewhere) > 0 {
			finding.Severity = abi.Note
			finding.Message = fmt.Sprintf("%s is found only if the program that opens this brings it or looks in %s", f.Subject, path.Dir(f.Elsewhere[0]))
		}
		findings = append(findings, finding)
	}
	return findings
}
