package machocheck

import (
	"fmt"
	"strings"

	"github.com/abivet/abivet/abi"
)

var sliceMissing = abi.Rule[[]*File]{
	Doc: abi.Doc{
		ID:       "slice-missing",
		Title:    "the file has no code for the target's processor",
		Severity: abi.Error,
		Why: `A Mach-O file is for one processor, or has a slice for each of several. A process loads
only what is for its own: "mach-o file, but is an incompatible architecture" or "fat file,
but missing compatible architecture". A program for Intel alone is started on Apple
silicon by Rosetta 2 where that is installed, as a process that is Intel throughout; a
library or an extension for Intel cannot be loaded by a native program. Releases get it
wrong by packing the same build under both names.`,
		Fix: `Build for each processor and join the files: lipo -create -output OUT A B (or llvm-lipo).
Or ship one file for each, and look that each is what its name says: lipo -archs FILE.`,
		Refs: []string{"https://developer.apple.com/documentation/apple-silicon/building-a-universal-macos-binary"},
	},
	Check: checkSliceMissing,
	Skip:  skipSliceMissing,
}

func skipSliceMissing(_ []*File, t abi.Target) string {
	if t.Platform.Arch == "" {
		return "no target processor was named"
	}
	return ""
}

func checkSliceMissing(files []*File, t abi.Target) []abi.Finding {
	if t.Platform.Arch == "" {
		return nil
	}
	var have []string
	rosetta := false
	for _, f := range files {
		if f.Kind == DebugInfo || t.Platform.OS != "" && !f.runsOn(t.Platform.OS) {
			continue // platform-mismatch judges that
		}
		if f.Platform.Arch == t.Platform.Arch {
			return nil
		}
		have = append(have, f.Arch)
		rosetta = rosetta || f.Kind == Executable && f.Platform.Arch == "amd64" && t.Platform.Arch == "arm64"
	}
	if len(have) == 0 {
		return nil
	}
	finding := abi.Finding{
		Message:  fmt.Sprintf("has code for %s; target is %s", strings.Join(have, ", "), t.Platform),
		Evidence: []string{"architectures: " + strings.Join(have, " ")},
		Subject:  t.Platform.Arch,
	}
	if rosetta {
		finding.Message += "; it runs there only where Rosetta 2 is installed"
	}
	return []abi.Finding{finding}
}
