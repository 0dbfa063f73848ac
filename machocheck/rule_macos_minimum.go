package machocheck

import (
	"fmt"

	"github.com/abivet/abivet/abi"
)

var macosMinimum = abi.Rule[*File]{
	Doc: abi.Doc{
		ID:       "macos-minimum",
		Title:    "the file was built for a newer macOS than the target",
		Severity: abi.Error,
		Why: `The linker records the oldest macOS that a file is built for. Symbols and behaviour of
that release may be used without asking: on an older one they are missing when the file
is loaded, or at the call. Neither the kernel nor dyld compares the number itself; dyld
only adds it to the message about a missing symbol ("built for macOS 13.0 which is newer
than running OS"), and Finder refuses to start an application whose Info.plist has it.
So a file above the target may well start on it, and fail in use.`,
		Fix: `Build with MACOSX_DEPLOYMENT_TARGET or -mmacosx-version-min set to the target, every
part of it: libraries bring their own minimum. Programs that Go links itself have a
fixed one by the release of Go: 1.21 and 1.22 10.13 (amd64), 1.23 and 1.24 11.0, 1.25
and 1.26 12.0. With cgo, set CGO_CFLAGS and CGO_LDFLAGS to -mmacosx-version-min=VERSION.
Or raise the target.`,
		Refs: []string{"https://github.com/golang/go/issues/18400"},
	},
	Check: checkMacOSMinimum,
	Skip:  skipMacOSMinimum,
}

func skipMacOSMinimum(f *File, t abi.Target) string {
	if f.Kind == Object {
		return "" // archive-minos judges it
	}
	return skipMinimum(f, t)
}

func skipMinimum(f *File, t abi.Target) string {
	switch {
	case f.Platform.OS != darwin || f.Kind == DebugInfo:
		return ""
	case t.Platform.OS != darwin || t.MinOS == "":
		return "no target macOS release was named"
	case f.MinOS == "":
		return "the file does not name the macOS that it was built for"
	}
	return ""
}

func checkMacOSMinimum(f *File, t abi.Target) []abi.Finding {
	if f.Platform.OS != darwin || f.Kind == DebugInfo || f.Kind == Object || t.Platform.OS != darwin || t.MinOS == "" {
		return nil
	}
	if f.MinOS.Compare(t.MinOS) <= 0 {
		return nil
	}
	return []abi.Finding{{
		Message:  fmt.Sprintf("%s was built for macOS %s or later; target has macOS %s", f.Arch, f.MinOS, t.MinOS),
		Evidence: []string{f.buildEvidence()},
		Subject:  "macOS",
	}}
}
