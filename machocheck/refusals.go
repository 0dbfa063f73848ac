package machocheck

import "github.com/abivet/abivet/abi"

// SDKForDyld is the SDK that the file was built with as dyld sees it, which has
// an answer where the file does not name one.
func (f *File) SDKForDyld() abi.Version { return f.sdkForDyld() }

// A Refusal is what dyld itself finds wrong with a file before it maps it.
type Refusal struct {
	Rule    string // that says more of it
	Text    string // in dyld's words
	Subject string
}

// dyldChecks are dyld's own checks, by the rules that say more of each.
var dyldChecks = []struct {
	rule string
	find func(*File) []violation
}{
	{"segment-layout", misplacedSegments},
	{"segment-permissions", wrongPermissions},
	{"linkedit-permissions", wrongLinkEdit},
	{"data-const-flag", withoutReadOnly},
	{"commands-invalid", invalidCommands},
	{"uuid-missing", missingUUID},
	{"go-macos-uuid", missingGoUUID},
	{"dylib-duplicate", duplicateDylibs},
	{"rpath-duplicate", duplicateRPaths},
}

// Refusals returns what dyld of a release of macOS refuses the file for by its
// own checks, which begin at certain SDKs; see [Rules] for each of them.
func (f *File) Refusals(release abi.Version) []Refusal {
	if f.Platform.OS != darwin {
		return nil
	}
	var list []Refusal
	for _, check := range dyldChecks {
		for _, v := range check.find(f) {
			if v.gate.refuses(f, release) {
				list = append(list, Refusal{Rule: check.rule, Text: v.text, Subject: v.subject})
			}
		}
	}
	return list
}
