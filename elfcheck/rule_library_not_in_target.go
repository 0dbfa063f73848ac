package elfcheck

import (
	"fmt"
	"slices"
	"strings"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/internal/wording"
)

var libraryNotInTarget = abi.Rule[*File]{
	Doc: abi.Doc{
		ID:       "library-not-in-target",
		Title:    "needs a library that the target does not promise",
		Severity: abi.Error,
		Why: `A policy such as manylinux lists the libraries that every system in it has. The
loader stops at any other that the file does not bring along: "cannot open shared
object file". Where the file looks beside itself ($ORIGIN) it may bring the
library: in a directory and in a package that is looked at; where there is no more
than the file, that is a warning.`,
		Fix:  `bring the library along (auditwheel repair does it for wheels), or link it in`,
		Refs: []string{"https://peps.python.org/pep-0600/"},
	},
	Check: checkLibraryNotInTarget,
	Skip:  without(func(t abi.Target) bool { return t.Libraries == nil }, "which libraries it has"),
}

func checkLibraryNotInTarget(f *File, t abi.Target) []abi.Finding {
	if t.Libraries == nil {
		return nil
	}
	origin := slices.ContainsFunc(slices.Concat(f.RPath, f.RunPath), func(dir string) bool {
		return strings.Contains(dir, "$ORIGIN") || strings.Contains(dir, "${ORIGIN}")
	})
	var findings []abi.Finding
	for _, name := range f.Needed {
		if slices.Contains(t.Libraries, name) || isLoader(name) || slices.Contains(f.Beside, name) {
			continue
		}
		finding := abi.Finding{
			Message:  fmt.Sprintf("needs %s, which %s does not promise", wording.Plain(name), wording.Called(t)),
			Evidence: []string{"DT_NEEDED " + wording.Plain(name)},
			Subject:  name,
		}
		if origin {
			finding.Severity = abi.Warning
			finding.Message += "; it must be brought along where the file looks for it"
			finding.Evidence = append(finding.Evidence, "library path "+wording.List(slices.Concat(f.RPath, f.RunPath)))
		}
		findings = append(findings, finding)
	}
	return findings
}

// isLoader reports whether a needed library is the loader itself, which runs
// already when it is asked for. Policies do not list it.
func isLoader(name string) bool {
	return strings.HasPrefix(name, "ld-linux") || strings.HasPrefix(name, "ld64.so.") || strings.HasPrefix(name, "ld-musl-")
}
