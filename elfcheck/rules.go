package elfcheck

import (
	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/internal/wording"
)

// Rules lists the rules over one ELF file, by ID.
func Rules() []abi.Rule[*File] {
	return []abi.Rule[*File]{
		accidentalCgo,
		androidLevel,
		archiveFloor,
		buildPathLeak,
		execStack,
		extensionExports,
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

const noTarget = "no target was named"

// nothing reports whether a target is the one of a check that has none.
func nothing(t abi.Target) bool { return t.Name == "" && t.Platform == (abi.Platform{}) }

// without is a Skip for a rule that needs a promise of the target.
func without(lacks func(abi.Target) bool, what string) func(*File, abi.Target) string {
	return func(_ *File, t abi.Target) string {
		switch {
		case !lacks(t):
			return ""
		case nothing(t):
			return noTarget
		}
		return wording.Called(t) + " does not say " + what
	}
}
