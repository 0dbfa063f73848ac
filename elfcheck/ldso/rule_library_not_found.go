package ldso

import "github.com/abivet/abivet/abi"

var libraryNotFound = abi.Rule[*Process]{
	Doc: abi.Doc{
		ID:       "library-not-found",
		Title:    "a library that is needed is not where the loader looks",
		Severity: abi.Error,
		Why: `The loader looks in the library paths of the object that asks and of those that
brought it (RPATH; a RUNPATH counts for its own object alone), then in
/etc/ld.so.cache and its own directories. A library that stands elsewhere might as
well not be there: "cannot open shared object file". Every place that was looked at
is in the evidence, in order.`,
		Fix: `install the package that has the library; or put it where the loader looks and run
ldconfig; or give the object that asks a RUNPATH with $ORIGIN`,
		Refs: []string{manual, glibcLoadSource, muslLoadSource},
	},
	Check: byCategory(MissingLibrary),
}
