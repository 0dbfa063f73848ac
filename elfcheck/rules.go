package elfcheck

import (
	"strconv"
	"strings"

	"github.com/abivet/abivet/abi"
)

// Rules lists the rules over one ELF file, by ID.
func Rules() []abi.Rule[*File] {
	return []abi.Rule[*File]{
		accidentalCgo,
		androidLevel,
		archiveFloor,
		buildPathLeak,
		execStack,
		extensionHostABI,
		extensionLinksHost,
		forbiddenSymbol,
		glibcFloor,
		glibcMarker,
		glibcPrivate,
		goCSharedMusl,
		goAMD64,
		interpreter,
		isaDeclared,
		isaUsed,
		libcMismatch,
		libraryNotInTarget,
		libstdcxxFloor,
		luajitBytecodeMode,
		luajitFixedDefect,
		luajitLowMemory,
		luajitNewState,
		luajitSymbolsHidden,
		luajitTwoRuntimes,
		luajitUnwind,
		pageAlignment,
		relrUnsupported,
		runpathInsecure,
		runtimeFloor,
		sonameMissing,
		staticGlibcNSS,
		textRelocations,
		weakVersion,
		wrongArchitecture,
	}
}

// plain returns a name that comes out of a file as it is, or quoted where it
// holds anything that could be taken for something else in a sentence.
func plain(name string) string {
	for i := 0; i < len(name); i++ {
		if c := name[i]; c <= ' ' || c >= 0x7f || c == '"' || c == ';' || c == '(' || c == ')' || c == ',' {
			return strconv.Quote(name)
		}
	}
	if name == "" {
		return `""`
	}
	return name
}

// list names the first few and counts the others.
func list(names []string) string {
	const few = 4
	shown := make([]string, 0, few)
	for _, name := range names[:min(few, len(names))] {
		shown = append(shown, plain(name))
	}
	s := strings.Join(shown, ", ")
	if more := len(names) - few; more > 0 {
		s += " and " + strconv.Itoa(more) + " more"
	}
	return s
}

// called is what messages call a target.
func called(t abi.Target) string {
	if t.Name == "" {
		return "the target"
	}
	return t.Name
}

// without is a Skip for a rule that needs a promise of the target.
func without(lacks func(abi.Target) bool, what string) func(*File, abi.Target) string {
	return func(_ *File, t abi.Target) string {
		switch {
		case !lacks(t):
			return ""
		case t.Name == "" && t.Platform == (abi.Platform{}):
			return "no target was named"
		}
		return called(t) + " does not say " + what
	}
}
