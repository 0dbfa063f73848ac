package machocheck

// The documentation of hazards that exist for a file and for all that it brings
// with it: the package dyld has rules of its own for them.
var (
	MinOSInconsistentDoc = minosInconsistent.Doc
	PlatformMismatchDoc  = platformMismatch.Doc
	SignatureDamagedDoc  = signatureDamaged.Doc
	SliceMissingDoc      = sliceMissing.Doc
	UnsignedARM64Doc     = unsignedARM64.Doc
)
