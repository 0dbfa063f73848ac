package elfcheck

import (
	"fmt"
	"strings"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/internal/wording"
)

var glibcMarker = abi.Rule[*File]{
	Doc: abi.Doc{
		ID:       "glibc-marker",
		Title:    "needs a feature of glibc that the target's build lacks",
		Severity: abi.Error,
		Why: `glibc announces abilities of its loader as versions without a number:
GLIBC_ABI_DT_RELR for packed relative relocations, GLIBC_ABI_GNU2_TLS and
GLIBC_ABI_GNU_TLS for TLS descriptors, GLIBC_ABI_DT_X86_64_PLT. The linker writes
the need into a file that uses the ability, and a loader without it refuses the
file. They are facts of a build: distributions have added them to older releases,
so they are looked up and never derived from glibc's number.`,
		Fix: `link without the ability: -z nopack-relative-relocs for DT_RELR,
-mtls-dialect=gnu for GNU2_TLS, -z nomark-plt for DT_X86_64_PLT; or link on the
target's own system`,
		Refs: []string{
			"https://sourceware.org/git/?p=glibc.git;a=blob;f=elf/dl-version.c",
			"https://maskray.me/blog/2021-10-31-relative-relocations-and-relr",
		},
	},
	Check: checkGlibcMarker,
	Skip:  skipGlibcMarker,
}

// isMarker reports whether a version is one of glibc's without a number. The
// private one has a rule of its own.
func isMarker(version string) bool {
	if !strings.HasPrefix(version, "GLIBC_") || version == "GLIBC_PRIVATE" {
		return false
	}
	_, _, numbered := abi.SplitSymbolVersion(version)
	return !numbered
}

func checkGlibcMarker(f *File, t abi.Target) []abi.Finding {
	var findings []abi.Finding
	for i := range f.VersionNeeds {
		need := &f.VersionNeeds[i]
		if isMarker(need.Version) && !need.Weak {
			findings = append(findings, absent(need, t)...)
		}
	}
	return findings
}

// absent finds a version without a number that the target is known to lack.
func absent(need *VersionNeed, t abi.Target) []abi.Finding {
	if has, known := t.Markers[need.Version]; has || !known {
		return nil
	}
	return []abi.Finding{{
		Message:  fmt.Sprintf("needs %s from %s%s; %s does not have it", wording.Plain(need.Version), wording.Plain(need.File), need.reasons(), wording.Called(t)),
		Evidence: need.evidence(),
		Subject:  need.File + " " + need.Version,
	}}
}

func skipGlibcMarker(f *File, t abi.Target) string {
	for _, need := range f.VersionNeeds {
		if !isMarker(need.Version) {
			continue
		}
		if _, known := t.Markers[need.Version]; !known && t.Libc != abi.Musl && t.Libc != abi.Bionic {
			if t.Name == "" {
				return fmt.Sprintf("no target was named that says whether it has %s", wording.Plain(need.Version))
			}
			return fmt.Sprintf("%s does not say whether it has %s", wording.Called(t), wording.Plain(need.Version))
		}
	}
	return ""
}
