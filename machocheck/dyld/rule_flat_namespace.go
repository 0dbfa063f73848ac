package dyld

import (
	"fmt"

	"github.com/blacktop/go-macho/types"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/machocheck"
)

var flatNamespace = abi.Rule[*Process]{
	Doc: abi.Doc{
		ID:       "flat-namespace",
		Title:    "a library looks up all its symbols in whatever is loaded",
		Severity: abi.Warning,
		Why: `A library that is linked with -flat_namespace does not record which library it takes a
symbol from: dyld takes the first image that has the name. Another release of a library
in the same process, or a symbol of the same name in the program, is then used in place
of the one that was meant. libtool of before 2.4.7 gave the flag on macOS 11 and later by
mistake. Go writes its programs so; that does no harm, since they ask for nothing but the
system's own.`,
		Fix: `Link without -flat_namespace and -undefined suppress; run autoreconf -fi with a current
libtool. Where symbols of the host are wanted, -undefined dynamic_lookup is enough.`,
		Refs: []string{loaderSource},
	},
	Check: checkFlatNamespace,
}

func checkFlatNamespace(p *Process, _ abi.Target) []abi.Finding {
	var findings []abi.Finding
	for _, o := range p.Objects {
		f := o.File
		if f.Flags&uint32(types.TwoLevel) != 0 || f.Kind == machocheck.Executable || isGo(f) {
			continue
		}
		findings = append(findings, abi.Finding{
			Message:  fmt.Sprintf("%s is linked with a flat namespace: its %d imports are taken from the first image that has them", shown(o.Path), len(f.Imports)),
			Evidence: []string{fmt.Sprintf("header flags %#x: MH_TWOLEVEL is not set", f.Flags), o.route()},
			Subject:  shown(o.Path),
		})
	}
	return findings
}

// isGo reports whether a file has a Go runtime in it.
func isGo(f *machocheck.File) bool {
	if f.Go != nil {
		return true
	}
	_, lines := f.Section("__gopclntab")
	return lines
}
