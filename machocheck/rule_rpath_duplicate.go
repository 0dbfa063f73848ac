package machocheck

import (
	"fmt"

	"github.com/abivet/abivet/abi"
)

var rpathDuplicate = abi.Rule[*File]{
	Doc: abi.Doc{
		ID:       "rpath-duplicate",
		Title:    "the same LC_RPATH stands twice",
		Severity: abi.Error,
		Why: `dyld refuses a file in which two LC_RPATH are equal: a library or bundle built with SDK
15.4 or later on macOS 15.4 to 15.6, anything built with SDK 26 on macOS 26 and later. It
says "duplicate LC_RPATH". They come from a flag -Wl,-rpath given twice (by a build system
and pkg-config, or by two #cgo LDFLAGS lines) to a linker that does not fold them, and from
install_name_tool -add_rpath.`,
		Fix: `Remove the second one, once for each repetition, and sign again:
  install_name_tool -delete_rpath PATH FILE && codesign -f -s - FILE
Or give the flag once, or link with a linker that folds them (Apple's since Xcode 15, lld
since 19).`,
		Refs: []string{
			"https://github.com/python/cpython/issues/138070",
			"https://github.com/facebook/zstd/issues/4369",
			"https://github.com/llvm/llvm-project/pull/99289",
		},
	},
	Check: gated(duplicateRPaths),
}

func duplicateRPaths(f *File) []violation {
	var found []violation
	paths := f.RPaths[:min(len(f.RPaths), 64)] // dyld compares no more
	for _, path := range repeated(paths) {
		count := 0
		for _, p := range paths {
			if p == path {
				count++
			}
		}
		found = append(found, violation{
			gate: duplicateRPathGate, subject: path, what: fmt.Sprintf("has LC_RPATH %q %d times", path, count),
			text:     fmt.Sprintf("duplicate LC_RPATH '%s'", path),
			evidence: []string{fmt.Sprintf("LC_RPATH: %q", paths)},
		})
	}
	return found
}
