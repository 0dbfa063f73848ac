package dyld

import (
	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/machocheck"
)

var platformMismatch = abi.Rule[*Process]{
	Doc:   machocheck.PlatformMismatchDoc,
	Check: checkPlatformMismatch,
}

// checkPlatformMismatch is of the file that is asked about where no target is
// named: the rule over files does not judge it then, but it is started here, and
// on a Mac.
func checkPlatformMismatch(p *Process, t abi.Target) []abi.Finding {
	var findings []abi.Finding
	for _, f := range p.Failures {
		if f.Category == WrongPlatform && (f.Rule == "" || t.Platform.OS == "" || !p.isAsked(f.Object)) {
			findings = append(findings, f.finding(p))
		}
	}
	return findings
}
