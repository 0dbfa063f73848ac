package elfcheck

import (
	"fmt"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/abi/symbols"
)

// A lack is what is said of a name that a target does not have.
type lack struct {
	why      string
	severity abi.Severity
}

// lacks says why a target does not have a name, if it does not.
func lacks(t abi.Target, arch, name string) lack {
	if since, ok := symbols.Libstdcxx(name); ok {
		have := t.Symbols[since.Namespace]
		if have == "" || since.Version.Compare(have) <= 0 {
			return lack{}
		}
		return lack{why: fmt.Sprintf("%s has from %s_%s on; %s has %s", since.Library, since.Namespace, since.Version, called(t), have)}
	}
	since, ok := symbols.Glibc(arch, name)
	if !ok {
		return lack{}
	}
	why := glibcLacks(t, since)
	if t.Libc == abi.Musl {
		why = muslLacks(t, arch, name)
	}
	switch library, elsewhere := symbols.Elsewhere(name); {
	case why == "" || !elsewhere:
		return lack{why: why}
	case library == "libbsd":
		return lack{why + "; libbsd has it too", abi.Warning}
	}
	return lack{}
}

func glibcLacks(t abi.Target, since symbols.Since) string {
	have := t.Symbols["GLIBC"]
	if have == "" || since.Version.Compare(have) <= 0 {
		return ""
	}
	return fmt.Sprintf("glibc has from %s on (%s); %s has %s", since.Version, since.Library, called(t), have)
}

func muslLacks(t abi.Target, arch, name string) string {
	span, ok := symbols.Musl(arch, name)
	switch {
	case t.LibcVersion == "" || ok && span.Has(t.LibcVersion):
		return ""
	case !ok:
		return fmt.Sprintf("glibc has and no musl; %s has musl %s", called(t), t.LibcVersion)
	case span.Last != "" && span.Last.Less(t.LibcVersion):
		return fmt.Sprintf("musl has for linkers up to %s; %s has musl %s", span.Last, called(t), t.LibcVersion)
	}
	return fmt.Sprintf("musl has from %s on; %s has musl %s", span.First, called(t), t.LibcVersion)
}
