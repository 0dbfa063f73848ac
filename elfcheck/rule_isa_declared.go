package elfcheck

import (
	"fmt"
	"math/bits"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/internal/wording"
)

// ISADeclaredDoc documents the rules isa-declared, over a file and over a process.
var ISADeclaredDoc = abi.Doc{
	ID:       "isa-declared",
	Title:    "declares that it needs a newer processor than the target's",
	Severity: abi.Error,
	Why: `The GNU property note of an x86 file can say which instruction set level it needs.
From glibc 2.33 on the loader refuses it on a lesser processor: "CPU ISA level is
lower than required". The declaration spreads from one object, such as a
distribution's start files, to everything that is linked with it.`,
	Fix: `build with -march of the target's level and without -z x86-64-v3 and
-mneeded; look which object brings the note with readelf -n`,
	Refs: []string{"https://gitlab.com/x86-psABIs/x86-64-ABI"},
}

var isaDeclared = abi.Rule[*File]{
	Doc:   ISADeclaredDoc,
	Check: checkISADeclared,
	Skip:  without(func(t abi.Target) bool { return t.ISA == "" }, "which processors it runs on"),
}

func checkISADeclared(f *File, t abi.Target) []abi.Finding {
	if f.Kind == DebugInfo || f.Notes.ISANeeded == 0 || f.Platform.Arch != "amd64" || t.Platform.Arch != "amd64" {
		return nil
	}
	have, ok := isaLevel("amd64", t.ISA)
	need := float64(bits.Len32(f.Notes.ISANeeded)) // bit 0 is the baseline, v1
	if !ok || need <= have {
		return nil
	}
	return []abi.Finding{{
		Message:  fmt.Sprintf("declares that it needs x86-64-v%.0f; %s has x86-64-%s", need, wording.Called(t), t.ISA),
		Evidence: []string{fmt.Sprintf("GNU property note: x86 ISA needed %#x", f.Notes.ISANeeded)},
		Subject:  "GNU_PROPERTY_X86_ISA_1_NEEDED",
	}}
}
