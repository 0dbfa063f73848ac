package dyld

import (
	"fmt"

	"github.com/abivet/abivet/abi"
)

// What a shell prints for the errors that the kernel gives.
const (
	badCPU = "Bad CPU type in executable" // EBADARCH
	killed = "Killed: 9"                  // by a signal, after the kernel has begun
)

// kernelCategories sorts what the kernel refuses, by the rule over files that
// says more of it.
var kernelCategories = map[string]Category{
	"pagezero-arm64": BadMachO, "segment-alignment": BadMachO, "slice-cputype": BadMachO,
	"read-only-twice": BadMachO, "writable-executable": BadMachO,
	"unsigned-arm64": CodeSignature, "signature-damaged": BadSignature, "platform-mismatch": WrongPlatform,
}

// kernelRefuses lists why the kernel does not start a program.
func (s *state) kernelRefuses(img *image) []Failure {
	var list []Failure
	name := shown(img.real)
	m := img.macho
	for _, why := range []string{s.otherCPU(img), badProcessor(m.Arch, s.process.Release)} {
		if why != "" {
			list = append(list, Failure{Category: WrongArch, Object: name, Subject: m.Arch, Message: name + ": " + badCPU, Why: why})
		}
	}
	for _, r := range m.KernelRefusals(s.process.Release) {
		category, ok := kernelCategories[r.Rule]
		if !ok {
			category = KernelRefuses
		}
		rule := r.Rule
		if m.Platform.OS != "darwin" && rule != "platform-mismatch" {
			rule = "" // of others the rules over files do not speak
		}
		list = append(list, Failure{Category: category, Object: name, Subject: name, Message: name + ": " + r.Answer, Why: r.What, Rule: rule})
	}
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

func badProcessor(arch string, release abi.Version) string {
	switch arch {
	case archIntel, archHaswell, archApple, archAppleE:
		return ""
	case archIntel32:
		if release.Less("10.15") {
			return ""
		}
	}
	return fmt.Sprintf("macOS %s starts no program for %s", release, arch)
}
