package machocheck

import (
	"fmt"

	"github.com/abivet/abivet/abi"
)

var platformMismatch = abi.Rule[*File]{
	Doc: abi.Doc{
		ID:       "platform-mismatch",
		Title:    "the file is for another system than the target",
		Severity: abi.Error,
		Why: `A Mach-O file names the system that it is for: macOS, iOS, a simulator, Mac Catalyst.
dyld does not load a library of another system into a process ("incompatible platform"),
and the kernel does not start a program of another one. iOS, its simulator and macOS on
Apple silicon have the same processor, so the architecture does not tell them apart.
Libraries of macOS may be loaded by programs of Mac Catalyst, not the other way round; a
zippered library names both.`,
		Fix: `Build for the target's system (clang -target arm64-apple-macos11, xcodebuild -sdk
macosx) and ship one file for each system; a universal file has room for only one of
each architecture, an XCFramework for all.`,
		Refs: []string{"https://github.com/apple-oss-distributions/dyld/blob/main/mach_o/Platform.cpp"},
	},
	Check: checkPlatformMismatch,
	Skip:  skipPlatformMismatch,
}

func skipPlatformMismatch(_ *File, t abi.Target) string {
	if t.Platform.OS == "" {
		return "no target system was named"
	}
	return ""
}

func checkPlatformMismatch(f *File, t abi.Target) []abi.Finding {
	if t.Platform.OS == "" || f.Kind == DebugInfo || f.runsOn(t.Platform.OS) {
		return nil
	}
	name := "target"
	if t.Name != "" {
		name = t.Name
	}
	return []abi.Finding{{
		Message:  fmt.Sprintf("is for %s; %s is %s", f.Platform, name, t.Platform),
		Evidence: []string{f.buildEvidence()},
		Subject:  f.Platform.OS,
	}}
}

// runsOn reports whether the file can be used in a process of the system.
func (f *File) runsOn(system string) bool {
	if f.Platform.OS == system {
		return true
	}
	for _, b := range f.Builds {
		if b.OS == system {
			return true
		}
	}
	// A program of Mac Catalyst is started by a Mac; its libraries are not
	// loaded by anything else.
	return f.Kind == Executable && f.Platform.OS == "maccatalyst" && system == darwin
}
