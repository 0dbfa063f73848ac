package ldso

import "github.com/abivet/abivet/abi"

var versionNotFound = abi.Rule[*Process]{
	Doc: abi.Doc{
		ID:       "version-not-found",
		Title:    "a library is too old for what needs it",
		Severity: abi.Error,
		Why: `Before the first instruction glibc's loader holds every version that the objects
ask for against those that the library it found defines, and stops at one that is
not there: "version 'GLIBC_2.34' not found".`,
		Fix: `use a user space with a newer library; or build against the one of this user space
("zig cc -target <arch>-linux-gnu.<version>" for glibc)`,
		Refs: []string{glibcVersionSource},
	},
	Check: byCategory(MissingVersion),
}
