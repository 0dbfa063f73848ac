package machocheck

import "github.com/abivet/abivet/abi"

// Rules returns the rules for one slice, ordered by ID.
func Rules() []abi.Rule[*File] {
	return []abi.Rule[*File]{
		archiveMinOS,
		arm64ePreview,
		bytesAfterSignature,
		commandsInvalid,
		dataConstFlag,
		dependencyNotPortable,
		dylibDuplicate,
		encrypted,
		extensionHostABI,
		extensionLinksHost,
		fixupsTooNew,
		flatNamespace,
		goMacOSUUID,
		hardenedRuntimeJIT,
		installNameNotPortable,
		kernelRefuses,
		linkEditPermissions,
		luajitBytecodeMode,
		luajitFixedDefect,
		luajitHardenedRuntime,
		luajitHostDecides,
		luajitLibraryBase,
		luajitLowHeap,
		luajitNewState,
		luajitPageZero,
		luajitPageZeroMisplaced,
		luajitPageZeroNeedless,
		luajitSymbolsHidden,
		luajitTwoRuntimes,
		luajitUnwind,
		macosMinimum,
		textRelocations,
		pageZeroARM64,
		platformMismatch,
		readOnlyTwice,
		rpathDuplicate,
		rpathMissing,
		segmentAlignment,
		segmentLayout,
		segmentPermissions,
		signatureDamaged,
		symbolNewerThanMinOS,
		unsignedARM64,
		uuidMissing,
		writableExecutable,
	}
}

// UniversalRules returns the rules for all slices of a file together. A file
// that is not universal is a list of one.
func UniversalRules() []abi.Rule[[]*File] {
	return []abi.Rule[[]*File]{
		fat64Executable,
		minosInconsistent,
		sliceCPUType,
		sliceMissing,
	}
}
