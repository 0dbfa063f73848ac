package machocheck

import (
	"fmt"

	"github.com/abivet/abivet/abi"
)

var fat64Executable = abi.Rule[[]*File]{
	Doc: abi.Doc{
		ID:       "fat64-executable",
		Title:    "a universal program is in the form for large files",
		Severity: abi.Error,
		Why: `The header of a universal file has two forms, with offsets of 32 and of 64 bits. The kernel
knows the first alone: a program in the second does not start ("Bad executable", "cannot
execute binary file"). dyld knows both, so a library or bundle may have it.`,
		Fix:  `Join the slices without -fat64: lipo -create -output OUT A B. They must end below 4 GiB.`,
		Refs: []string{"https://github.com/apple-oss-distributions/xnu/blob/main/bsd/kern/mach_fat.c"},
	},
	Check: checkFat64Executable,
}

func checkFat64Executable(files []*File, _ abi.Target) []abi.Finding {
	for _, f := range files {
		if f.Slice.Wide && f.Kind == Executable && f.Platform.OS == darwin {
			return []abi.Finding{{
				Message:  "is a universal program with a 64-bit header (FAT_MAGIC_64), which the kernel does not start",
				Evidence: []string{fmt.Sprintf("magic %#x, %d slices", uint32(magicUniversal64), len(files))},
				Subject:  "FAT_MAGIC_64",
			}}
		}
	}
	return nil
}
