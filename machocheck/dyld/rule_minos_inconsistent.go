package dyld

import (
	"fmt"

	"github.com/abivet/abivet/abi"
)

var minosInconsistent = abi.Rule[*Process]{
	Doc: abi.Doc{
		ID:       "minos-inconsistent",
		Title:    "a library is built for a newer macOS than what brings it",
		Severity: abi.Warning,
		Why: `What a program says of the oldest macOS that it runs on holds only if all that it brings
along can do with that. A library that was built for a newer release, mostly for that of
the build machine by a package manager, may use symbols that the older one does not have:
the program then dies at its start or at a call, on the very machines that it was said to
run on. dyld does not compare the numbers.`,
		Fix: `Build the library with MACOSX_DEPLOYMENT_TARGET set to the program's, instead of taking
the package manager's; or raise the program's own.`,
		Refs: []string{"https://github.com/matthew-brett/delocate"},
	},
	Check: checkMinOSInconsistent,
}

func checkMinOSInconsistent(p *Process, _ abi.Target) []abi.Finding {
	root := p.root()
	if root == nil || root.File.Platform.OS != "darwin" || root.File.MinOS == "" {
		return nil
	}
	var findings []abi.Finding
	for _, o := range p.brought() {
		if o == root || o.File.Platform.OS != "darwin" || !root.File.MinOS.Less(o.File.MinOS) {
			continue
		}
		findings = append(findings, abi.Finding{
			Message: fmt.Sprintf("%s was built for macOS %s; %s, which brings it, for macOS %s",
				shown(o.Path), o.File.MinOS, shown(root.Path), root.File.MinOS),
			Evidence: []string{o.route()},
			Subject:  shown(o.Path),
		})
	}
	return findings
}
