package elfcheck

import (
	"debug/elf"
	"fmt"

	"github.com/abivet/abivet/abi"
)

var textRelocations = abi.Rule[*File]{
	Doc: abi.Doc{
		ID:       "text-relocations",
		Title:    "has relocations in its code",
		Severity: abi.Warning,
		Why: `DT_TEXTREL makes the loader write into code. Android refuses such a file from API
level 23 on, musl refuses it, SELinux and hardened kernels forbid the write, and
the pages are no longer shared between processes.`,
		Fix:  `compile everything that goes into the file with -fPIC; -Wl,-z,text makes the linker name the culprit`,
		Refs: []string{"https://android.googlesource.com/platform/bionic/+/main/android-changes-for-ndk-developers.md"},
	},
	Check: checkTextRelocations,
}

func checkTextRelocations(f *File, _ abi.Target) []abi.Finding {
	if f.DynFlags&elf.DF_TEXTREL == 0 {
		return nil
	}
	evidence := []string{"DT_TEXTREL, or DF_TEXTREL in DT_FLAGS"}
	if f.Relocations.Text > 0 {
		evidence = append(evidence, fmt.Sprintf("%d relocations in segments that are not writable", f.Relocations.Text))
	}
	return []abi.Finding{{Message: "has relocations in its code (DT_TEXTREL)", Evidence: evidence, Subject: "DT_TEXTREL"}}
}
