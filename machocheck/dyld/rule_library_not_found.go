package dyld

import (
	"strings"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/internal/closure"
)

var libraryNotFound = abi.Rule[*Process]{
	Doc:   closure.LibraryNotFound,
	Check: checkLibraryNotFound,
	Skip:  func(p *Process, _ abi.Target) string { return p.Unknown },
}

// checkLibraryNotFound is of libraries with a path of their own; those whose
// path begins with a variable are rpath-unresolved.
func checkLibraryNotFound(p *Process, _ abi.Target) []abi.Finding {
	var findings []abi.Finding
	for _, f := range p.Failures {
		if f.Category == MissingLibrary && !strings.HasPrefix(f.Subject, "@") {
			finding := f.finding(p)
			finding.Fix = "bring the library along, and change the path to one with @loader_path or @rpath (install_name_tool -change OLD NEW FILE), then sign again"
			findings = append(findings, finding)
		}
	}
	return findings
}
