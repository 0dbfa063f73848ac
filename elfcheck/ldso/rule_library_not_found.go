package ldso

import (
	"fmt"
	"path"

	"github.com/abivet/abivet/abi"
)

var libraryNotFound = abi.Rule[*Process]{
	Doc: abi.Doc{
		ID:       "library-not-found",
		Title:    "a library that is needed is not where the loader looks",
		Severity: abi.Error,
		Why: `The loader looks in the library paths of the object that asks and of those that
brought it (RPATH; a RUNPATH counts for its own object alone), then in
/etc/ld.so.cache and its own directories. A library that stands elsewhere might as
well not be there: "cannot open shared object file". Every place that was looked at
is in the evidence, in order.`,
		Fix: `install the package that has the library; or put it where the loader looks and run
ldconfig; or give the object that asks a RUNPATH with $ORIGIN`,
		Refs: []string{manual, glibcLoadSource, muslLoadSource},
	},
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
