package elfcheck

import (
	"fmt"

	"github.com/abivet/abivet/abi"
)

var glibcPrivate = abi.Rule[*File]{
	Doc: abi.Doc{
		ID:       "glibc-private",
		Title:    "uses glibc's private symbols",
		Severity: abi.Warning,
		Why: `Symbols of the version GLIBC_PRIVATE are for glibc's own libraries. The version is
in every glibc, so nothing warns; the symbols behind it come and go between
releases, and the file fails with "symbol lookup error" on another one.`,
		Fix:  `use the public function; or link the library that does so from the target's own packages`,
		Refs: []string{"https://sourceware.org/glibc/wiki/FAQ"},
	},
	Check: checkGlibcPrivate,
}

func checkGlibcPrivate(f *File, _ abi.Target) []abi.Finding {
	if f.partOfGlibc() {
		return nil
	}
	var findings []abi.Finding
	for i := range f.VersionNeeds {
		need := &f.VersionNeeds[i]
		if need.Version != "GLIBC_PRIVATE" || len(need.Symbols) == 0 {
			continue
		}
		findings = append(findings, abi.Finding{
			Message:  fmt.Sprintf("uses private symbols of %s: %s", plain(need.File), list(need.Symbols)),
			Evidence: need.evidence(),
			Subject:  need.File,
		})
	}
	return findings
}

// partOfGlibc reports whether a file comes with glibc itself.
func (f *File) partOfGlibc() bool {
	for _, def := range f.VersionDefs {
		if def.Name == "GLIBC_PRIVATE" {
			return true
		}
	}
	return false
}
