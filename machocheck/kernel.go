package machocheck

import (
	"fmt"

	"github.com/abivet/abivet/abi"
)

// What a shell prints for the errors that the kernel gives.
const (
	badExecutable = "Bad executable (or shared library)" // EBADEXEC
	malformed     = "Malformed Mach-o file"              // EBADMACHO
	killed        = "Killed: 9"                          // by a signal, after the kernel has begun
)

// A kernelCheck is one condition that the kernel starts no program under: what
// it answers, and what is wrong, or "".
//
// Origin: bsd/kern/mach_loader.c, kern_exec.c and mach_fat.c of xnu 11417.
type kernelCheck struct {
	rule, subject, answer string
	wrong                 func(f *File, release abi.Version) string
}

// kernelChecks are in the kernel's order: it gives errors before it has begun,
// and kills what it has begun with.
var kernelChecks = []kernelCheck{
	{"fat64-executable", "FAT_MAGIC_64", badExecutable, wideSlice},
	{"slice-cputype", "cputype", malformed, otherProcessor},
	{"pagezero-arm64", "__PAGEZERO", malformed, smallPageZero},
	{"segment-alignment", "fileoff", malformed, misplacedInFile},
	{"kernel-refuses", "entry", badExecutable, wrongEntry},
	{"kernel-refuses", "dyld", badExecutable, wrongDylinker},
	{"kernel-refuses", "MH_PIE", badExecutable, wrongAddress},
	{"kernel-refuses", "version", malformed, wrongVersions},
	{"kernel-refuses", "__TEXT", malformed, wrongText},
	{"kernel-refuses", "__PAGEZERO", malformed, wrongPageZero},
	{"read-only-twice", "SG_READ_ONLY", killed, twiceReadOnly},
	{"writable-executable", "initprot", killed, writableCode},
	{"unsigned-arm64", "signature", killed, unsignedProgram},
	{"signature-damaged", "signature", killed, oddSignature},
	{"arm64e-preview", "arm64e", killed, previewABI},
	{"encrypted", "LC_ENCRYPTION_INFO", killed, isEncrypted},
	{"platform-mismatch", "platform", killed, otherSystem},
}

// A KernelRefusal is why the kernel of a Mac does not start a program.
type KernelRefusal struct {
	Rule    string // that says more of it
	Subject string
	What    string // is wrong with the program
	Answer  string // what a shell prints
}

// KernelRefusals lists why the kernel of a release of macOS does not start a
// program, as far as its own bytes tell, in the order of the kernel. What only
// some releases refuse is not in the list of none.
func (f *File) KernelRefusals(release abi.Version) []KernelRefusal {
	var list []KernelRefusal
	for _, c := range kernelChecks {
		if what := c.wrong(f, release); what != "" {
			list = append(list, KernelRefusal{Rule: c.rule, Subject: c.subject, What: what, Answer: c.answer})
		}
	}
	return list
}

func wideSlice(f *File, _ abi.Version) string {
	if !f.Slice.Wide {
		return ""
	}
	return "has a universal header of the 64-bit form (FAT_MAGIC_64), which the kernel does not know"
}

func otherProcessor(f *File, _ abi.Version) string {
	if !f.Slice.Universal || f.Slice.CPU == f.CPU {
		return ""
	}
	return fmt.Sprintf("is CPU %#x by the universal header, and %#x by itself", f.Slice.CPU, f.CPU)
}

func misplacedInFile(f *File, _ abi.Version) string {
	page := f.kernelPage()
	for _, s := range f.Segments {
		if s.FileSize > 0 && s.Offset%page != 0 {
			return fmt.Sprintf("has segment %q at %#x of the file; want a multiple of %#x", s.Name, s.Offset, page)
		}
	}
	return ""
}

func unsignedProgram(f *File, _ abi.Version) string {
	if f.Platform.Arch != "arm64" || f.Signature.Present {
		return ""
	}
	return "has no LC_CODE_SIGNATURE, which Apple silicon asks for"
}

func oddSignature(f *File, _ abi.Version) string {
	if f.Platform.Arch != "arm64" || f.Signature.Problem == "" {
		return ""
	}
	return "has a code signature that cannot be understood: " + f.Signature.Problem
}

func isEncrypted(f *File, _ abi.Version) string {
	if !f.Encrypted {
		return ""
	}
	return "is encrypted by Apple's store"
}

func otherSystem(f *File, _ abi.Version) string {
	if f.runsOn(darwin) {
		return ""
	}
	return "is for " + f.Platform.OS
}
