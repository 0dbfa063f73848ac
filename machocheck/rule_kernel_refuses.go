package machocheck

import (
	"fmt"
	"slices"

	"github.com/blacktop/go-macho/types"

	"github.com/abivet/abivet/abi"
)

var kernelRefuses = abi.Rule[*File]{
	Doc: abi.Doc{
		ID:       "kernel-refuses",
		Title:    "the kernel does not start the program",
		Severity: abi.Error,
		Why: `Before dyld is asked, the kernel reads the load commands of a program: it must say where to
start exactly once, name /usr/lib/dyld as its loader, have one version command, one
executable segment that begins at the start of the file, and a page zero. On Apple silicon
it must also be position independent and linked dynamically. What does not comply ends as
"Bad executable (or shared library)", "Malformed Mach-o file" or "Killed: 9", without a
word of why. All releases since macOS 11 do so.

Such programs come from linkers for other systems, from static links, -no_pie, packers,
and from vtool -set-build-version without -replace.`,
		Fix: `Link with cc, as a position independent program with libSystem: without -static, -no_pie,
-nostdlib, -pagezero_size 0. A second version command: vtool -remove-build-version.`,
		Refs: []string{"https://github.com/apple-oss-distributions/xnu/blob/main/bsd/kern/mach_loader.c"},
	},
	Check: checkKernelRefuses,
}

const (
	dynamicLoader = "/usr/lib/dyld"
	leastPageZero = 0x1000 // of a 64-bit program that is not for arm64
)

func checkKernelRefuses(f *File, _ abi.Target) []abi.Finding {
	if f.Kind != Executable || f.Platform.OS != darwin {
		return nil
	}
	var findings []abi.Finding
	for _, r := range f.KernelRefusals("") {
		if r.Rule != "kernel-refuses" { // the others have rules of their own
			continue
		}
		findings = append(findings, abi.Finding{
			Message:  fmt.Sprintf("%s; the kernel refuses that: %q", r.What, r.Answer),
			Evidence: []string{fmt.Sprintf("header flags %#x, %d segments", f.Flags, len(f.Segments))},
			Subject:  r.Subject,
		})
	}
	return findings
}

func wrongEntry(f *File, _ abi.Version) string {
	twice := slices.Contains(f.Repeated, string(EntryMain)) || slices.Contains(f.Repeated, string(EntryThread))
	switch {
	case f.Entry == "":
		return "has neither LC_MAIN nor LC_UNIXTHREAD, so no place to start at"
	case twice:
		return "says twice where to start (LC_MAIN, LC_UNIXTHREAD)"
	}
	return ""
}

func wrongDylinker(f *File, _ abi.Version) string {
	static := f.Flags&uint32(types.DyldLink) == 0
	switch {
	case static && f.Platform.Arch == "arm64":
		return "is linked statically (without MH_DYLDLINK), which Apple silicon does not allow"
	case slices.Contains(f.Repeated, "LC_LOAD_DYLINKER"):
		return "has more than one LC_LOAD_DYLINKER"
	case f.Dylinker == "" && !static:
		return "has no LC_LOAD_DYLINKER"
	case f.Dylinker != "" && f.Dylinker != dynamicLoader:
		return fmt.Sprintf("names %q as its loader; want %s", f.Dylinker, dynamicLoader)
	}
	return ""
}

func wrongAddress(f *File, _ abi.Version) string {
	if f.Platform.Arch != "arm64" || f.PIE() || f.Flags&uint32(types.DyldLink) == 0 {
		return ""
	}
	return "is not position independent (without MH_PIE), which Apple silicon does not allow"
}

func wrongVersions(f *File, _ abi.Version) string {
	if len(f.Builds) < 2 {
		return ""
	}
	return fmt.Sprintf("has %d version commands; a program may have one", len(f.Builds))
}

func wrongText(f *File, _ abi.Version) string {
	const code = ProtRead | ProtExecute
	count := 0
	for _, s := range f.Segments {
		if s.Offset == 0 && s.FileSize > 0 && s.InitProt&code == code {
			count++
		}
	}
	if count == 1 {
		return ""
	}
	return fmt.Sprintf("has %d executable segments that begin at the start of the file; want one", count)
}

// wrongPageZero leaves arm64 to pagezero-arm64.
func wrongPageZero(f *File, _ abi.Version) string {
	zero, _ := f.PageZero()
	if f.Bits != 64 || f.Platform.Arch == "arm64" || zero.Size >= leastPageZero {
		return ""
	}
	return fmt.Sprintf("page zero covers %#x bytes; want %#x or more", zero.Size, leastPageZero)
}
