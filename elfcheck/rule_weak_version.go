package elfcheck

import (
	"fmt"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/internal/wording"
)

var weakVersion = abi.Rule[*File]{
	Doc: abi.Doc{
		ID:       "weak-version",
		Title:    "asks for a version that it can do without",
		Severity: abi.Note,
		Why: `A version need with VER_FLG_WEAK does not stop the loader, and the symbols behind
it are all weak: where the target lacks the version they are null, and the program
has to look before it calls. It is the flag that counts: without it the loader
refuses the file even if every symbol of the version is weak.`,
		Fix:  `nothing, if the program tests the symbols before use; else link without them`,
		Refs: []string{"https://sourceware.org/git/?p=glibc.git;a=blob;f=elf/dl-version.c"},
	},
	Check: checkWeakVersion,
	Skip:  without(func(t abi.Target) bool { return len(t.Symbols) == 0 && t.Libc != abi.Musl && t.Libc != abi.Bionic }, "which symbol versions it has"),
}

func checkWeakVersion(f *File, t abi.Target) []abi.Finding {
	var findings []abi.Finding
	for i := range f.VersionNeeds {
		need := &f.VersionNeeds[i]
		if !need.dispensable() {
			continue
		}
		namespace, version, numbered := abi.SplitSymbolVersion(need.Version)
		have := t.Symbols[namespace]
		if !numbered || have == "" || version.Compare(have) <= 0 {
			continue
		}
		findings = append(findings, abi.Finding{
			Message:  fmt.Sprintf("asks for %s from %s%s, weakly; %s has %s", wording.Plain(need.Version), wording.Plain(need.File), need.reasons(), wording.Called(t), have),
			Evidence: need.evidence(),
			Subject:  need.File + " " + need.Version,
		})
	}
	return findings
}
