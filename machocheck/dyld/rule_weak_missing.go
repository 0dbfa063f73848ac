package dyld

import (
	"fmt"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/machocheck"
)

var weakMissing = abi.Rule[*Process]{
	Doc: abi.Doc{
		ID:       "weak-missing",
		Title:    "a library that may be missing is missing",
		Severity: abi.Note,
		Why: `A library that is linked weakly (LC_LOAD_WEAK_DYLIB) may be missing: dyld goes on, and
the symbols from it are 0. Code that does not look before it calls one of them jumps to
address 0. Linkers make all symbols of such a library weak; where one is not, dyld does
stop, which is symbol-not-found.`,
		Fix:  `If the library belongs to what is shipped, bring it; the places that dyld tried are listed.`,
		Refs: []string{justInTimeSource, "https://github.com/apple-oss-distributions/dyld/blob/main/dyld/Loader.cpp"},
	},
	Check: checkWeakMissing,
}

func checkWeakMissing(p *Process, _ abi.Target) []abi.Finding {
	var findings []abi.Finding
	for _, o := range p.Objects {
		for _, need := range o.Needs {
			if need.Link != machocheck.Weak || !need.Missing() {
				continue
			}
			finding := abi.Finding{
				Message: fmt.Sprintf("%s needs %s weakly, and it is not there; its symbols are 0", shown(o.Path), need.Name),
				Subject: need.Name,
			}
			for _, place := range need.Looked {
				finding.Evidence = append(finding.Evidence, fmt.Sprintf("%s (%s): %s", shown(place.Path), place.By, place.result()))
			}
			findings = append(findings, finding)
		}
	}
	return findings
}
