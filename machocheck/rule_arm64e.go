package machocheck

import (
	"fmt"

	"github.com/abivet/abivet/abi"
)

var arm64ePreview = abi.Rule[*File]{
	Doc: abi.Doc{
		ID:       "arm64e-preview",
		Title:    "a program for arm64e is not of Apple",
		Severity: abi.Error,
		Why: `arm64e is arm64 with signed pointers. Apple builds its own programs for it; how pointers are
signed may change with any release, so the kernel starts no other program that has the
preview of it: "not running binary built against preview arm64e ABI", seen as "Killed: 9".
It does so even where the file has a slice for plain arm64 as well, since it prefers arm64e.
Copies of Apple's programs that were signed again have the same fate.`,
		Fix:  `Build for arm64, and leave out the slice for arm64e: lipo -remove arm64e, then sign again.`,
		Refs: []string{"https://github.com/apple-oss-distributions/xnu/blob/main/bsd/kern/kern_exec.c"},
	},
	Check: checkARM64EPreview,
}

// pointerVersion is where a subtype has the version of arm64e.
const pointerVersion = 0x0f000000

func previewABI(f *File, _ abi.Version) string {
	if f.Arch != "arm64e" || f.Subtype&pointerVersion != 0 {
		return ""
	}
	for _, c := range f.Signature.Directories {
		if c.Platform != 0 {
			return "" // of Apple, or says so
		}
	}
	return "is for arm64e, which the kernel starts only where the program is part of macOS"
}

func checkARM64EPreview(f *File, _ abi.Target) []abi.Finding {
	what := previewABI(f, "")
	if f.Kind != Executable || f.Platform.OS != darwin || what == "" {
		return nil
	}
	return []abi.Finding{{
		Message:  what + "; want arm64",
		Evidence: []string{fmt.Sprintf("header: cputype %#x, cpusubtype %#x", f.CPU, f.Subtype)},
		Subject:  "arm64e",
	}}
}
