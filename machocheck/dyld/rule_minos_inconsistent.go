package dyld

import (
	"fmt"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/machocheck"
)

var minosInconsistent = abi.Rule[*Process]{
	Doc:   machocheck.MinOSInconsistentDoc,
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
