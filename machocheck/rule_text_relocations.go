package machocheck

import (
	"fmt"

	"github.com/abivet/abivet/abi"
)

var textRelocations = abi.Rule[*File]{
	Doc: abi.Doc{
		ID:       "macos-text-relocations",
		Title:    "code is to be changed when it is loaded",
		Severity: abi.Warning,
		Why: `A section of a segment that is not writable has relocations: dyld would have to change the
code. It does so for 32-bit Intel alone; 64-bit processes refuse it, and the changed pages
no longer match the code signature. Assembly that is not position independent, linked with
-read_only_relocs suppress, is where they come from.`,
		Fix:  `Make the code position independent (x(%rip), @GOTPCREL) and leave out -read_only_relocs.`,
		Refs: []string{"https://github.com/apple-oss-distributions/dyld/blob/main/mach_o/Fixups.cpp"},
	},
	Check: checkTextRelocations,
}

// relocated is S_ATTR_EXT_RELOC and S_ATTR_LOC_RELOC.
const relocated = 0x300

func checkTextRelocations(f *File, _ abi.Target) []abi.Finding {
	if !f.Loaded() {
		return nil
	}
	var findings []abi.Finding
	for _, s := range f.Segments {
		for _, x := range s.Sections {
			if s.InitProt&ProtWrite == 0 && x.Flags&relocated != 0 {
				findings = append(findings, abi.Finding{
					Message:  fmt.Sprintf("section %s,%s has relocations and begins as %s; want position independent code", x.Segment, x.Name, s.InitProt),
					Evidence: []string{fmt.Sprintf("section %s,%s: flags %#x", x.Segment, x.Name, x.Flags)},
					Subject:  x.Segment + "," + x.Name,
				})
			}
		}
	}
	return findings
}
