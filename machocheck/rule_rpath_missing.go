package machocheck

import (
	"fmt"
	"strings"

	"github.com/abivet/abivet/abi"
)

var rpathMissing = abi.Rule[*File]{
	Doc: abi.Doc{
		ID:       "rpath-missing",
		Title:    "a library is needed by @rpath and there is no LC_RPATH",
		Severity: abi.Error,
		Why: `@rpath stands for each LC_RPATH in turn: those of the file itself and of the images that
led to its being loaded. A program is loaded by nobody, so one without an LC_RPATH does
not find the library: "Library not loaded ... no LC_RPATH's found". A library, bundle or
extension may count on the paths of its program, so there it is a note.`,
		Fix: `Link with -Wl,-rpath,@loader_path/... (Go: it is allowed in #cgo LDFLAGS), or add it to
the file: install_name_tool -add_rpath @loader_path/../lib FILE, and sign again.`,
		Refs: []string{"https://github.com/apple-oss-distributions/dyld/blob/main/dyld/Loader.cpp"},
	},
	Check: checkRPathMissing,
}

func checkRPathMissing(f *File, _ abi.Target) []abi.Finding {
	if !f.Loaded() || len(f.RPaths) > 0 {
		return nil
	}
	var findings []abi.Finding
	for _, lib := range f.Dylibs {
		if !strings.HasPrefix(lib.Name, "@rpath/") {
			continue
		}
		finding := abi.Finding{
			Message:  fmt.Sprintf("needs %q, but the program has no LC_RPATH to put in place of @rpath", lib.Name),
			Evidence: []string{lib.evidence(), "no load command LC_RPATH"},
			Subject:  lib.Name,
		}
		switch {
		case f.Kind != Executable:
			finding.Severity = abi.Note
			finding.Message = fmt.Sprintf("needs %q and has no LC_RPATH; the program that loads this %s must have one that leads there", lib.Name, f.Kind)
		case lib.Link == Weak:
			finding.Severity = abi.Note
			finding.Message = fmt.Sprintf("needs %q weakly and has no LC_RPATH: it is never found, and the program goes on without it", lib.Name)
		}
		findings = append(findings, finding)
	}
	return findings
}
