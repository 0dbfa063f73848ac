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

	anySDKGate       = gate{anySDK, anySDK, anySDK}
	noLibraryGate    = gate{"15.4", "15.4", "15.4"}
	textGate         = gate{"10.15", "10.15", "10.15"}
	dataGate         = gate{"26.0", "26.0", "26.0"}
	linkEditGate     = gate{"10.11", "10.11", "26.0"}
	sectionGate      = gate{"11.0", "11.0", "11.0"}
	segmentOrderGate = gate{"10.15", "10.15", "26.0"}
	segmentTwiceGate = gate{"", "26.0", "26.0"}
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

// anySDK marks what is asked of every file.
const anySDK = abi.Version("0")

// by reports which releases refuse the file, and the SDK from which on some do.
func (g gate) by(f *File) (by15, by26 bool, from abi.Version) {
	in15, in26 := g.library15, g.library26
	if f.Kind == Executable {
		in15, in26 = "", g.program26
	}
	sdk := f.sdkForDyld()
	asks := func(in abi.Version) bool { return in == anySDK || in != "" && !sdk.Less(in) }
	return asks(in15), asks(in26), lowest(in15, in26)
}

// refuses reports whether a release refuses a file that does not pass.
func (g gate) refuses(f *File, release abi.Version) bool {
	by15, by26, _ := g.by(f)
	if release.Less("26") {
		return by15 && !release.Less("15.4")
	}
	return by26
}

// A violation is one thing that dyld's own checks find in a file.
type violation struct {
	gate     gate
	subject  string
	what     string // in our words
	text     string // in dyld's, where it refuses the file
	evidence []string
}

// finding says which releases refuse the file. It is an error where the target
// is one of them, and a warning where they are newer: the target is the oldest
// macOS, not the only one. Files that no release refuses because of their SDK
// are in wide use.
func (v violation) finding(f *File, t abi.Target) abi.Finding {
	finding := abi.Finding{Severity: abi.Note, Subject: v.subject, Evidence: append([]string{f.buildEvidence()}, v.evidence...)}
	release := t.MinOS
	if t.Platform.OS != darwin {
		release = ""
	}
	by15, by26, from := v.gate.by(f)
	of := " of a file built with SDK " + string(f.sdkForDyld())
	if from == anySDK {
		of = ""
	}
	switch {
	case release != "" && v.gate.refuses(f, release):
		finding.Severity = abi.Error
		finding.Message = fmt.Sprintf("%s; macOS %s refuses that%s: %q", v.what, release, of, v.text)
	case by26 || by15 && release.Less("15.4"):
		finding.Severity = abi.Warning
		finding.Message = fmt.Sprintf("%s; it is refused%s by %s: %q", v.what, of, releases(by15, by26), v.text)
	case by15:
		finding.Message = fmt.Sprintf("%s; it is refused%s by %s: %q", v.what, of, releases(by15, by26), v.text)
	default:
		finding.Message = fmt.Sprintf("%s; no macOS refuses that%s, but from SDK %s on it does: %q", v.what, of, from, v.text)
	}
	return finding
}

// gated makes a Check of what finds violations.
func gated(find func(*File) []violation) func(*File, abi.Target) []abi.Finding {
	return func(f *File, t abi.Target) []abi.Finding {
		if !f.Loaded() || f.Platform.OS != darwin {
			return nil
		}
		var findings []abi.Finding
		for _, v := range find(f) {
			findings = append(findings, v.finding(f, t))
		}
		return findings
	}
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
