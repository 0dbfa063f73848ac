package ldso

import "github.com/abivet/abivet/abi"

var loaderRefuses = abi.Rule[*Process]{
	Doc: abi.Doc{
		ID:       "loader-refuses",
		Title:    "the loader refuses a file that it finds",
		Severity: abi.Error,
		Why: `The file is there and the loader will not have it: damaged, no ELF file at all (a
linker script under the name of a library), a program where a library is wanted, a
relocation that it does not know. It does not go on looking elsewhere.`,
		Fix:  `replace the file by the library that was meant; the message says what the loader saw`,
		Refs: []string{glibcLoadSource, muslLoadSource},
	},
	Check: byCategory(BadELF, BadReloc, NotDlopenable, LoaderAssert, IndirectExtern, Crash, Other),
}
