package elfcheck

import (
	"strings"

	"github.com/abivet/abivet/abi"
)

var libstdcxxFloor = abi.Rule[*File]{
	Doc: abi.Doc{
		ID:       "libstdcxx-floor",
		Title:    "needs a newer libstdc++ than the target has",
		Severity: abi.Error,
		Why: `C++ code binds to the versions of the libstdc++ that it was linked with
(GLIBCXX_, CXXABI_). A loader that finds an older libstdc++.so.6 refuses the file:
"version 'GLIBCXX_3.4.30' not found". A distribution may ship a newer runtime than
its default compiler, so the target's runtime counts, not its compiler.`,
		Fix: `build with a compiler whose libstdc++ is the target's or older; or link it in with
-static-libstdc++ -static-libgcc; or use a toolset that keeps new symbols in a
static part (devtoolset, gcc-toolset, the manylinux images)`,
		Refs: []string{"https://gcc.gnu.org/onlinedocs/libstdc++/manual/abi.html"},
	},
	Check: checkLibstdcxxFloor,
	Skip:  skipLibstdcxxFloor,
}

func isLibstdcxx(namespace string) bool {
	return strings.HasPrefix(namespace, "GLIBCXX") || strings.HasPrefix(namespace, "CXXABI")
}

func checkLibstdcxxFloor(f *File, t abi.Target) []abi.Finding { return f.missing(t, isLibstdcxx) }

// skipLibstdcxxFloor names what is not judged: a target may know GLIBCXX and
// say nothing of GLIBCXX_LDBL.
func skipLibstdcxxFloor(f *File, t abi.Target) string {
	if t.Symbols["GLIBCXX"] == "" && t.Symbols["CXXABI"] == "" {
		return without(func(abi.Target) bool { return true }, "which libstdc++ it has")(f, t)
	}
	return f.unjudged(t, isLibstdcxx)
}
