package machocheck

import "github.com/abivet/abivet/abi"

var uuidMissing = abi.Rule[*File]{
	Doc: abi.Doc{
		ID:       "uuid-missing",
		Title:    "the file has no LC_UUID",
		Severity: abi.Error,
		Why: `dyld refuses a file without an LC_UUID: a library or bundle built with SDK 12 or later on
macOS 15.4 and later, a program built with SDK 26 on macOS 26 and later. It says "missing
LC_UUID load command". macOS 15 also knows programs by it when it asks for access to the
local network. What Go links is judged by go-macos-uuid.`,
		Fix:  `Link again with a UUID: do not pass -no_uuid.`,
		Refs: []string{"https://github.com/apple-oss-distributions/dyld/blob/main/mach_o/Header.cpp"},
	},
	Check: gated(missingUUID),
}

// missingUUID leaves Go's programs to go-macos-uuid, which knows what to do.
func missingUUID(f *File) []violation {
	if f.isGo() {
		return nil
	}
	return withoutUUID(f)
}

func withoutUUID(f *File) []violation {
	if f.UUID != "" {
		return nil
	}
	return []violation{{
		gate: missingUUIDGate, subject: "LC_UUID", what: "has no LC_UUID", text: "missing LC_UUID load command",
		evidence: []string{"no load command LC_UUID"},
	}}
}
