package ldso

import "github.com/abivet/abivet/abi"

var execStack = abi.Rule[*Process]{
	Doc: abi.Doc{
		ID:       "execstack",
		Title:    "asks for an executable stack",
		Severity: abi.Error,
		Why: `From glibc 2.41 on dlopen refuses a shared object that asks for an executable stack,
by its PT_GNU_STACK or on x86 and arm by having none, unless the program's own
stack is executable: "cannot enable executable stack as shared object requires". At
the start of a program it is still granted.`,
		Fix: `link with -Wl,-z,noexecstack, after adding .note.GNU-stack to the assembly files that
lack it; patchelf --clear-execstack mends a finished file`,
		Refs: []string{"https://sourceware.org/git/?p=glibc.git;a=blob;f=NEWS;hb=glibc-2.41"},
	},
	Check: byCategory(ExecStack),
}
