package elfcheck

import (
	"fmt"
	"slices"
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

func isOther(namespace string) bool {
	return namespace != "GLIBC" && !isLibstdcxx(namespace)
}

func checkRuntimeFloor(f *File, t abi.Target) []abi.Finding {
	return above(f.floors(isOther), t, func(floor) string { return "" })
}

func skipRuntimeFloor(f *File, t abi.Target) string {
	var unknown []string
	for _, need := range f.floors(isOther) {
		if t.Symbols[need.namespace] == "" {
			unknown = append(unknown, need.namespace)
		}
	}
	for _, need := range f.VersionNeeds {
		_, _, numbered := abi.SplitSymbolVersion(need.Version)
		_, known := t.Markers[need.Version]
		if !numbered && !known && need.Version != "GLIBC_PRIVATE" && !strings.HasPrefix(need.Version, markerPrefix) {
			unknown = append(unknown, need.Version)
		}
	}
	if len(unknown) == 0 {
		return ""
	}
	slices.Sort(unknown)
	return fmt.Sprintf("%s does not say which version it has of %s", called(t), list(slices.Compact(unknown)))
}
