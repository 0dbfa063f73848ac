package machocheck

import (
	"fmt"

	"github.com/abivet/abivet/abi"
)

var fixupsTooNew = abi.Rule[*File]{
	Doc: abi.Doc{
		ID:       "fixups-too-new",
		Title:    "the file has load commands that the oldest macOS does not know",
		Severity: abi.Error,
		Why: `LC_DYLD_CHAINED_FIXUPS and LC_DYLD_EXPORTS_TRIE are known to dyld since macOS 10.15.
An older one does not skip what it does not know: it says "unknown required load
command" and does not load the file. Linkers write these commands by the minimum they
are told of; a file that has them and a lower minimum was made with a flag that
contradicts it. Two forms of the chained pointers are younger still.`,
		Fix: `Link with -Wl,-no_fixup_chains, or raise the minimum to macOS 10.15 or later
(-mmacosx-version-min=10.15).`,
		Refs: []string{"https://github.com/apple-oss-distributions/dyld/tree/dyld-732.8"},
	},
	Check: checkFixupsTooNew,
}

const firstChained = abi.Version("10.15") // dyld 732.8; 655.1 of 10.14.6 has none

func checkFixupsTooNew(f *File, t abi.Target) []abi.Finding {
	if !f.Loaded() || f.Platform.OS != darwin || !f.ChainedFixups && !f.ExportsTrie {
		return nil
	}
	oldest, whose := f.oldest(t)
	if oldest == "" {
		return nil
	}
	if !oldest.Less(firstChained) {
		return f.chainsTooNew(oldest, whose)
	}
	command, number := "LC_DYLD_CHAINED_FIXUPS", uint32(0x80000034)
	if !f.ChainedFixups {
		command, number = "LC_DYLD_EXPORTS_TRIE", 0x80000033
	}
	return []abi.Finding{{
		Message: fmt.Sprintf("has %s, which macOS knows from %s on; %s is macOS %s, which says %q",
			command, firstChained, whose, oldest, fmt.Sprintf("unknown required load command 0x%08X", number)),
		Evidence: []string{f.buildEvidence(), "load command " + command},
		Subject:  command,
	}}
}

// chainFormats have the release that first knew a form of chained pointers. The
// others came with the first.
var chainFormats = map[int]abi.Version{
	6:  "10.15.4", // DYLD_CHAINED_PTR_64_OFFSET
	12: "11.0",    // DYLD_CHAINED_PTR_ARM64E_USERLAND24
}

func (f *File) chainsTooNew(oldest abi.Version, whose string) []abi.Finding {
	var findings []abi.Finding
	for _, form := range f.ChainFormats {
		if since := chainFormats[form]; oldest.Less(since) {
			findings = append(findings, abi.Finding{
				Message:  fmt.Sprintf("has chained pointers of form %d, which macOS knows from %s on; %s is macOS %s", form, since, whose, oldest),
				Evidence: []string{f.buildEvidence(), fmt.Sprintf("pointer_format %d", form)},
				Subject:  "LC_DYLD_CHAINED_FIXUPS",
			})
		}
	}
	return findings
}
