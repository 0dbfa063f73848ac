package machocheck

import (
	"fmt"

	"github.com/abivet/abivet/abi"
)

var dylibDuplicate = abi.Rule[*File]{
	Doc: abi.Doc{
		ID:       "dylib-duplicate",
		Title:    "two load commands name the same library",
		Severity: abi.Error,
		Why: `dyld compares the paths of all libraries that a file needs and refuses a file that
names one twice: a library or bundle built with SDK 15.0 or later on macOS 15.4 to 15.6,
anything built with SDK 26 on macOS 26 and later. It says "duplicate linked dylib".
Such files come from linkers that do not fold a library given twice and from
install_name_tool -change onto a name that is there already.`,
		Fix: `Link again and name the library once. In a file that is built already no tool of
Apple's removes a load command; keep install_name_tool -change from making two equal.`,
		Refs: []string{"https://github.com/apple-oss-distributions/dyld/blob/main/mach_o/Header.cpp"},
	},
	Check: gated(duplicateDylibs),
}

func duplicateDylibs(f *File) []violation {
	libraries := f.Dylibs[:min(len(f.Dylibs), 256)] // dyld compares no more
	names := make([]string, len(libraries))
	for i, lib := range libraries {
		names[i] = lib.Name
	}
	var found []violation
	for _, name := range repeated(names) {
		v := violation{
			gate: duplicateDylibGate, subject: name, what: fmt.Sprintf("needs %q by more than one load command", name),
			text: fmt.Sprintf("duplicate linked dylib '%s'", name),
		}
		for _, lib := range libraries {
			if lib.Name == name {
				v.evidence = append(v.evidence, lib.evidence())
			}
		}
		found = append(found, v)
	}
	return found
}

// repeated returns the words that stand more than once, each once, in the
// order of their first repetition.
func repeated(words []string) []string {
	count := make(map[string]int, len(words))
	var twice []string
	for _, w := range words {
		if count[w]++; count[w] == 2 {
			twice = append(twice, w)
		}
	}
	return twice
}
