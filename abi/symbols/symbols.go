package symbols

import (
	"strings"

	"github.com/abivet/abivet/abi"
)

// A Since says in which version of which library a name first is.
type Since struct {
	Library   string // libc, libpthread, libstdc++
	Namespace string // GLIBC, GLIBCXX, CXXABI
	Version   abi.Version
}

// Glibc tells where glibc first has a name on an architecture, in the words of
// GOARCH. It is false for a name that glibc has never exported there.
func Glibc(arch, name string) (Since, bool) {
	library, version, ok := glibc().on(arch, name)
	return Since{library, "GLIBC", abi.Version(version)}, ok
}

// Libstdcxx tells the same of GCC's libstdc++. Its versions are the same on
// every architecture, and a name that is mangled for 32 bits is none of 64.
func Libstdcxx(name string) (Since, bool) {
	library, version, ok := libstdcxx().on(any, name)
	if !ok {
		return Since{}, false
	}
	namespace, number, _ := abi.SplitSymbolVersion(version)
	return Since{library, namespace, number}, true
}

// A Span is the releases of musl that have a name where a program is linked.
type Span struct {
	First abi.Version // the oldest release that was looked at has most
	// Last is empty but for the names of large files (open64), which musl
	// keeps after it for the loader alone: what was linked before still runs.
	Last abi.Version
}

// Has reports whether a release of musl has the name. A release in two numbers
// is a whole series, such as 1.2 of musllinux_1_2: it is taken to have what any
// release of the series has.
func (s Span) Has(release abi.Version) bool {
	first, last := s.First, s.Last
	if strings.Count(string(release), ".") == 1 {
		first = series(first)
	}
	return !release.Less(first) && (last == "" || release.Compare(last) <= 0)
}

// series is the first two numbers of a version.
func series(v abi.Version) abi.Version {
	if parts := strings.SplitN(string(v), ".", 3); len(parts) == 3 {
		return abi.Version(parts[0] + "." + parts[1])
	}
	return v
}

// Musl tells which releases of musl have a name on an architecture. It is false
// for a name that none has.
func Musl(arch, name string) (Span, bool) {
	first, last, ok := musl().on(arch, name)
	return Span{abi.Version(first), abi.Version(last)}, ok
}

// Elsewhere tells which other library than the C library is known to have a
// name: the compiler's own (libgcc), the one that parts of glibc moved to (libtirpc,
// libnsl), or libbsd, which had strlcpy before glibc. Where the C library lacks
// such a name, little follows. Of libgcc there may be a version: of GCC, or for
// what no shared library has, of the libstdc++ that came with it.
func Elsewhere(arch, name string) (Since, bool) {
	library, version, ok := elsewhere().on(arch, name)
	if !ok {
		return Since{}, false
	}
	namespace, number, _ := abi.SplitSymbolVersion(version)
	return Since{library, namespace, number}, true
}

// Removed tells from which release on glibc has a name for programs alone that
// are linked already, so that no linker finds it: the oldest one that was looked
// at, which may not be the first.
func Removed(arch, name string) (since abi.Version, ok bool) {
	_, version, ok := removed().on(arch, name)
	return abi.Version(version), ok
}

// Known reports whether glibc or libstdc++ has a name on any architecture: the
// names that can be a need of theirs.
func Known[Name string | []byte](name Name) bool {
	_, ok := find(glibc(), name)
	if !ok && leadsCXX(name) {
		_, ok = find(libstdcxx(), name)
	}
	return ok
}

// leadsCXX reports whether a name begins as one of libstdc++'s does that is not one of
// glibc's too. Its table is the largest: to unpack it takes longer than to check a hundred files.
func leadsCXX[Name string | []byte](name Name) bool {
	for _, lead := range [...]string{"_Z", "__cxa_", "__gxx_", "__dynamic_cast", "__once_proxy", "__atomic_flag_", "atomic_flag_", "__aeabi_"} {
		if len(name) >= len(lead) && string(name[:len(lead)]) == lead {
			return true
		}
	}
	return false
}

// An Origin says where the facts of a table are from.
type Origin struct {
	Table, From, Date string
}

// Origins returns those of all tables.
func Origins() []Origin {
	var all []Origin
	for _, t := range []struct {
		name  string
		table func() *table
	}{{"elsewhere", elsewhere}, {"glibc", glibc}, {"libstdc++", libstdcxx}, {"musl", musl}, {"removed", removed}} {
		all = append(all, Origin{t.name, t.table().origin, t.table().date})
	}
	return all
}
