package machocheck

import (
	"github.com/abivet/abivet/abi"
)

var uuidMissing = abi.Rule[*File]{
	Doc: abi.Doc{
		ID:       "uuid-missing",
		Title:    "the file has no LC_UUID",
		Severity: abi.Error,
		Why: `dyld refuses a file without an LC_UUID: a library or bundle built with SDK 12 or later on
macOS 15.4 and later, a program built with SDK 26 on macOS 26 and later. It says "missing
LC_UUID load command". Go before 1.24 wrote none when it linked by itself. Such a program
has the SDK that Go names, which is old, and runs; but with cgo Go takes the number from
the first object of the C compiler, so the same program built with a new Xcode dies.
macOS 15 also knows programs by it when it asks for access to the local network.`,
		Fix: `Link again with a UUID: do not pass -no_uuid. Go: build with 1.24 or later, or with
-ldflags=-linkmode=external, or with -ldflags='-B gobuildid' (1.23).`,
		Refs: []string{
			"https://github.com/golang/go/issues/68678",
			"https://github.com/onsi/ginkgo/issues/1612",
		},
	},
	Check: checkUUIDMissing,
}

func checkUUIDMissing(f *File, t abi.Target) []abi.Finding {
	if !f.Loaded() || f.UUID != "" || f.Platform.OS != darwin {
		return nil
	}
	finding := missingUUIDGate.finding(f, t, "has no LC_UUID", "missing LC_UUID load command")
	finding.Subject = "LC_UUID"
	finding.Evidence = append(finding.Evidence, "no load command LC_UUID")
	return []abi.Finding{finding}
}
