package abi

// A Change is one difference between two builds of a file, as whatever was
// built against the older one meets it.
type Change struct {
	// Severity is Error where something that worked with the older build does
	// not with the newer one, Warning where that depends on how it was built,
	// and Note for the rest.
	Severity Severity
	What     string // symbol, version, soname, platform, libc: what kind of thing
	Name     string // of the thing; empty where a file has one at most
	Old, New string // what it was and is; empty where it was not or is no longer
	Why      string // what happens; empty for what was added
}
