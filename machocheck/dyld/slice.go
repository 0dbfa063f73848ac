package dyld

import (
	"fmt"
	"strings"

	"github.com/abivet/abivet/abi"
)

// Architectures as lipo names them.
const (
	archIntel   = "x86_64"
	archHaswell = "x86_64h"
	archApple   = "arm64"
	archAppleE  = "arm64e"
	archIntel32 = "i386"
)

// goArchs are the words of GOARCH for them.
var goArchs = map[string]string{
	"amd64": archIntel, "arm64": archApple, "386": archIntel32,
}

// taken lists what a process loads, the best first.
//
// dyld itself is arm64e, so a program for arm64 runs with the keys off and takes
// both. Rosetta is no Haswell. Origin: mach_o/GradedArchitectures.cpp.
func taken(arch, processor string) []string {
	switch arch {
	case archApple:
		return []string{archAppleE, archApple}
	case archIntel, archHaswell:
		if processor == "arm64" {
			return []string{archIntel}
		}
		return []string{archHaswell, archIntel}
	}
	return []string{arch}
}

// needed is the list in dyld's message.
func needed(archs []string, release abi.Version) string {
	if len(archs) == 2 && archs[0] == archAppleE && !release.Less("15.4") {
		archs = []string{archAppleE, "arm64e.v1", archApple, archApple} // the last is an alias of old
	}
	return strings.Join(archs, "' or '")
}

// started lists the slices of a program that the kernel starts on a processor,
// the best first. Without a processor it is that of today's Macs.
func started(processor string, release abi.Version) []string {
	switch {
	case processor != "amd64":
		return []string{archApple, archAppleE, archIntel}
	case release.Less("10.15"):
		return []string{archHaswell, archIntel, archIntel32}
	}
	return []string{archHaswell, archIntel}
}

// pick returns the place of the best slice, or -1.
func (f *file) pick(archs []string) int {
	for _, arch := range archs {
		for i, s := range f.slices {
			if s.Arch() == arch {
				return i
			}
		}
	}
	return -1
}

// archs are those that a file has, as dyld lists them.
func (f *file) archs() string {
	names := make([]string, len(f.slices))
	for i, s := range f.slices {
		names[i] = s.Arch()
	}
	return strings.Join(names, ",")
}

// wrongArch is what dyld says of a file that it has no slice of.
func (f *file) wrongArch(archs []string, release abi.Version) string {
	need := needed(archs, release)
	if f.slices[0].Universal {
		return fmt.Sprintf("fat file, but missing compatible architecture (have '%s', need '%s')", f.archs(), need)
	}
	return fmt.Sprintf("mach-o file, but is an incompatible architecture (have '%s', need '%s')", f.archs(), need)
}
