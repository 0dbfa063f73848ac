package abi

// A Target is the oldest user space a file must run in.
//
// A zero field promises nothing. A rule that needs the promise does not judge,
// and the report says so.
type Target struct {
	Name     string   // as it is asked for: debian:12, manylinux_2_28
	Platform Platform // what it runs on
	Libc     Libc
	// LibcVersion is the release of a C library that does not version its
	// symbols: musl 1.2.5. For bionic it is the API level.
	LibcVersion Version
	// Symbols has the newest version of each namespace of symbol versions:
	// GLIBC 2.36, GLIBCXX 3.4.30.
	Symbols map[string]Version
	// Markers tells for a symbol version without a number, such as
	// GLIBC_ABI_DT_RELR, whether the target has it. They are facts of a
	// build and never follow from a number; one that is not listed is not
	// known.
	Markers map[string]bool
	// Libraries lists every soname that a file may need. Only a policy such
	// as manylinux promises a list; nil promises nothing.
	Libraries []string
	// Forbidden lists, by soname, symbols that may not be used although
	// their library is promised.
	Forbidden map[string][]string
	MinOS     Version // oldest macOS
	// ISA is the instruction set level of the oldest processor, in the words
	// of GOAMD64 (v1 to v4), GOARM64 (v8.0) and GOARM (5 to 7).
	ISA      string
	PageSize uint64  // largest page of the target's kernels, in bytes
	Kernel   Version // oldest Linux kernel
}

// Serves reports whether a target is for files of a platform. Those for Android
// are ELF files for Linux, and nothing in them has to name the system.
func (t Target) Serves(p Platform) bool {
	if t.Platform.OS == "android" && p.OS == "linux" {
		return t.Platform.Arch == p.Arch
	}
	return t.Platform == p
}

// A TargetSet is one target on each of the platforms that it exists for.
type TargetSet []Target

// For returns the target on a platform. Where the set has none, it returns the
// one that comes nearest and false.
func (s TargetSet) For(p Platform) (Target, bool) {
	var near Target
	for i, t := range s {
		if t.Platform == p {
			return t, true
		}
		if i == 0 || near.Platform.OS != p.OS && t.Platform.OS == p.OS {
			near = t
		}
	}
	return near, false
}
