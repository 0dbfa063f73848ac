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
up to 11.0 counts as the same.`,
		Fix:  `Set MACOSX_DEPLOYMENT_TARGET or -mmacosx-version-min for the builds of all slices.`,
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
