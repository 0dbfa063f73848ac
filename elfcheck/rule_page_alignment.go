package elfcheck

import (
	"debug/elf"
	"fmt"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/internal/wording"
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
Google Play refuses the app. What is read-only once it is relocated (PT_GNU_RELRO) must not share
a page with data that is written: Android's loader makes read-only every page that it touches, glibc's and
musl's leave out the last one and take in the first, and the program is killed at its first write.`,
		Fix: `link with -Wl,-z,max-page-size=16384 (65536 for servers); Android's NDK r28 and Go 1.25 do
it for arm64 by themselves. For PT_GNU_RELRO, with -Wl,-z,common-page-size of the same size as well`,
		Refs: []string{
			"https://developer.android.com/guide/practices/page-sizes",
			"https://sourceware.org/git/?p=glibc.git;a=blob;f=elf/dl-load.c",
			"https://android.googlesource.com/platform/bionic/+/refs/heads/main/linker/linker_phdr.cpp",
		},
	},
	Check: checkPageAlignment,
	Skip:  without(func(t abi.Target) bool { return t.PageSize == 0 }, "how large its pages are"),
}

func checkPageAlignment(f *File, t abi.Target) []abi.Finding {
	if t.PageSize == 0 || f.Kind == DebugInfo || f.Platform.Arch != t.Platform.Arch || t.Platform.OS == "darwin" {
		return nil // no kernel of Apple's maps an ELF file, and wrong-architecture says so
	}
	var found abi.Finding
	for i, s := range f.Segments {
		if s.Type != ptLoad || s.MemSize == 0 {
			continue
		}
		var message string
		switch {
		case (s.VAddr-s.Offset)%t.PageSize != 0 && s.FileSize > 0:
			message = fmt.Sprintf("segment %d has address %#x and file offset %#x, which differ below the %d-byte pages of %s", i, s.VAddr, s.Offset, t.PageSize, wording.Called(t))
		case s.Align%t.PageSize != 0 && f.Dynamic:
			// The kernel maps a static program by the addresses alone.
			message = fmt.Sprintf("segment %d is aligned to %d bytes; %s has pages of %d", i, s.Align, wording.Called(t), t.PageSize)
		default:
			continue
		}
		if found.Message == "" {
			found.Message = message
		}
		found.Evidence = append(found.Evidence, fmt.Sprintf("PT_LOAD %d: offset %#x, address %#x, alignment %#x", i, s.Offset, s.VAddr, s.Align))
	}
	if found.Message == "" {
		return checkRELROEnd(f, t)
	}
	if more := len(found.Evidence) - 1; more > 0 {
		found.Message += fmt.Sprintf(", and so are %d more", more)
	}
	found.Subject = "PT_LOAD"
	found.Fix = fmt.Sprintf("link with -Wl,-z,max-page-size=%d; Android's NDK r28 and Go 1.25 do it for arm64 by themselves, for pages of 16384", t.PageSize)
	return []abi.Finding{found}
}

// checkRELROEnd finds data that is made read-only since it shares a page with
// what is to be. Origin: _dl_protect_relro of glibc, elf/dl-reloc.c, and
// reloc_all of musl round both ends down; _phdr_table_set_gnu_relro_prot of
// bionic rounds the end up.
func checkRELROEnd(f *File, t abi.Target) []abi.Finding {
	relro, ok := f.Segment(elf.PT_GNU_RELRO)
	if !ok || relro.MemSize == 0 || !f.Dynamic {
		return nil
	}
	end := relro.VAddr + relro.MemSize
	first, last := relro.VAddr/t.PageSize*t.PageSize, end
	if t.Libc == abi.Bionic {
		last = (end + t.PageSize - 1) / t.PageSize * t.PageSize
	} else if end/t.PageSize*t.PageSize <= first {
		return nil // nothing is made read-only
	}
	for i, s := range f.Segments {
		if s.Type != ptLoad || s.Flags&elf.PF_W == 0 {
			continue
		}
		switch {
		case last > end && s.VAddr < last && s.VAddr+s.MemSize > end:
			return relroFinding(t, relro, i, s, fmt.Sprintf("ends at %#x", end))
		case s.VAddr < relro.VAddr && s.VAddr+s.MemSize > first:
			return relroFinding(t, relro, i, s, fmt.Sprintf("begins at %#x", relro.VAddr))
		}
	}
	return nil
}

func relroFinding(t abi.Target, relro Segment, i int, s Segment, where string) []abi.Finding {
	return []abi.Finding{{
		Message: fmt.Sprintf("what is read-only after relocation (PT_GNU_RELRO) %s, inside a page of %d bytes of %s in which segment %d has data that is written: the loader makes all of the page read-only",
			where, t.PageSize, wording.Called(t), i),
		Evidence: []string{
			fmt.Sprintf("PT_GNU_RELRO: address %#x, size in memory %#x", relro.VAddr, relro.MemSize),
			fmt.Sprintf("PT_LOAD %d: address %#x, size in memory %#x, writable", i, s.VAddr, s.MemSize),
		},
		Subject: "PT_GNU_RELRO",
		Fix:     fmt.Sprintf("link with -Wl,-z,max-page-size=%d,-z,common-page-size=%[1]d", t.PageSize),
	}}
}
