package ldso

import (
	"fmt"

	"github.com/abivet/abivet/abi"
)

var kernelTooOld = abi.Rule[*Process]{
	Doc: abi.Doc{
		ID:       "kernel-too-old",
		Title:    "is built for a newer kernel than the target's",
		Severity: abi.Error,
		Why: `The GNU ABI tag of a file names the oldest Linux that it runs on. glibc up to 2.35
passes over a library that asks for a newer kernel, as if it were not there (Qt's
with statx on old container hosts); its own start-up stops with "FATAL: kernel too
old".`,
		Fix:  `use a build of the library for older kernels; or drop the note with strip --remove-section=.note.ABI-tag`,
		Refs: []string{glibcLoadSource},
	},
	Check: checkKernelTooOld,
	Skip: func(_ *Process, t abi.Target) string {
		if t.Kernel == "" {
			return "no target was named that says which kernel it has"
		}
		return ""
	},
}

func checkKernelTooOld(p *Process, t abi.Target) []abi.Finding {
	var findings []abi.Finding
	for _, o := range p.Objects {
		if need := o.File.Notes.Kernel; t.Kernel != "" && t.Kernel.Less(need) {
			findings = append(findings, abi.Finding{
				Message:  fmt.Sprintf("%s asks for Linux %s; %s has %s", shown(o.Path), need, t.Name, t.Kernel),
				Evidence: []string{"GNU ABI tag: " + o.File.Notes.OS + " " + string(need)},
				Subject:  shown(o.Path),
			})
		}
	}
	return findings
}
