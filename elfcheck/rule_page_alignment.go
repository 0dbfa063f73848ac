package elfcheck

import (
	"fmt"

	"github.com/abivet/abivet/abi"
)

var pageAlignment = abi.Rule[*File]{
	Doc: abi.Doc{
		ID:       "page-alignment",
		Title:    "is laid out for smaller pages than the target's kernel has",
		Severity: abi.Error,
		Why: `A segment can be mapped only where its address and its place in the file agree in
the bits below the page size. Kernels have pages of 4 KiB on x86, of 16 KiB on
Android 15 and Apple's arm64, of up to 64 KiB on arm64 and ppc64le servers; a file
aligned to less is refused ("ELF load command alignment not page-aligned"), and
Google Play refuses the app.`,
		Fix: `link with -Wl,-z,max-page-size=16384 (65536 for servers); Android's NDK r28 and Go 1.25 do
it for arm64 by themselves`,
		Refs: []string{
			"https://developer.android.com/guide/practices/page-sizes",
			"https://sourceware.org/git/?p=glibc.git;a=blob;f=elf/dl-load.c",
		},
	},
	Check: checkPageAlignment,
	Skip:  without(func(t abi.Target) bool { return t.PageSize == 0 }, "how large its pages are"),
}

func checkPageAlignment(f *File, t abi.Target) []abi.Finding {
	if t.PageSize == 0 || f.Kind == DebugInfo || f.Platform.Arch != t.Platform.Arch {
		return nil
	}
	var found abi.Finding
	for i, s := range f.Segments {
		if s.Type != ptLoad || s.MemSize == 0 {
			continue
		}
		var message string
		switch {
		case (s.VAddr-s.Offset)%t.PageSize != 0 && s.FileSize > 0:
			message = fmt.Sprintf("segment %d has address %#x and file offset %#x, which differ below the %d-byte pages of %s", i, s.VAddr, s.Offset, t.PageSize, called(t))
		case s.Align%t.PageSize != 0 && f.Dynamic:
			// The kernel maps a static program by the addresses alone.
			message = fmt.Sprintf("segment %d is aligned to %d bytes; %s has pages of %d", i, s.Align, called(t), t.PageSize)
		default:
			continue
		}
		if found.Message == "" {
			found.Message = message
		}
		found.Evidence = append(found.Evidence, fmt.Sprintf("PT_LOAD %d: offset %#x, address %#x, alignment %#x", i, s.Offset, s.VAddr, s.Align))
	}
	if found.Message == "" {
		return nil
	}
	if more := len(found.Evidence) - 1; more > 0 {
		found.Message += fmt.Sprintf(", and so are %d more", more)
	}
	found.Subject = "PT_LOAD"
	found.Fix = fmt.Sprintf("link with -Wl,-z,max-page-size=%d; Android's NDK r28 and Go 1.25 do it for arm64 by themselves, for pages of 16384", t.PageSize)
	return []abi.Finding{found}
}
