package machocheck

import (
	"fmt"

	"github.com/abivet/abivet/abi"
)

// SDKForDyld is the SDK that the file was built with as dyld sees it, which has
// an answer where the file does not name one.
func (f *File) SDKForDyld() abi.Version { return f.sdkForDyld() }

// A Refusal is what dyld itself finds wrong with a file before it maps it.
type Refusal struct {
	Rule    string // that says more of it
	Text    string // in dyld's words
	Subject string
}

// Refusals returns what dyld of a release of macOS refuses the file for by its
// own checks, which begin at certain SDKs; see [Rules] for each of them.
func (f *File) Refusals(release abi.Version) []Refusal {
	if f.Platform.OS != darwin {
		return nil
	}
	var list []Refusal
	refuse := func(g gate, rule, subject, text string) {
		if g.refuses(f, release) {
			list = append(list, Refusal{Rule: rule, Text: text, Subject: subject})
		}
	}
	if f.UUID == "" {
		refuse(missingUUIDGate, uuidMissing.ID, "LC_UUID", "missing LC_UUID load command")
	}
	for _, path := range repeated(f.RPaths) {
		refuse(duplicateRPathGate, rpathDuplicate.ID, path, fmt.Sprintf("duplicate LC_RPATH '%s'", path))
	}
	names := make([]string, len(f.Dylibs))
	for i, lib := range f.Dylibs {
		names[i] = lib.Name
	}
	for _, name := range repeated(names) {
		refuse(duplicateDylibGate, dylibDuplicate.ID, name, fmt.Sprintf("duplicate linked dylib '%s'", name))
	}
	for _, s := range f.Segments {
		if s.Name == "__DATA_CONST" && s.Flags&readOnlyFlag == 0 {
			refuse(dataConstGate, dataConstFlag.ID, s.Name, "__DATA_CONST segment missing SG_READ_ONLY flag")
		}
	}
	return list
}

// refuses reports whether a release refuses a file that does not pass.
func (g gate) refuses(f *File, release abi.Version) bool {
	in15, in26 := g.on(f)
	sdk := f.sdkForDyld()
	if !release.Less("26") {
		return in26 != "" && !sdk.Less(in26)
	}
	return !release.Less("15.4") && in15 != "" && !sdk.Less(in15)
}
