package elfcheck

import (
	"fmt"
	"strings"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/internal/wording"
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
			Message:  fmt.Sprintf("uses private symbols of %s: %s", wording.Plain(need.File), wording.List(need.Symbols)),
			Evidence: need.evidence(),
			Subject:  need.File,
		})
	}
	return findings
}

// glibcParts are private symbols that nothing but glibc's own programs and
// conversion modules uses. Origin: iconv, getent, pldd, gencat, libSegFault and
// gconv of Debian 11 to 13, in which nothing else used a private symbol.
var glibcParts = []string{"__pointer_chk_guard", "__gconv_", "__libc_dynarray_", "__libc_scratch_buffer_", "__open_catalog", "_itoa_lower_digits"}

// partOfGlibc reports whether a file comes with glibc itself.
func (f *File) partOfGlibc() bool {
	if f.SOName == "libmemusage.so" { // uses what is public elsewhere, on the newer 64-bit architectures
		return true
	}
	for _, def := range f.VersionDefs {
		if strings.HasPrefix(def.Name, "GLIBC_") && !isLibgcc(f.SOName) {
			return true
		}
	}
	for _, s := range f.Imports {
		if s.Version != "GLIBC_PRIVATE" {
			continue
		}
		for _, part := range glibcParts {
			if strings.HasPrefix(s.Name, part) {
				return true
			}
		}
	}
	return false
}
