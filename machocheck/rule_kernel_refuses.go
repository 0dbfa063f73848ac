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

// What a shell prints for the errors that the kernel gives.
const (
	badExecutable = "Bad executable (or shared library)" // EBADEXEC
	malformed     = "Malformed Mach-o file"              // EBADMACHO
)

const (
	dynamicLoader = "/usr/lib/dyld"
	leastPageZero = 0x1000 // of a 64-bit program that is not for arm64
)

// A kernelCheck says what is wrong, what the kernel answers, and what shows it.
type kernelCheck struct {
	subject, answer string
	wrong           func(f *File) string
}

var kernelChecks = []kernelCheck{
	{"entry", badExecutable, wrongEntry},
	{"dyld", badExecutable, wrongDylinker},
	{"MH_PIE", badExecutable, wrongAddress},
	{"version", malformed, wrongVersions},
	{"__TEXT", malformed, wrongText},
	{"__PAGEZERO", malformed, wrongPageZero},
}

// A KernelRefusal is why the kernel does not start a program.
type KernelRefusal struct {
	Subject string
	What    string // is wrong with the program
	Answer  string // what a shell prints
}

// KernelRefusals lists what the rule kernel-refuses says of a program.
func (f *File) KernelRefusals() []KernelRefusal {
	var list []KernelRefusal
	for _, c := range kernelChecks {
		if what := c.wrong(f); what != "" {
			list = append(list, KernelRefusal{Subject: c.subject, What: what, Answer: c.answer})
		}
	}
	return list
}

func checkKernelRefuses(f *File, _ abi.Target) []abi.Finding {
	if f.Kind != Executable || f.Platform.OS != darwin {
		return nil
	}
	var findings []abi.Finding
	for _, r := range f.KernelRefusals() {
		findings = append(findings, abi.Finding{
			Message:  fmt.Sprintf("%s; the kernel refuses that: %q", r.What, r.Answer),
			Evidence: []string{fmt.Sprintf("header flags %#x, %d segments", f.Flags, len(f.Segments))},
			Subject:  r.Subject,
		})
	}
	return findings
}

func wrongEntry(f *File) string {
	twice := slices.Contains(f.Repeated, string(EntryMain)) || slices.Contains(f.Repeated, string(EntryThread))
	switch {
	case f.Entry == "":
		return "has neither LC_MAIN nor LC_UNIXTHREAD, so no place to start at"
	case twice:
		return "says twice where to start (LC_MAIN, LC_UNIXTHREAD)"
	}
	return ""
}

func wrongDylinker(f *File) string {
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

func wrongAddress(f *File) string {
	if f.Platform.Arch != "arm64" || f.PIE() || f.Flags&uint32(types.DyldLink) == 0 {
		return ""
	}
	return "is not position independent (without MH_PIE), which Apple silicon does not allow"
}

func wrongVersions(f *File) string {
	if len(f.Builds) < 2 {
		return ""
	}
	return fmt.Sprintf("has %d version commands; a program may have one", len(f.Builds))
}

func wrongText(f *File) string {
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
func wrongPageZero(f *File) string {
	zero, _ := f.PageZero()
	if f.Bits != 64 || f.Platform.Arch == "arm64" || zero.Size >= leastPageZero {
		return ""
	}
	return fmt.Sprintf("page zero covers %#x bytes; want %#x or more", zero.Size, leastPageZero)
}
