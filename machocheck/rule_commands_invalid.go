package machocheck

import (
	"fmt"
	"slices"
	"strings"

	"github.com/abivet/abivet/abi"
)

var commandsInvalid = abi.Rule[*File]{
	Doc: abi.Doc{
		ID:       "commands-invalid",
		Title:    "load commands are missing, stand twice or are not known",
		Severity: abi.Error,
		Why: `dyld refuses a library without an install name, a program or bundle with one, a file with
two of either or two LC_UUID, and one that needs no library at all (built with SDK 15.4 or
later: every file is to be linked with libSystem). It looks from macOS 15.4 on at libraries
and bundles, from 26 on at programs. A load command that it does not know and that is
marked as required is refused by every release: "unknown required load command".`,
		Fix:  `Link again with a current linker; leave out the tool that added the command.`,
		Refs: []string{"https://github.com/apple-oss-distributions/dyld/blob/main/mach_o/Header.cpp"},
	},
	Check: checkCommandsInvalid,
}

// requiredCommand marks a load command that dyld must know: LC_REQ_DYLD.
const requiredCommand = 0x80000000

func checkCommandsInvalid(f *File, t abi.Target) []abi.Finding {
	findings := gated(invalidCommands)(f, t)
	if !f.Loaded() {
		return findings
	}
	for _, number := range f.Unknown {
		if number&requiredCommand != 0 {
			findings = append(findings, abi.Finding{
				Message:  fmt.Sprintf("has a load command that no known dyld has a name for: %q", fmt.Sprintf("unknown required load command 0x%08X", number)),
				Evidence: []string{fmt.Sprintf("load command %#x", number)},
				Subject:  fmt.Sprintf("%#x", number),
			})
		}
	}
	return findings
}

func invalidCommands(f *File) []violation {
	var found []violation
	add := func(g gate, subject, what, text string) {
		found = append(found, violation{gate: g, subject: subject, what: what, text: text, evidence: []string{fmt.Sprintf("a %s with %d libraries", f.Kind, len(f.Dylibs))}})
	}
	if slices.Contains(f.Repeated, "LC_UUID") {
		add(anySDKGate, "LC_UUID", "has more than one LC_UUID", "too many LC_UUID load commands")
	}
	switch {
	case slices.Contains(f.Repeated, "LC_ID_DYLIB"):
		add(anySDKGate, "LC_ID_DYLIB", "has more than one LC_ID_DYLIB", "multiple LC_ID_DYLIB found")
	case f.Kind == Library && f.ID == Dylib{}:
		add(anySDKGate, "LC_ID_DYLIB", "is a library without an install name", "MH_DYLIB is missing LC_ID_DYLIB")
	case f.Kind != Library && f.ID != Dylib{}:
		add(anySDKGate, "LC_ID_DYLIB", fmt.Sprintf("is a %s with the install name of a library", f.Kind), "found LC_ID_DYLIB found in non-MH_DYLIB")
	}
	// The libraries of libSystem itself are at the bottom.
	if len(f.Dylibs) == 0 && !f.sdkForDyld().Less(noLibraryGate.library26) && !strings.HasPrefix(f.ID.Name, "/usr/lib/system/") {
		add(noLibraryGate, "LC_LOAD_DYLIB", "needs no library, not even libSystem", "missing LC_LOAD_DYLIB (must link with at least libSystem.dylib)")
	}
	return found
}
