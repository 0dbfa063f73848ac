package machocheck

import (
	"fmt"

	"github.com/abivet/abivet/abi"
)

var dataConstFlag = abi.Rule[*File]{
	Doc: abi.Doc{
		ID:       "data-const-flag",
		Title:    "__DATA_CONST lacks the flag that it is made read-only",
		Severity: abi.Error,
		Why: `The segment __DATA_CONST is to be made read-only once its pointers are set, and says
so by the flag SG_READ_ONLY. dyld refuses a file without it that was built with SDK 26:
a library or bundle from macOS 15.4 on, a program from macOS 26 on. Libraries made for
dyld's own cache (LC_SEGMENT_SPLIT_INFO) are exempt. It kills programs
that were linked by an old linker with a new SDK, among them releases of Go programs
with cgo that were cross-linked by osxcross.`,
		Fix: `Link with Apple's linker or a current lld (-fuse-ld=lld), or tell the linker of an
older SDK (-platform_version macos MINIMUM 15.0).`,
		Refs: []string{
			"https://github.com/apple-oss-distributions/dyld/blob/main/mach_o/Header.cpp",
			"https://github.com/papercomputeco/tapes/issues/50",
		},
	},
	Check: gated(withoutReadOnly),
}

const readOnlyFlag = 0x10 // SG_READ_ONLY

func withoutReadOnly(f *File) []violation {
	if f.Kind == Library && f.SplitInfo {
		return nil // made for the cache of dyld, and exempt
	}
	if f.sdkForDyld().Less(dataConstGate.program26) {
		return nil // linkers wrote no flag for years, and nobody asks
	}
	for _, s := range f.Segments {
		if s.Name == "__DATA_CONST" && s.Flags&readOnlyFlag == 0 {
			return []violation{{
				gate: dataConstGate, subject: s.Name, what: "segment __DATA_CONST lacks the flag SG_READ_ONLY",
				text:     "__DATA_CONST segment missing SG_READ_ONLY flag",
				evidence: []string{fmt.Sprintf("segment __DATA_CONST: flags %#x", s.Flags)},
			}}
		}
	}
	return nil
}
