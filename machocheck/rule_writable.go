package machocheck

import (
	"fmt"

	"github.com/abivet/abivet/abi"
)

var writableExecutable = abi.Rule[*File]{
	Doc: abi.Doc{
		ID:       "writable-executable",
		Title:    "a segment is mapped writable and executable at once",
		Severity: abi.Error,
		Why: `The kernel of Apple silicon maps nothing writable and executable at once, so an arm64
file with such a segment is not loaded. On Intel it is refused to programs with the
hardened runtime, which notarization asks for; elsewhere it works and is a gift to
whoever finds a hole, so there it is a warning.

What counts is the protection that the segment begins with. The greatest it may ever get
is rwx in every Go program, and that is fine.`,
		Fix: `Put code and data into segments of their own: leave out -segprot and .section
attributes that join them. Code that is made at run time belongs into memory of its own,
mapped with MAP_JIT.`,
		Refs: []string{"https://github.com/apple-oss-distributions/xnu/blob/main/osfmk/vm/vm_map.c"},
	},
	Check: checkWritableExecutable,
}

// writableCode is of programs alone: a library is refused when it is mapped.
func writableCode(f *File, _ abi.Version) string {
	const both = ProtWrite | ProtExecute
	if f.Platform.Arch != "arm64" {
		return ""
	}
	for _, s := range f.Segments {
		if s.InitProt&both == both {
			return fmt.Sprintf("has segment %q, which begins as %s", s.Name, s.InitProt)
		}
	}
	return ""
}

func checkWritableExecutable(f *File, _ abi.Target) []abi.Finding {
	if !f.Loaded() {
		return nil
	}
	const both = ProtWrite | ProtExecute
	var findings []abi.Finding
	for _, s := range f.Segments {
		if s.InitProt&both != both {
			continue
		}
		finding := abi.Finding{
			Message:  fmt.Sprintf("segment %q begins as %s; an arm64 kernel refuses what is writable and executable at once", s.Name, s.InitProt),
			Evidence: []string{fmt.Sprintf("segment %q: initprot %s, maxprot %s", s.Name, s.InitProt, s.MaxProt)},
			Subject:  s.Name,
		}
		switch {
		case f.Platform.Arch == "arm64":
		case f.Signature.Flags&HardenedRuntime != 0:
			finding.Message = fmt.Sprintf("segment %q begins as %s; the hardened runtime that the signature asks for refuses that", s.Name, s.InitProt)
		default:
			finding.Severity = abi.Warning
			finding.Message = fmt.Sprintf("segment %q begins as %s; want r-x or rw-", s.Name, s.InitProt)
		}
		findings = append(findings, finding)
	}
	return findings
}
