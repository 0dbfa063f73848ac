package extension

import (
	"slices"
	"strings"

	"github.com/abivet/abivet/abi"
)

var pythonLibrary = compiled(`^libpython([23])(?:\.(\d+))?[a-z]*(?:[.-].*)?$|^libpypy3`)

// pythonFramework is how macOS has CPython, and Xcode its own.
var pythonFramework = compiled(`Python3?\.framework/(?:Versions/(\d+\.\d+)/)?Python3?$`)

func isPythonLibrary(name string) bool {
	return (strings.Contains(name, "ython") || strings.Contains(name, "pypy")) &&
		(pythonLibrary().MatchString(base(name)) || pythonFramework().MatchString(name))
}

// lookPython holds what the file asks for against the stable ABI and against
// each release. What it can do without is not counted: such names are asked for
// at run time.
func lookPython(info *Info, img Image) error {
	names := make([]string, 0, len(img.Imported)) // that may be CPython's: the tables have no others
	for _, name := range img.Imported {
		if !begins(name, "Py", "_Py") {
			continue
		}
		if begins(name, "PyPy", "_PyPy") {
			info.Host = PyPy // its headers give every name of CPython's that beginning
			return nil
		}
		names = append(names, name)
	}
	floor, raise, outside := inStableABI(names)
	info.Outside = outside
	info.Releases, info.Raise = narrow(allPythons(), dated(names), pythonHas)
	if len(outside) == 0 {
		info.Floor, info.Raise = floor, raise
	}
	return nil
}

// inStableABI tells the oldest release of CPython whose stable ABI has all names
// of CPython's among some imports, which of them make it so, and which CPython
// has but no stable ABI, or only that of Windows or of a debug build. Other names
// are passed over, whatever they begin with: the libraries of PySide6 offer some
// that look like CPython's.
func inStableABI(imports []string) (floor abi.Version, raise, outside []string) {
	table, all := stableABI(), pythonNames()
	return floorOf(imports, func(name string) (since abi.Version, in, is bool) {
		known, ok := table[name]
		version, condition, _ := strings.Cut(known, " ")
		in = ok && condition != "MS_WINDOWS" && condition != "USE_STACKCHECK" && condition != "Py_REF_DEBUG"
		return abi.Version(version), in, ok || all[name] != ""
	})
}

// floorOf tells the newest of the versions that an interface got some names in,
// which of them make it so, and which of the host's are not in it. Of a name it
// is to be known since when it is in, whether it is, and whether it is the
// host's at all.
func floorOf(names []string, of func(name string) (since abi.Version, in, is bool)) (floor abi.Version, raise, outside []string) {
	for _, name := range names {
		switch since, in, is := of(name); {
		case !is:
		case !in:
			outside = append(outside, name)
		case floor.Less(since):
			floor, raise = since, []string{name}
		case since == floor:
			raise = append(raise, name)
		}
	}
	slices.Sort(raise)
	slices.Sort(outside)
	return floor, slices.Compact(raise), slices.Compact(outside)
}

// dated returns those of some names that not every release has which was looked
// at: few of what an extension asks for.
func dated(names []string) (few []string) {
	for _, name := range names {
		if spans := pythonNames()[name]; spans != "" && spans != "3.6-" {
			few = append(few, name)
		}
	}
	return few
}

// pythonHas tells whether a release has a name of CPython's. Private names come
// with any patch of a release, so that one before the first that has such a name
// may have it too.
func pythonHas(release, name string) bool {
	spans := pythonNames()[name]
	if spans == "" {
		return true // another library's
	}
	if name[0] == '_' {
		spans = "3.0" + spans[strings.LastIndexByte(spans, '-'):]
	}
	return inSpans(spans, abi.Version(release))
}

// narrow keeps the releases that have all names, and returns those of the names
// that left one out, in their order.
func narrow(releases, names []string, has func(release, name string) bool) (kept, by []string) {
	kept = releases
	for _, name := range names {
		before := len(kept)
		kept = slices.DeleteFunc(kept, func(r string) bool { return !has(r, name) })
		if len(kept) < before {
			by = append(by, name)
		}
	}
	return kept, by
}

// allPythons are the releases that were looked at.
func allPythons() []string {
	return []string{"3.6", "3.7", "3.8", "3.9", "3.10", "3.11", "3.12", "3.13", "3.14", "3.15"}
}

// inSpans reads 3.6-3.9 and 3.8-.
func inSpans(spans string, v abi.Version) bool {
	for span := range strings.FieldsSeq(spans) {
		first, last, _ := strings.Cut(span, "-")
		if !v.Less(abi.Version(first)) && (last == "" || !abi.Version(last).Less(v)) {
			return true
		}
	}
	return false
}

// A PythonTag is what the name of an extension of CPython says it is for.
type PythonTag struct {
	// Implementation is cpython, pypy, graalpy, or abi3 and abi3t of the stable
	// ABI; empty where the name says nothing.
	Implementation string
	Version        abi.Version // 3.11; empty of the stable ABI
	Flags          string      // d of a debug build, t of a free-threaded one, m of the releases before 3.8
	Platform       string      // x86_64-linux-gnu, darwin; empty where it does not say
}

var pythonTag = compiled(`\.(?:(cpython|pypy|graalpy)-?(\d)(\d+)([a-z]*)(?:-(.+))?|(abi3t?)(?:-(.+))?)\.so$`)

// ReadPythonTag reads the tag in the name of a file, which importlib looks for:
// _x.cpython-311-x86_64-linux-gnu.so, _x.abi3.so.
func ReadPythonTag(name string) PythonTag {
	if !strings.HasSuffix(name, ".so") || !strings.Contains(name, "py") && !strings.Contains(name, ".abi3") {
		return PythonTag{}
	}
	m := pythonTag().FindStringSubmatch(name)
	switch {
	case m == nil:
		return PythonTag{}
	case m[6] != "":
		return PythonTag{Implementation: m[6], Platform: m[7]}
	}
	return PythonTag{Implementation: m[1], Version: abi.Version(m[2] + "." + m[3]), Flags: m[4], Platform: m[5]}
}

// libraryVersion is the release in the name of a library of CPython, or of its
// framework.
func libraryVersion(name string) abi.Version {
	if m := pythonLibrary().FindStringSubmatch(base(name)); m != nil && m[2] != "" {
		return abi.Version(m[1] + "." + m[2])
	}
	if m := pythonFramework().FindStringSubmatch(name); m != nil {
		return abi.Version(m[1])
	}
	return ""
}
