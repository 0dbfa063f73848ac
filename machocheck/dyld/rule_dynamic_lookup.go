package dyld

import (
	"fmt"

	"github.com/abivet/abivet/abi"
)

var dynamicLookupUnresolved = abi.Rule[*Process]{
	Doc: abi.Doc{
		ID:       "dynamic-lookup-unresolved",
		Title:    "a symbol that any image may have is in none",
		Severity: abi.Warning,
		Why: `A plugin that is linked with -undefined dynamic_lookup takes symbols from whatever is in
the process: from the program that opens it, which the linker did not see. With the
program named (--host), these symbols can be looked for, and here none of the files has
them. dyld then says "symbol not found in flat namespace" when the plugin is opened, or
at the first call where the file has no chained fixups. It is a warning since a library of
the system, of which nothing is known here, could have the symbol; with --sdk that is
known, and it is symbol-not-found. So is, without one, a function of an interface that
only a host has, such as Node-API's.`,
		Fix: `Open the plugin in the program, and the release of it, that it was built for; or link
with -bundle_loader PROGRAM, so that the linker looks.`,
		Refs: []string{"https://github.com/python/cpython/issues/97524", loaderSource},
	},
	Check: checkDynamicLookup,
	Skip: func(p *Process, _ abi.Target) string {
		if p.Plugin && len(p.FromHost) > 0 {
			return "the program that opens the file was not named (--host)"
		}
		return ""
	},
}

func checkDynamicLookup(p *Process, _ abi.Target) []abi.Finding {
	if p.Plugin || len(p.FromHost) == 0 {
		return nil
	}
	finding := p.fromHost()
	finding.Severity = 0
	finding.Message = fmt.Sprintf("%s is in none of the files of the process (%d such symbols)", p.FromHost[0].Name, len(p.FromHost))
	return []abi.Finding{finding}
}
