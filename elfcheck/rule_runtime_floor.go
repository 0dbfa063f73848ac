package elfcheck

import (
	"strings"

	"github.com/abivet/abivet/abi"
)

var runtimeFloor = abi.Rule[*File]{
	Doc: abi.Doc{
		ID:       "runtime-floor",
		Title:    "needs a newer runtime library than the target has",
		Severity: abi.Error,
		Why: `Many libraries version their symbols: libgcc_s (GCC_), libatomic, libgomp,
libgfortran, OpenSSL, zlib and others. Where the target promises a version of the
namespace, a need above it is refused by the loader as it is for glibc. A
namespace that the target says nothing of is listed as not judged.`,
		Fix: `build against the target's own version of the library, or link the library in`,
		Refs: []string{
			"https://refspecs.linuxfoundation.org/LSB_5.0.0/LSB-Core-generic/LSB-Core-generic/symversion.html",
		},
	},
	Check: checkRuntimeFloor,
	Skip:  skipRuntimeFloor,
}

// isOther leaves glibc's versions and libstdc++'s to their own rules.
func isOther(namespace string) bool {
	return namespace != "GLIBC" && !strings.HasPrefix(namespace, "GLIBC_") && !isLibstdcxx(namespace)
}

func checkRuntimeFloor(f *File, t abi.Target) []abi.Finding { return f.missing(t, isOther) }

func skipRuntimeFloor(f *File, t abi.Target) string { return f.unjudged(t, isOther) }
