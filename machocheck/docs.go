package machocheck

// The documentation of hazards that exist for a file and for all that it brings
// with it: the package dyld has rules of its own for them.
var (
	SliceMissingDoc     = sliceMissing.Doc
	PlatformMismatchDoc = platformMismatch.Doc
	UnsignedARM64Doc    = unsignedARM64.Doc
)
