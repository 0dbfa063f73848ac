package machocheck

import (
	"fmt"
	"strings"

	"github.com/abivet/abivet/abi"
)

var symbolNewerThanMinOS = abi.Rule[*File]{
	Doc: abi.Doc{
		ID:       "symbol-newer-than-minos",
		Title:    "a function of a newer macOS is needed",
		Severity: abi.Warning,
		Why: `The file cannot do without a function of libSystem that came with a newer macOS than the
target, or than the file's own minimum where no target is named. On an older one dyld does
not load the file ("Symbol not found: ... built for macOS 13.0 which is newer than running
OS"), or ends the program at the first call where the symbol is bound lazily. The compiler
warns (-Wunguarded-availability-new) where it is told the minimum; a configure script that
only tries to link, on a new machine, finds the function and uses it.

The list covers what the headers of libSystem say, not other libraries and frameworks.`,
		Fix: `Compile with -mmacosx-version-min (MACOSX_DEPLOYMENT_TARGET) and
-Werror=unguarded-availability-new, and call the function behind __builtin_available, which
makes the symbol weak. For a configure script: ac_cv_func_NAME=no. Or raise the minimum.`,
		Refs: []string{
			"https://developer.apple.com/documentation/xcode/making-your-app-compatible-with-earlier-versions-of-macos",
		},
	},
	Check: checkSymbolNewerThanMinOS,
}

func checkSymbolNewerThanMinOS(f *File, t abi.Target) []abi.Finding {
	oldest, whose := f.oldest(t)
	if !f.Loaded() || f.Platform.OS != darwin || oldest == "" {
		return nil
	}
	since := introduced()[f.Platform.Arch]
	var findings []abi.Finding
	for _, i := range f.Imports {
		release := since[i.Name]
		if i.Weak || !oldest.Less(release) || !f.ofLibSystem(i.Library) {
			continue
		}
		findings = append(findings, abi.Finding{
			Message:  fmt.Sprintf("needs %q, which came with macOS %s; %s is macOS %s", i.Name, release, whose, oldest),
			Evidence: []string{f.buildEvidence(), fmt.Sprintf("import %q: not weak, library %d", i.Name, i.Library)},
			Subject:  i.Name,
		})
	}
	return findings
}

// oldest is the oldest macOS that the file is to run on, and whose number it is.
func (f *File) oldest(t abi.Target) (release abi.Version, whose string) {
	if t.MinOS != "" && t.Platform.OS == darwin {
		return t.MinOS, "the target"
	}
	return f.MinOS, "its minimum"
}

// ofLibSystem reports whether the library of an import may be libSystem: a
// function of the same name in another is another.
func (f *File) ofLibSystem(library int) bool {
	if library < 1 || library > len(f.Dylibs) {
		return library == DynamicLookup
	}
	name := f.Dylibs[library-1].Name
	return strings.HasPrefix(name, "/usr/lib/libSystem.") || strings.HasPrefix(name, "/usr/lib/system/")
}
