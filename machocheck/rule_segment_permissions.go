package machocheck

import (
	"fmt"

	"github.com/abivet/abivet/abi"
)

var segmentPermissions = abi.Rule[*File]{
	Doc: abi.Doc{
		ID:       "segment-permissions",
		Title:    "a segment does not have the permissions that its name asks for",
		Severity: abi.Error,
		Why: `dyld wants __TEXT to begin as r-x in what was built with SDK 10.15 or later, and __DATA and
__DATA_CONST as rw- from SDK 26 on: it makes __DATA_CONST read-only by itself once the
pointers in it are set. It refuses other files from macOS 15.4 on (libraries and bundles)
or 26 on (programs). From SDK 26 on two segments of one name are refused, too.`,
		Fix:  `Link again without -segprot, and do not change protections by a tool afterwards.`,
		Refs: []string{"https://github.com/apple-oss-distributions/dyld/blob/main/mach_o/Header.cpp"},
	},
	Check: gated(wrongPermissions),
}

// permissions are what dyld asks of a segment by its name.
var permissions = map[string]struct {
	prot Prot
	gate gate
}{
	"__TEXT":       {ProtRead | ProtExecute, textGate},
	"__DATA":       {ProtRead | ProtWrite, dataGate},
	"__DATA_CONST": {ProtRead | ProtWrite, dataGate},
	"__LINKEDIT":   {ProtRead, linkEditGate},
}

func wrongPermissions(f *File) []violation {
	var found []violation
	seen := map[string]bool{}
	for _, s := range f.Segments {
		if s.Name != "__LINKEDIT" {
			found = append(found, s.permissionsOf(f)...)
		}
		if seen[s.Name] && !f.sdkForDyld().Less(segmentTwiceGate.library26) {
			found = append(found, violation{
				gate: segmentTwiceGate, subject: s.Name, what: fmt.Sprintf("two segments are named %q", s.Name),
				text: fmt.Sprintf("duplicate segment name '%s'", s.Name), evidence: []string{s.evidence()},
			})
		}
		seen[s.Name] = true
	}
	return found
}

// permissionsOf says nothing of what was built before anybody asked.
func (s Segment) permissionsOf(f *File) []violation {
	p, ok := permissions[s.Name]
	if !ok || s.InitProt == p.prot || s.unmapped() {
		return nil
	}
	if by15, by26, _ := p.gate.by(f); !by15 && !by26 {
		return nil
	}
	return []violation{{
		gate: p.gate, subject: s.Name, what: fmt.Sprintf("segment %s begins as %s: want %s", s.Name, s.InitProt, p.prot),
		text:     fmt.Sprintf("%s segment permissions is not '%s'", s.Name, p.prot),
		evidence: []string{s.evidence()},
	}}
}

var linkEditPermissions = abi.Rule[*File]{
	Doc: abi.Doc{
		ID:       "linkedit-permissions",
		Title:    "__LINKEDIT is not mapped for reading alone",
		Severity: abi.Error,
		Why: `The segment __LINKEDIT has what dyld and the kernel read of a file: fixups, symbols, the
signature. dyld refuses a library or bundle that was built with SDK 10.11 or later and
maps it otherwise, from macOS 15.4 on, and a program built with SDK 26, from macOS 26 on.
Packers and tools that append to a file leave such segments.`,
		Fix:  `Link again without -segprot __LINKEDIT, and do not change the segment by a tool afterwards.`,
		Refs: []string{"https://github.com/apple-oss-distributions/dyld/blob/main/mach_o/Header.cpp"},
	},
	Check: gated(wrongLinkEdit),
}

func wrongLinkEdit(f *File) []violation {
	var found []violation
	for _, s := range f.Segments {
		if s.Name == "__LINKEDIT" {
			found = append(found, s.permissionsOf(f)...)
		}
	}
	return found
}
