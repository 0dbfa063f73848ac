package ldso

import "github.com/abivet/abivet/abi"

var wrongArchitecture = abi.Rule[*Process]{
	Doc: abi.Doc{
		ID:       "wrong-architecture",
		Title:    "is built for another processor or operating system",
		Severity: abi.Error,
		Why: `The kernel and the loader refuse code of another machine, class or byte order:
"Exec format error", "wrong ELF class". A loader that searches may also pass over
the file and say that it cannot be found.`,
		Fix:  `build for the platform of the user space, or check against the user space that was meant`,
		Refs: []string{"https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html"},
	},
	Check: byCategory(WrongArch),
}
