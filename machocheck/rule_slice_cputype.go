package machocheck

import (
	"fmt"

	"github.com/abivet/abivet/abi"
)

var sliceCPUType = abi.Rule[[]*File]{
	Doc: abi.Doc{
		ID:       "slice-cputype",
		Title:    "a universal file says of a slice what the slice does not say of itself",
		Severity: abi.Error,
		Why: `The header of a universal file says for each slice which processor it is for and where it
lies. The kernel and dyld choose by that, and refuse the file where the slice's own header
disagrees, where two slices are for the same processor or where one does not begin at a
page: 16 KiB for arm64, 4 KiB for Intel ("Malformed Mach-o file", "cpu type/subtype in
slice does not match fat header", "slice is not page aligned"). Such files come from
joining by hand, or with llvm-lipo and -segalign.`,
		Fix:  `Take the slices out and join them again: lipo -create -output OUT A B.`,
		Refs: []string{"https://github.com/apple-oss-distributions/dyld/blob/main/mach_o/Universal.cpp"},
	},
	Check: checkSliceCPUType,
}

func checkSliceCPUType(files []*File, _ abi.Target) []abi.Finding {
	var findings []abi.Finding
	bad := func(f *File, format string, args ...any) {
		findings = append(findings, abi.Finding{
			Message:  fmt.Sprintf(format, args...),
			Evidence: []string{fmt.Sprintf("slice of %#x bytes at %#x: cputype %#x, cpusubtype %#x", f.Slice.Size, f.Slice.Offset, f.Slice.CPU, f.Slice.Subtype)},
			Subject:  f.Slice.Arch(),
		})
	}
	for i, f := range files {
		if !f.Slice.Universal {
			continue
		}
		const capabilities = 0xff000000 // of the subtype; nobody compares them
		if f.Slice.CPU != f.CPU || (f.Slice.Subtype^f.Subtype)&^capabilities != 0 {
			bad(f, "the universal header says %s (%#x, %#x), the slice itself %s (%#x, %#x)",
				f.Slice.Arch(), f.Slice.CPU, f.Slice.Subtype, f.Arch, f.CPU, f.Subtype)
		}
		if page := int64(f.kernelPage()); f.Loaded() && f.Slice.Offset%page != 0 {
			bad(f, "the slice for %s begins at %#x of the file; want a multiple of %#x: \"slice is not page aligned\"", f.Arch, f.Slice.Offset, page)
		}
		for _, o := range files[:i] {
			if o.Slice.CPU == f.Slice.CPU && (o.Slice.Subtype^f.Slice.Subtype)&^capabilities == 0 {
				bad(f, "has two slices for %s", f.Slice.Arch())
			}
		}
	}
	return findings
}
