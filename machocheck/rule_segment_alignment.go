package machocheck

import (
	"fmt"

	"github.com/abivet/abivet/abi"
)

var segmentAlignment = abi.Rule[*File]{
	Doc: abi.Doc{
		ID:       "segment-alignment",
		Title:    "a segment does not begin at a page of the file",
		Severity: abi.Error,
		Why: `A segment is mapped in whole pages: of 16 KiB on Apple silicon, of 4 KiB on Intel. One that
begins elsewhere in the file cannot be mapped: the kernel does not start the program
("Malformed Mach-o file"), dyld does not load the library ("mmap() failed"). Linkers for
Intel that were taught arm64 by half, and tools that insert bytes, write such files.`,
		Fix:  `Link again; for arm64 with -Wl,-segalign,0x4000 where the linker does not know.`,
		Refs: []string{"https://github.com/apple-oss-distributions/xnu/blob/main/bsd/kern/mach_loader.c"},
	},
	Check: checkSegmentAlignment,
}

// kernelPage is the page size of the kernels for a processor.
func (f *File) kernelPage() uint64 {
	if f.Platform.Arch == "arm64" {
		return 0x4000
	}
	return 0x1000
}

func checkSegmentAlignment(f *File, _ abi.Target) []abi.Finding {
	if !f.Loaded() {
		return nil
	}
	var findings []abi.Finding
	page := f.kernelPage()
	for _, s := range f.Segments {
		if s.FileSize == 0 || s.unmapped() {
			continue
		}
		what, at := "the file", s.Offset
		if s.Offset%page == 0 {
			what, at = "memory", s.Addr
		}
		if at%page != 0 {
			findings = append(findings, abi.Finding{
				Message:  fmt.Sprintf("segment %q begins at %#x of %s; want a multiple of %#x", s.Name, at, what, page),
				Evidence: []string{s.evidence()},
				Subject:  s.Name,
			})
		}
	}
	return findings
}
