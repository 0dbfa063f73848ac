package ldso

import "github.com/abivet/abivet/abi"

var isaDeclared = abi.Rule[*Process]{
	Doc: abi.Doc{
		ID:       "isa-declared",
		Title:    "declares that it needs a newer processor than there is",
		Severity: abi.Error,
		Why: `The GNU property note of an x86 file can say which instruction set level it needs.
From glibc 2.33 on the loader refuses it on a lesser processor: "CPU ISA level is
lower than required".`,
		Fix:  `build with -march of the processor's level; or use the library of a lower level`,
		Refs: []string{"https://gitlab.com/x86-psABIs/x86-64-ABI"},
	},
	Check: byCategory(ISA),
}
