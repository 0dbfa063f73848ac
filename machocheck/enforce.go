package machocheck

import (
	"fmt"

	"github.com/abivet/abivet/abi"
)

// A gate is one of dyld's own checks of a file: the SDK from which on a file
// must pass it. dyld asks for the SDK, not for the minimum, so that old files
// go on working; an empty field is not checked there.
//
// Releases 12.0 to 15.3 check nothing of this. 15.4 (dyld 1284) began with
// libraries and bundles, 26.0 (dyld 1323) added the main program.
type gate struct {
	library15 abi.Version // in macOS 15.4 to 15.6
	library26 abi.Version // in macOS 26 and later
	program26 abi.Version
}

// Origin: common/DyldProcessConfig.cpp and mach_o/Policy.cpp of dyld 1284 to
// 1378, read in September 2026.
var (
	duplicateRPathGate = gate{"15.4", "26.0", "26.0"}
	duplicateDylibGate = gate{"15.0", "26.0", "26.0"}
	missingUUIDGate    = gate{"12.0", "12.0", "26.0"}
	dataConstGate      = gate{"26.0", "26.0", "26.0"}
)

// sdkForDyld is the SDK as dyld sees it where the file does not name one.
func (f *File) sdkForDyld() abi.Version {
	sdk := f.SDK
	switch {
	case len(f.Builds) == 0 && f.Platform.Arch == "arm64":
		sdk = "11.0"
	case len(f.Builds) == 0:
		sdk = "10.5"
	case sdk == "" && f.Builds[0].Old:
		sdk = f.MinOS // the older command had no SDK at first
	}
	if !sdk.Less("16") && sdk.Less("26") {
		return "26.0" // these were never released; dyld takes them for 26
	}
	return sdk
}

// on returns the SDKs from which on macOS 15 and macOS 26 refuse the file.
func (g gate) on(f *File) (in15, in26 abi.Version) {
	if f.Kind == Executable {
		return "", g.program26
	}
	return g.library15, g.library26
}

// finding says that the file does not pass, what dyld prints where it refuses
// it, and which releases do. It is an error only where the target is such a
// release: files that no release refuses because of their SDK are in wide use.
func (g gate) finding(f *File, t abi.Target, what, text string) abi.Finding {
	sdk := f.sdkForDyld()
	in15, in26 := g.on(f)
	by15 := in15 != "" && !sdk.Less(in15)
	by26 := in26 != "" && !sdk.Less(in26)
	finding := abi.Finding{Severity: abi.Note, Evidence: []string{f.buildEvidence()}}
	release := t.MinOS
	if t.Platform.OS != darwin {
		release = ""
	}
	switch {
	case release != "" && (by26 && !release.Less("26") || by15 && !release.Less("15.4") && release.Less("26")):
		finding.Severity = abi.Error
		finding.Message = fmt.Sprintf("%s; macOS %s refuses that of a file built with SDK %s: %q", what, release, sdk, text)
	case by15 || by26:
		finding.Message = fmt.Sprintf("%s; built with SDK %s, it is refused by %s: %q", what, sdk, releases(by15, by26), text)
	default:
		finding.Message = fmt.Sprintf("%s; no macOS refuses that of a file built with SDK %s, but from SDK %s on it does: %q",
			what, sdk, lowest(in15, in26), text)
	}
	return finding
}

func releases(by15, by26 bool) string {
	switch {
	case by15 && by26:
		return "macOS 15.4 and later"
	case by15:
		return "macOS 15.4 to 15.6"
	}
	return "macOS 26 and later"
}

func lowest(a, b abi.Version) abi.Version {
	if a == "" || b != "" && b.Less(a) {
		return b
	}
	return a
}

// buildEvidence is the version command that speaks for the file.
func (f *File) buildEvidence() string {
	for _, b := range f.Builds {
		if b.OS != f.Platform.OS {
			continue
		}
		sdk := b.SDK
		if sdk == "" {
			sdk = "n/a"
		}
		if b.Old {
			return fmt.Sprintf("LC_VERSION_MIN of %s: version %s, sdk %s", b.OS, b.MinOS, sdk)
		}
		return fmt.Sprintf("LC_BUILD_VERSION of %s: minos %s, sdk %s", b.OS, b.MinOS, sdk)
	}
	return "no version command"
}
