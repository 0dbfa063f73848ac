package machocheck

import (
	"fmt"

	"github.com/abivet/abivet/abi"
)

var goMacOSUUID = abi.Rule[*File]{
	Doc: abi.Doc{
		ID:       "go-macos-uuid",
		Title:    "a Go program has no LC_UUID",
		Severity: abi.Error,
		Why: `Go before 1.24 wrote no LC_UUID when it linked by itself, and no Go does where its build
ID is empty (-ldflags=-buildid=, as reproducible builds have it). macOS 26 refuses a program
without one that was built with SDK 26: "missing LC_UUID load command". The SDK that Go
names is old, so its programs run; but with cgo it takes the number from the first object
of the C compiler. So the same program runs with CGO_ENABLED=0 and dies when it is built
with cgo by Xcode 26.

On macOS 15 and later a program without one is also asked again and again for access to
the local network, or never gets it.`,
		Fix: `Build with Go 1.24 or later; or with -ldflags=-linkmode=external; or, with Go 1.23, with
-ldflags='-B gobuildid'. Do not take it away with -ldflags='-B none' or -ldflags=-buildid=;
a build ID of your own (-buildid=anything) keeps it.`,
		Refs: []string{
			"https://github.com/golang/go/issues/68678",
			"https://github.com/golang/go/blob/go1.26.0/src/cmd/link/internal/ld/main.go", // flagHostBuildid follows flagBuildid
			"https://github.com/onsi/ginkgo/issues/1612",
		},
	},
	Check: gated(missingGoUUID),
}

func missingGoUUID(f *File) []violation {
	if !f.isGo() {
		return nil
	}
	found := withoutUUID(f)
	for i := range found {
		if f.Go != nil && f.Go.Version != "" {
			found[i].what = fmt.Sprintf("has no LC_UUID, and was linked by %s", f.Go.Version)
			found[i].evidence = append(found[i].evidence, fmt.Sprintf("build information: %s, CGO_ENABLED=%s", f.Go.Version, f.Go.Settings["CGO_ENABLED"]))
		}
	}
	return found
}
