package elfcheck

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/internal/wording"
)

// RelrUnsupportedDoc documents the rules relr-unsupported, over a file and over a process.
var RelrUnsupportedDoc = abi.Doc{
	ID:       "relr-unsupported",
	Title:    "packed relative relocations that the loader does not know",
	Severity: abi.Error,
	Why: `DT_RELR packs the relocations that every shared object has. glibc knows it from 2.36
on and where a distribution has patched it in, musl from 1.2.4 (Alpine's from 1.2.3),
Android from API level 30, and from 28 under a tag of its own. An older loader passes
over it in silence and leaves the pointers as they are: the first use crashes. A file
that also needs GLIBC_ABI_DT_RELR is at least refused. A newer glibc refuses one that
does not.`,
	Fix: `link with -Wl,-z,nopack-relative-relocs (lld: -Wl,--pack-dyn-relocs=none)`,
	Refs: []string{
		"https://maskray.me/blog/2021-10-31-relative-relocations-and-relr",
		"https://android.googlesource.com/platform/bionic/+/main/android-changes-for-ndk-developers.md",
		"https://gitlab.alpinelinux.org/alpine/tsc/-/issues/58",
	},
}

var relrUnsupported = abi.Rule[*File]{
	Doc:   RelrUnsupportedDoc,
	Check: checkRelrUnsupported,
	Skip:  skipRelrUnsupported,
}

const relrMarker = "GLIBC_ABI_DT_RELR"

func checkRelrUnsupported(f *File, t abi.Target) []abi.Finding {
	if !f.leavesRELR() {
		return nil
	}
	tag, lacks := "DT_RELR", ""
	switch t.Libc {
	case abi.Glibc:
		lacks = f.relrOnGlibc(t)
	case abi.Musl:
		if t.LibcVersion != "" && t.LibcVersion.Less("1.2.3") {
			lacks = fmt.Sprintf("has musl %s, whose loader passes over them", t.LibcVersion)
		}
	case abi.Bionic:
		first := abi.Version("30")
		if !f.RELR {
			tag, first = "DT_ANDROID_RELR", "28"
		}
		if t.LibcVersion != "" && t.LibcVersion.Less(first) {
			lacks = fmt.Sprintf("has API level %s, whose linker passes over them (from %s on it knows them)", t.LibcVersion, first)
		}
	}
	if lacks == "" {
		return nil
	}
	return []abi.Finding{{
		Message:  fmt.Sprintf("has packed relative relocations (%s); %s %s", tag, wording.Called(t), lacks),
		Evidence: []string{tag + " in the dynamic table"},
		Subject:  tag,
	}}
}

// leavesRELR reports whether a file leaves its packed relocations to a loader:
// a static program applies its own, and so does a loader.
func (f *File) leavesRELR() bool {
	return (f.RELR || f.AndroidRELR) && (f.Kind == Shared || f.Interpreter != "") &&
		!slices.ContainsFunc(loaders[:], func(l Loader) bool { return path.Base(l.Path) == f.SOName })
}

// relrOnGlibc goes by the marker alone, as distributions have it in older
// releases too. A file that needs the marker is for glibc-marker to judge.
func (f *File) relrOnGlibc(t abi.Target) string {
	has, known := t.Markers[relrMarker]
	libc, marked := f.asksForRELR()
	switch {
	case !known || marked || !f.RELR:
		return ""
	case !has:
		return "has a glibc without " + relrMarker + ", whose loader passes over them"
	case libc: // _dl_check_map_versions: a file without versions of libc.so.6 is let through
		return "has a glibc that refuses them in a file that does not need " + relrMarker
	}
	return ""
}

// asksForRELR reports whether a file needs a version of glibc's libc, and the
// marker among them.
func (f *File) asksForRELR() (libc, marked bool) {
	for i := range f.VersionNeeds {
		need := &f.VersionNeeds[i]
		libc = libc || need.File == "libc.so.6" && strings.HasPrefix(need.Version, "GLIBC_")
		marked = marked || need.Version == relrMarker
	}
	return libc, marked
}

func skipRelrUnsupported(f *File, t abi.Target) string {
	if !f.leavesRELR() {
		return ""
	}
	switch t.Libc {
	case abi.Glibc:
		_, known := t.Markers[relrMarker]
		return without(func(abi.Target) bool { return !known && f.RELR }, "whether it has "+relrMarker)(f, t)
	case abi.Musl:
		if t.LibcVersion == "1.2.3" && f.RELR {
			return wording.Called(t) + " has musl 1.2.3, which knows packed relative relocations where a distribution has patched it alone"
		}
	}
	return without(func(t abi.Target) bool { return t.LibcVersion == "" }, "which release of its C library it has")(f, t)
}
