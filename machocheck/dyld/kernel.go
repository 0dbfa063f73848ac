package dyld

import (
	"fmt"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/machocheck"
)

// What a shell prints for the errors that the kernel gives.
const (
	badMachO      = "Malformed Mach-o file"              // EBADMACHO
	badExecutable = "Bad executable (or shared library)" // EBADEXEC
	badCPU        = "Bad CPU type in executable"         // EBADARCH
	killed        = "Killed: 9"                          // by a signal, after the kernel has begun
	fullPageZero  = 1 << 32                              // bytes that an arm64 program must leave unmapped
)

// A kernelCheck is one condition that the kernel starts no program under, beside
// those that machocheck lists.
// Origin: bsd/kern/mach_loader.c, kern_exec.c and mach_fat.c of xnu 11417.
type kernelCheck struct {
	says     string
	category Category
	// rule is that over files which says the same of the file alone.
	rule string
	// wrong says what is wrong, or "".
	wrong func(k kernel) string
}

// A kernel is what the kernel looks at.
type kernel struct {
	*machocheck.File
	slice   machocheck.Slice
	release abi.Version
}

var kernelChecks = []kernelCheck{
	{badCPU, WrongArch, "", kernel.badProcessor},
	{badExecutable, KernelRefuses, "fat64-executable", kernel.wide},
	{badMachO, BadMachO, "slice-cputype", kernel.otherProcessor},
	{badMachO, BadMachO, "pagezero-arm64", kernel.smallPageZero},
	{badMachO, BadMachO, "segment-alignment", kernel.offsets},
	{killed, BadMachO, "read-only-twice", kernel.readOnlyTwice},
	{killed, BadMachO, "writable-executable", kernel.writableCode},
	{killed, CodeSignature, "unsigned-arm64", kernel.unsigned},
	{killed, BadSignature, "signature-damaged", kernel.oddSignature},
	{killed, KernelRefuses, "arm64e-preview", kernel.previewABI},
	{killed, KernelRefuses, "encrypted", kernel.encrypted},
	{killed, WrongPlatform, "platform-mismatch", kernel.otherSystem},
}

// kernelRefuses lists why the kernel does not start a program.
func (s *state) kernelRefuses(img *image) []Failure {
	k := kernel{File: img.macho, slice: img.slice, release: s.process.Release}
	var list []Failure
	name := shown(img.real)
	if text := s.otherCPU(img); text != "" {
		list = append(list, Failure{Category: WrongArch, Object: name, Subject: img.slice.Arch(), Message: name + ": " + badCPU, Why: text})
	}
	check := func(late bool) {
		for _, c := range kernelChecks {
			if late != (c.says == killed) {
				continue
			}
			if why := c.wrong(k); why != "" {
				list = append(list, Failure{Category: c.category, Object: name, Subject: name, Message: name + ": " + c.says, Why: why, Rule: c.rule})
			}
		}
	}
	check(false)
	rule := ""
	if img.macho.Platform.OS == "darwin" { // of others the rule over files does not speak
		rule = "kernel-refuses"
	}
	for _, r := range img.macho.KernelRefusals() {
		list = append(list, Failure{Category: KernelRefuses, Object: name, Subject: name, Message: name + ": " + r.Answer, Why: r.What, Rule: rule})
	}
	check(true)
	return list
}

// otherCPU says that the program is for another processor than the one asked
// for.
func (s *state) otherCPU(img *image) string {
	arch := img.slice.Arch()
	if s.request.Processor == "amd64" && arch != archIntel && arch != archHaswell && arch != archIntel32 {
		return fmt.Sprintf("the program is for %s, the processor is amd64", arch)
	}
	return ""
}

func (k kernel) apple() bool { return k.Platform.Arch == "arm64" }

func (k kernel) badProcessor() string {
	switch k.Arch {
	case archIntel, archHaswell, archApple, archAppleE:
		return ""
	case archIntel32:
		if k.release.Less("10.15") {
			return ""
		}
	}
	return fmt.Sprintf("macOS %s starts no program for %s", k.release, k.Arch)
}

func (k kernel) wide() string {
	if !k.slice.Wide {
		return ""
	}
	return "the universal header is the 64-bit form, which the kernel does not know"
}

func (k kernel) otherProcessor() string {
	if !k.slice.Universal || k.slice.CPU == k.CPU {
		return ""
	}
	return fmt.Sprintf("the universal header says CPU %#x, the slice %#x", k.slice.CPU, k.CPU)
}

func (k kernel) smallPageZero() string {
	zero, _ := k.PageZero()
	if !k.apple() || zero.Size >= fullPageZero {
		return ""
	}
	return fmt.Sprintf("page zero has %#x bytes: want %#x or more", zero.Size, uint64(fullPageZero))
}

func (k kernel) offsets() string {
	page := uint64(0x1000)
	if k.apple() {
		page = 0x4000
	}
	for _, s := range k.Segments {
		if s.FileSize > 0 && s.Offset%page != 0 {
			return fmt.Sprintf("segment %q begins at %#x of the file: want a multiple of %#x", s.Name, s.Offset, page)
		}
	}
	return ""
}

const readOnly = 0x10 // SG_READ_ONLY

func (k kernel) readOnlyTwice() string {
	count := 0
	for _, s := range k.Segments {
		if s.Flags&readOnly != 0 {
			count++
		}
	}
	if count < 2 || k.release.Less("14.0") {
		return ""
	}
	return fmt.Sprintf("%d segments have SG_READ_ONLY: macOS 14 and later want one at most", count)
}

func (k kernel) writableCode() string {
	const both = machocheck.ProtWrite | machocheck.ProtExecute
	if !k.apple() {
		return ""
	}
	for _, s := range k.Segments {
		if s.InitProt&both == both {
			return fmt.Sprintf("segment %q begins as %s", s.Name, s.InitProt)
		}
	}
	return ""
}

func (k kernel) unsigned() string {
	if !k.apple() || k.Signature.Present {
		return ""
	}
	return "an arm64 program without LC_CODE_SIGNATURE"
}

func (k kernel) oddSignature() string {
	if !k.apple() || k.Signature.Problem == "" {
		return ""
	}
	return "the code signature cannot be understood: " + k.Signature.Problem
}

// previewABI is of programs for arm64e, whose ABI is Apple's own affair.
func (k kernel) previewABI() string {
	if version := k.Subtype >> 24 & 0xf; k.Arch != archAppleE || version > 0 {
		return ""
	}
	return "an arm64e program that is not Apple's: built against the preview arm64e ABI"
}

func (k kernel) encrypted() string {
	if !k.Encrypted {
		return ""
	}
	return "the program is encrypted by Apple's store"
}

func (k kernel) otherSystem() string {
	if k.Platform.OS == "darwin" || k.Platform.OS == "maccatalyst" {
		return ""
	}
	return fmt.Sprintf("the program is for %s", platformName(k.Platform.OS))
}
