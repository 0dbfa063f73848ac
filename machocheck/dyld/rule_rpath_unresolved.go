package dyld

import (
	"fmt"
	"strings"

	"github.com/abivet/abivet/abi"
)

var rpathUnresolved = abi.Rule[*Process]{
	Doc: abi.Doc{
		ID:       "rpath-unresolved",
		Title:    "a path with @rpath, @loader_path or @executable_path leads to no library",
		Severity: abi.Error,
		Why: `@loader_path stands for the directory of the file that asks (links in its path are
followed first), @executable_path for that of the program, and @rpath for each LC_RPATH
in turn: those of the file that asks, then of the file that loaded it, and so on up to
the program. Where none of the places has the library, the program does not start:
"Library not loaded ... Reason: tried: ...". It is what is left when a library is
forgotten in a bundle or moved, or when its own dependencies are.

A library, bundle or extension may be loaded by a program that has an LC_RPATH for it or
brings the library itself: without that program named, it is a note.`,
		Fix: `Put the library where one of the places is that are listed, or make the path lead to it:
install_name_tool -add_rpath @loader_path/../lib FILE, or -change OLD NEW FILE; then sign
again. For an extension, name the program that loads it (--host).`,
		Refs: []string{loaderSource},
	},
	Check: checkRPathUnresolved,
}

func checkRPathUnresolved(p *Process, _ abi.Target) []abi.Finding {
	var findings []abi.Finding
	for _, f := range p.Failures {
		if f.Category != MissingLibrary || !strings.HasPrefix(f.Subject, "@") {
			continue
		}
		finding := f.finding(p)
		if f.Host {
			finding.Severity = abi.Note
			finding.Message = fmt.Sprintf("%s needs %s, which is found only if the program that opens it brings it or has an LC_RPATH for it", f.Object, f.Subject)
		}
		findings = append(findings, finding)
	}
	return findings
}
