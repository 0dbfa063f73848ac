package machocheck

import (
	"fmt"
	"strings"

	"github.com/abivet/abivet/abi"
)

var readOnlyTwice = abi.Rule[*File]{
	Doc: abi.Doc{
		ID:       "read-only-twice",
		Title:    "more than one segment is to be made read-only",
		Severity: abi.Error,
		Why: `The flag SG_READ_ONLY says that a segment is made read-only once its pointers are set; that
is for __DATA_CONST. Since macOS 14 the kernel does not start a program that has two such
segments: "Killed: 9". Earlier releases do not look.`,
		Fix:  `Link again so that one segment has the flag: put the sections of the other into __DATA_CONST.`,
		Refs: []string{"https://github.com/apple-oss-distributions/xnu/blob/main/bsd/kern/mach_loader.c"},
	},
	Check: checkReadOnlyTwice,
}

const readOnlyOnce = abi.Version("14.0") // xnu 10002; 8796 of 13.5 does not count them

// readOnlySegments are the names of the segments that are made read-only.
func (f *File) readOnlySegments() []string {
	var names []string
	for _, s := range f.Segments {
		if s.Flags&readOnlyFlag != 0 {
			names = append(names, s.Name)
		}
	}
	return names
}

func twiceReadOnly(f *File, release abi.Version) string {
	names := f.readOnlySegments()
	if len(names) < 2 || release.Less(readOnlyOnce) {
		return ""
	}
	return fmt.Sprintf("has %d segments with SG_READ_ONLY; macOS %s and later want one at most", len(names), readOnlyOnce)
}

func checkReadOnlyTwice(f *File, t abi.Target) []abi.Finding {
	names := f.readOnlySegments()
	if f.Kind != Executable || f.Platform.OS != darwin || len(names) < 2 {
		return nil
	}
	finding := abi.Finding{
		Message:  fmt.Sprintf("%d segments have the flag SG_READ_ONLY (%s); the kernel of macOS %s and later kills such a program", len(names), strings.Join(names, ", "), readOnlyOnce),
		Evidence: []string{fmt.Sprintf("segments with flags %#x: %q", readOnlyFlag, names)},
		Subject:  names[1],
	}
	if t.Platform.OS != darwin || t.MinOS.Less(readOnlyOnce) {
		finding.Severity = abi.Warning
	}
	return []abi.Finding{finding}
}
