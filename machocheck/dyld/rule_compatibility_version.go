package dyld

import (
	"fmt"

	"github.com/abivet/abivet/abi"
)

var compatibilityVersion = abi.Rule[*Process]{
	Doc: abi.Doc{
		ID:       "compatibility-version",
		Title:    "a library is of an older compatibility version than what needs it",
		Severity: abi.Error,
		Why: `A dylib has a compatibility version, and what is linked against it records the one that
it had. Up to macOS 11 dyld refuses a library that has a lower one ("Incompatible library
version: app requires version 5.0.0 or later, but libz.1.dylib provides version 1.0.0"),
unless it was built for 10.14 or later. macOS 12 and later do not look at it, so there it
is a note: the symbols decide.`,
		Fix:  `Bring the release of the library that the program was linked against, or link again.`,
		Refs: []string{"https://github.com/apple-oss-distributions/dyld/blob/dyld-852/src/ImageLoader.cpp"},
	},
	Check: checkCompatibilityVersion,
}

func checkCompatibilityVersion(p *Process, _ abi.Target) []abi.Finding {
	findings := failures(p, WrongVersion)
	if len(findings) > 0 {
		return findings
	}
	for _, o := range p.Objects {
		for _, need := range o.Needs {
			if need.SameVersion() {
				continue
			}
			findings = append(findings, abi.Finding{
				Severity: abi.Note,
				Message: fmt.Sprintf("%s asks for compatibility version %s of %s, which has %s; macOS %s does not look at that",
					shown(o.Path), need.Compatibility, need.Name, need.Object.File.ID.Compatibility, p.Release),
				Evidence: []string{"taken: " + shown(need.Object.Path)},
				Subject:  need.Name,
			})
		}
	}
	return findings
}
