package dyld

import (
	"fmt"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/machocheck"
)

var libraryValidation = abi.Rule[*Process]{
	Doc: abi.Doc{
		ID:       "library-validation",
		Title:    "a library of another team in a program that validates libraries",
		Severity: abi.Error,
		Why: `A program with the hardened runtime, which notarization asks for, loads libraries of its
own team and of Apple alone: "code signature ... not valid for use in process: mapping
process and mapped file (non-platform) have different Team IDs". A library that is signed
ad hoc, or not at all, has no team. It is what happens when a release is signed and one
library is not, when a library of a package manager is left as it was, and when users
install plugins.`,
		Fix: `Sign all libraries of a release with the same identity, the innermost first. A program
that is to load plugins of others needs the entitlement
com.apple.security.cs.disable-library-validation.`,
		Refs: []string{"https://developer.apple.com/documentation/bundleresources/entitlements/com.apple.security.cs.disable-library-validation"},
	},
	Check: byCategory(Validation),
}

// foreign refuses a library that is not of the program's team.
func (s *state) foreign(m *machocheck.File, name string) *refusal {
	if s.main == nil || m.Platform.OS != "darwin" {
		return nil
	}
	program := &s.main.File.Signature
	if program.Problem != "" || !program.ValidatesLibraries() {
		return nil
	}
	var text, why string
	switch own := &m.Signature; {
	case !own.Present:
		text, why = "mapping process and mapped file (non-platform) have different Team IDs", "the library is not signed"
	case own.Problem != "" || platformBinary(own):
		return nil
	case own.Team == "":
		text, why = "mapping process and mapped file (non-platform) have different Team IDs", "the library is signed ad hoc, which gives no team"
	case own.Team != program.Team:
		text = "mapping process and mapped file (non-platform) have different Team IDs"
		why = fmt.Sprintf("the library is of team %s", own.Team)
	default:
		return nil
	}
	return &refusal{
		category: Validation, text: fmt.Sprintf("code signature in <%s> '%s' not valid for use in process: %s", uuidOf(m), name, text),
		why: fmt.Sprintf("%s; the program, of team %q, validates libraries (hardened runtime)", why, program.Team),
	}
}

// platformBinary reports whether a signature may be Apple's own: made with a
// certificate, and of no team.
func platformBinary(s *machocheck.Signature) bool { return s.CMS && s.Team == "" }
