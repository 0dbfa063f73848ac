package elfcheck

import (
	"debug/elf"
	"fmt"
	"slices"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/internal/wording"
)

var forbiddenSymbol = abi.Rule[*File]{
	Doc: abi.Doc{
		ID:       "forbidden-symbol",
		Title:    "uses a symbol that the policy forbids although it allows the library",
		Severity: abi.Warning,
		Why: `A policy such as manylinux allows a library and not all of it: the insides of zlib,
which distributions build in or out, and what one distribution has added to an old
glibc without a version of its own. On another system of the policy the symbol is
not there: "symbol lookup error", or a crash at the first call.`,
		Fix:  `do without the symbol, or link the library in`,
		Refs: []string{"https://github.com/pypa/auditwheel/blob/main/src/auditwheel/policy/manylinux-policy.json"},
	},
	Check: checkForbiddenSymbol, // a target that forbids nothing has been judged by that
}

// checkForbiddenSymbol goes by names where an import has no version, and so no
// library, of its own, as zlib's mostly have not. A weak import is null where the
// symbol is not there, and is meant to be.
func checkForbiddenSymbol(f *File, t abi.Target) []abi.Finding {
	var findings []abi.Finding
	for _, library := range f.Needed {
		forbidden := t.Forbidden[library]
		if len(forbidden) == 0 {
			continue
		}
		for i := range f.Imports {
			s := &f.Imports[i]
			if s.Bind == elf.STB_WEAK || s.Library != "" && s.Library != library || !slices.Contains(forbidden, s.Name) {
				continue
			}
			findings = append(findings, abi.Finding{
				Message:  fmt.Sprintf("uses %s of %s, which %s forbids", wording.Plain(s.Name), wording.Plain(library), wording.Called(t)),
				Evidence: []string{"undefined symbol " + wording.Plain(s.Name)},
				Subject:  library + " " + s.Name,
			})
		}
	}
	return findings
}
