package machocheck

import (
	"fmt"

	"github.com/blacktop/go-macho/types"

	"github.com/abivet/abivet/abi"
)

var flatNamespace = abi.Rule[*File]{
	Doc: abi.Doc{
		ID:       "flat-namespace",
		Title:    "all symbols are looked up in whatever is loaded",
		Severity: abi.Warning,
		Why: `A file that is linked with -flat_namespace does not record which library it takes a symbol
from: dyld takes the first image that has the name. Another release of a library in the
same process, or a symbol of the same name in the program, is then used in place of the
one that was meant. libtool before 2.4.7 gave the flag on macOS 11 and later by mistake.
Go's linker before 1.22 made such programs for Intel, which asked for nothing but the
system's own functions; nothing is said of what Go links.`,
		Fix: `Link without -flat_namespace and -undefined suppress; run autoreconf -fi with a current
libtool. Where symbols of the host are wanted, -undefined dynamic_lookup is enough.`,
		Refs: []string{"https://github.com/Homebrew/brew/blob/master/Library/Homebrew/linkage_checker.rb"},
	},
	Check: checkFlatNamespace,
}

func checkFlatNamespace(f *File, _ abi.Target) []abi.Finding {
	if !f.Loaded() || f.Flags&uint32(types.TwoLevel) != 0 || f.isGo() {
		return nil
	}
	flat, example := 0, ""
	for _, i := range f.Imports {
		if i.Library == DynamicLookup || i.Library == 0 && !f.ChainedFixups && !f.DyldInfo {
			if flat++; example == "" {
				example = i.Name
			}
		}
	}
	if flat == 0 {
		return nil
	}
	return []abi.Finding{{
		Message:  fmt.Sprintf("is linked with a flat namespace: %d symbols, such as %q, are taken from the first image that has them", flat, example),
		Evidence: []string{fmt.Sprintf("header flags %#x: MH_TWOLEVEL is not set", f.Flags)},
		Subject:  "MH_TWOLEVEL",
	}}
}
