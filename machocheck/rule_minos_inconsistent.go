package machocheck

import (
	"fmt"

	"github.com/abivet/abivet/abi"
)

var minosInconsistent = abi.Rule[[]*File]{
	Doc: abi.Doc{
		ID:       "minos-inconsistent",
		Title:    "what belongs together is built for different releases of macOS",
		Severity: abi.Warning,
		Why: `The slices of a universal file each record the oldest macOS that they are built for. One
that asks for more than its sisters was mostly built on another machine or without
MACOSX_DEPLOYMENT_TARGET: the file then works for the users of one processor and not for
those of the other, on the same release. Apple silicon begins with macOS 11, so everything
up to 11.0 counts as the same.

What a program says holds only if the libraries that it brings along can do with that as
well. One that was built for a newer release, mostly for that of the build machine by a
package manager, may use symbols that the older one does not have: the program then dies
at its start or at a call, on the very machines that it was said to run on. dyld does not
compare the numbers.`,
		Fix: `Set MACOSX_DEPLOYMENT_TARGET or -mmacosx-version-min for the builds of all slices and
libraries, instead of taking the package manager's; or raise the program's own.`,
		Refs: []string{"https://github.com/matthew-brett/delocate"},
	},
	Check: checkMinOSInconsistent,
}

const firstAppleSilicon = abi.Version("11.0")

func checkMinOSInconsistent(files []*File, _ abi.Target) []abi.Finding {
	var least, most *File
	for _, f := range files {
		if f.Platform.OS != darwin || f.MinOS == "" || f.Kind == DebugInfo {
			continue
		}
		if least == nil || f.MinOS.Less(least.MinOS) {
			least = f
		}
		if most == nil || most.MinOS.Less(f.MinOS) {
			most = f
		}
	}
	if least == nil || most.MinOS.Compare(least.MinOS) == 0 || most.MinOS.Compare(firstAppleSilicon) <= 0 {
		return nil
	}
	finding := abi.Finding{
		Message: fmt.Sprintf("the slice for %s is built for macOS %s or later, that for %s for macOS %s", most.Arch, most.MinOS, least.Arch, least.MinOS),
		Subject: most.Arch,
	}
	for _, f := range files {
		finding.Evidence = append(finding.Evidence, f.Arch+": "+f.buildEvidence())
	}
	return []abi.Finding{finding}
}
