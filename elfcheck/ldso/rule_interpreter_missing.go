package ldso

import "github.com/abivet/abivet/abi"

var interpreterMissing = abi.Rule[*Process]{
	Doc: abi.Doc{
		ID:       "interpreter-missing",
		Title:    "the loader that the program names is not in the user space",
		Severity: abi.Error,
		Why: `The kernel opens the loader that the program names (PT_INTERP) before anything
else. Where it is not there, or is of another processor, the shell says "not found"
or "no such file or directory" of a program that is plainly there: a glibc program
on Alpine, anything dynamic in an image made from scratch.`,
		Fix: `build for the C library of the user space; or link statically (Go: CGO_ENABLED=0); or
choose an image that has the loader`,
		Refs: []string{"https://man7.org/linux/man-pages/man2/execve.2.html"},
	},
	Check: byCategory(InterpMissing, InterpBad),
}
