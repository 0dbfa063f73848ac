package elfcheck

import (
	"fmt"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/abi/symbols"
	"github.com/abivet/abivet/internal/wording"
)

// A lack is what is said of a name that a target does not have.
type lack struct {
	why      string
	severity abi.Severity
	fix      string
}

// lacks says why a target does not have a name, if it does not.
func lacks(t abi.Target, arch, name string) lack {
	if since, ok := symbols.Libstdcxx(name); ok {
		have := t.Symbols[since.Namespace]
		if have == "" || since.Version.Compare(have) <= 0 {
			return lack{}
		}
		return lack{why: fmt.Sprintf("%s has from %s_%s on; %s has %s", since.Library, since.Namespace, since.Version, wording.Called(t), have)}
	}
	other, elsewhere := symbols.Elsewhere(arch, name)
	since, ok := symbols.Glibc(arch, name)
	if !ok {
		return libgccLacks(t, other)
	}
	why := glibcLacks(t, since)
	if t.Libc == abi.Musl {
		why = muslLacks(t, arch, name)
	}
	switch {
	case why == "" && !elsewhere:
		return removedFrom(t, arch, name)
	case why == "" || !elsewhere:
		return lack{why: why}
	case other.Library == "libbsd":
		return lack{why: why + "; libbsd has it too", severity: abi.Warning}
	}
	return lack{}
}

// libgccLacks judges names of the compiler's own library, as far as it says when
// they came. Vendors bring some to older releases: a warning.
func libgccLacks(t abi.Target, since symbols.Since) lack {
	have := t.Symbols[since.Namespace]
	if since.Library != "libgcc" || since.Namespace == "" || have == "" || since.Version.Compare(have) <= 0 {
		return lack{}
	}
	of := fmt.Sprintf("%s_%s", since.Namespace, since.Version)
	if since.Namespace != "GCC" {
		of = "the GCC of " + of
	}
	return lack{
		why:      fmt.Sprintf("libgcc has from %s on; %s has %s", of, wording.Called(t), have),
		severity: abi.Warning,
		fix:      "build the archive with the oldest GCC that links it; for __aarch64_ names, with -mno-outline-atomics",
	}
}

// removedFrom judges names that the target's glibc has for old programs alone.
// Who links on an older system gets a program that runs there: a warning.
func removedFrom(t abi.Target, arch, name string) lack {
	since, ok := symbols.Removed(arch, name)
	have := t.Symbols["GLIBC"]
	if !ok || t.Libc == abi.Musl || have == "" || have.Less(since) {
		return lack{}
	}
	return lack{
		why:      fmt.Sprintf("glibc %s has for programs alone that are linked already; %s has %s, and a linker there does not find them", since, wording.Called(t), have),
		severity: abi.Warning,
		fix:      "build the archive on the oldest system whose linker takes it, with glibc " + string(since) + " or newer: its headers ask for other names",
	}
}

func glibcLacks(t abi.Target, since symbols.Since) string {
	have := t.Symbols["GLIBC"]
	if have == "" || since.Version.Compare(have) <= 0 {
		return ""
	}
	return fmt.Sprintf("glibc has from %s on (%s); %s has %s", since.Version, since.Library, wording.Called(t), have)
}

func muslLacks(t abi.Target, arch, name string) string {
	span, ok := symbols.Musl(arch, name)
	switch {
	case t.LibcVersion == "" || ok && span.Has(t.LibcVersion):
		return ""
	case !ok:
		return fmt.Sprintf("glibc has and no musl; %s has musl %s", wording.Called(t), t.LibcVersion)
	case span.Last != "" && span.Last.Less(t.LibcVersion):
		return fmt.Sprintf("musl has for linkers up to %s; %s has musl %s", span.Last, wording.Called(t), t.LibcVersion)
	}
	return fmt.Sprintf("musl has from %s on; %s has musl %s", span.First, wording.Called(t), t.LibcVersion)
}
