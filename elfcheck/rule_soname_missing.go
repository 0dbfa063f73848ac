package elfcheck

import "github.com/abivet/abivet/abi"

var sonameMissing = abi.Rule[*File]{
	Doc: abi.Doc{
		ID:       "soname-missing",
		Title:    "has no soname",
		Severity: abi.Note,
		Release:  true,
		Why: `A program linked with a shared library remembers its soname; without one it
remembers the path on the linker's command line, and finds the library only there.
A plugin that is opened by its path needs none.`,
		Fix:  `link a library with -Wl,-soname,lib<name>.so.<major>`,
		Refs: []string{"https://tldp.org/HOWTO/Program-Library-HOWTO/shared-libraries.html"},
	},
	Check: checkSonameMissing,
}

func checkSonameMissing(f *File, _ abi.Target) []abi.Finding {
	if f.Kind != Shared || f.SOName != "" || !f.Dynamic {
		return nil
	}
	return []abi.Finding{{Message: "is a shared object without a soname", Evidence: []string{"no DT_SONAME in the dynamic table"}, Subject: "DT_SONAME"}}
}
