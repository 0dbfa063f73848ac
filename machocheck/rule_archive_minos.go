package machocheck

import (
	"fmt"

	"github.com/abivet/abivet/abi"
)

var archiveMinOS = abi.Rule[*File]{
	Doc: abi.Doc{
		ID:       "archive-minos",
		Title:    "an object was built for a newer macOS than the target",
		Severity: abi.Warning,
		Why: `An object file, or a member of a static library, records the oldest macOS that it is
compiled for. The linker warns where that is newer than the program's ("object file was
built for newer macOS version than being linked") and links all the same; the program then
records its own, lower number and may lack a symbol or misbehave on the release that it
promises. cgo's objects, Homebrew's libraries and prebuilt ones are the usual origin.`,
		Fix: `Compile with MACOSX_DEPLOYMENT_TARGET or -mmacosx-version-min set to the target; for cgo
in CGO_CFLAGS. Or raise the target.`,
		Refs: []string{"https://github.com/golang/go/issues/36025"},
	},
	Check: checkArchiveMinOS,
	Skip: func(f *File, t abi.Target) string {
		if f.Kind != Object {
			return ""
		}
		return skipMinimum(f, t)
	},
}

func checkArchiveMinOS(f *File, t abi.Target) []abi.Finding {
	if f.Kind != Object || f.Platform.OS != darwin || t.Platform.OS != darwin || t.MinOS == "" || f.MinOS.Compare(t.MinOS) <= 0 {
		return nil
	}
	return []abi.Finding{{
		Message:  fmt.Sprintf("the object for %s was built for macOS %s or later; target has macOS %s", f.Arch, f.MinOS, t.MinOS),
		Evidence: []string{f.buildEvidence()},
		Subject:  "macOS",
	}}
}
