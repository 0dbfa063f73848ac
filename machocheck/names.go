package machocheck

import (
	"fmt"
	"strconv"

	"github.com/blacktop/go-macho/types"

	"github.com/abivet/abivet/abi"
)

var kinds = map[types.HeaderFileType]Kind{
	types.MH_OBJECT:      Object,
	types.MH_EXECUTE:     Executable,
	types.MH_FVMLIB:      FixedVM,
	types.MH_PRELOAD:     Preload,
	types.MH_DYLIB:       Library,
	types.MH_DYLINKER:    Loader,
	types.MH_BUNDLE:      Bundle,
	types.MH_DYLIB_STUB:  Stub,
	types.MH_DSYM:        DebugInfo,
	types.MH_KEXT_BUNDLE: Kext,
	types.MH_FILESET:     FileSet,
}

func kindOf(t types.HeaderFileType) Kind {
	if k, ok := kinds[t]; ok {
		return k
	}
	return Kind(fmt.Sprintf("file type %d", uint32(t)))
}

const darwin = "darwin"

// systems are Apple's platforms, in the words of Apple's tools where Go has
// none of its own (GOOS has darwin and ios).
var systems = map[types.Platform]string{
	types.Platform_macOS:              darwin,
	types.Platform_iOS:                "ios",
	types.Platform_tvOS:               "tvos",
	types.Platform_watchOS:            "watchos",
	types.Platform_bridgeOS:           "bridgeos",
	types.Platform_macCatalyst:        "maccatalyst",
	types.Platform_iOsSimulator:       "ios-simulator",
	types.Platform_tvOsSimulator:      "tvos-simulator",
	types.Platform_watchOsSimulator:   "watchos-simulator",
	types.Platform_Driverkit:          "driverkit",
	types.Platform_visionOS:           "visionos",
	types.Platform_visionOsSimulator:  "visionos-simulator",
	types.Platform_Firmware:           "firmware",
	types.Platform_sepOS:              "sepos",
	types.Platform_macOSExclaveCore:   "macos-exclavecore",
	types.Platform_macOSExclaveKit:    "macos-exclavekit",
	types.Platform_iOSExclaveCore:     "ios-exclavecore",
	types.Platform_iOSExclaveKit:      "ios-exclavekit",
	types.Platform_tvOsExclaveCore:    "tvos-exclavecore",
	types.Platform_tvOsExclaveKit:     "tvos-exclavekit",
	types.Platform_watchOsExclaveCore: "watchos-exclavecore",
	types.Platform_watchOsExclaveKit:  "watchos-exclavekit",
}

func systemOf(p types.Platform) string {
	if s, ok := systems[p]; ok {
		return s
	}
	return fmt.Sprintf("platform-%d", uint32(p))
}

// archOf returns the word of GOARCH and the name that lipo has. The upper byte
// of a subtype has flags, such as the version of arm64e's ABI.
func archOf(cpu, subtype uint32) (goarch, name string) {
	sub := types.CPUSubtype(subtype &^ 0xff000000)
	switch types.CPU(cpu) {
	case types.CPUAmd64:
		if sub == types.CPUSubtypeX86_64H {
			return "amd64", "x86_64h"
		}
		return "amd64", "x86_64"
	case types.CPUArm64:
		if sub == types.CPUSubtypeArm64E {
			return "arm64", "arm64e"
		}
		return "arm64", "arm64"
	case types.CPUArm6432:
		return "arm64_32", "arm64_32"
	case types.CPUI386:
		return "386", "i386"
	case types.CPUArm:
		return "arm", armName(sub)
	case types.CPUPpc:
		return "ppc", "ppc"
	case types.CPUPpc64:
		return "ppc64", "ppc64"
	}
	unknown := fmt.Sprintf("cpu-%#x", cpu)
	return unknown, unknown
}

func armName(sub types.CPUSubtype) string {
	switch sub {
	case 6:
		return "armv6"
	case 9:
		return "armv7"
	case 11:
		return "armv7s"
	case 12:
		return "armv7k"
	}
	return "arm"
}

// releaseOf writes X.Y.Z out of the nibbles xxxx.yy.zz, without the last part
// where that is 0: 11.0, 10.15.4. It returns "" for 0, which says nothing.
func releaseOf(v uint32) abi.Version {
	switch {
	case v == 0:
		return ""
	case v&0xff == 0:
		return dotted(v>>16, v>>8&0xff)
	}
	return dotted(v>>16, v>>8&0xff, v&0xff)
}

// libraryVersion writes the same nibbles with all three parts, as otool does
// for the version of a library: 1.0.8.
func libraryVersion(v uint32) abi.Version {
	return dotted(v>>16, v>>8&0xff, v&0xff)
}

func dotted(parts ...uint32) abi.Version {
	b := make([]byte, 0, 20)
	for i, p := range parts {
		if i > 0 {
			b = append(b, '.')
		}
		b = strconv.AppendUint(b, uint64(p), 10)
	}
	return abi.Version(b)
}
