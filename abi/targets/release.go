package targets

import (
	"cmp"
	"slices"
	"strings"

	"github.com/abivet/abivet/abi"
)

// A Release is a user space that has a name, and what it promises.
type Release struct {
	Name    string   // debian:12
	Aliases []string // debian:bookworm
	Title   string   // Debian 12 (bookworm)
	Family  string   // debian
	Origin  string   // where the facts are from
	Date    string   // the day they were true, such as 2026-10-30
	// Measured is false where the symbol versions were not read from the
	// libraries but follow from the release's versions of glibc and GCC. A
	// vendor that moves symbols to older releases escapes that.
	Measured bool
	Targets  abi.TargetSet // by GOARCH
}

// All returns every release: glibc, musl, Android and macOS after each other,
// the newest C library first, and the newest release of a family before its
// older ones. The caller may change what it gets.
func All() []Release {
	k := known()
	all := make([]Release, len(k.records))
	for i, r := range k.records {
		all[i] = k.release(r)
	}
	return all
}

// release turns a record into what the world sees, sharing nothing with it.
func (k *knowledge) release(r *record) Release {
	rel := Release{
		Name: r.Name, Aliases: slices.Clone(r.Aliases), Title: r.Title,
		Family: r.family(), Origin: r.Origin, Date: r.Date, Measured: r.Measured,
	}
	for arch := range r.On {
		rel.Targets = append(rel.Targets, k.target(r, arch))
	}
	slices.SortFunc(rel.Targets, func(a, b abi.Target) int {
		return cmp.Compare(a.Platform.Arch, b.Platform.Arch)
	})
	return rel
}

func (k *knowledge) target(r *record, arch string) abi.Target {
	on := r.On[arch]
	t := abi.Target{
		Name:     r.Name,
		Platform: abi.Platform{OS: r.os(), Arch: arch},
		Libc:     r.libc(),
		ISA:      on.ISA,
		PageSize: cmp.Or(on.Page, r.Page),
		Kernel:   r.Kernel,
		MinOS:    r.MacOS,
		Symbols:  map[string]abi.Version{},
		Markers:  map[string]bool{},
	}
	switch {
	case r.Musl != "":
		t.LibcVersion = r.Musl
	case r.Bionic != "":
		t.LibcVersion = r.Bionic
	}
	if r.Measured {
		k.addMeasured(&t, on)
	} else {
		k.addRecorded(&t, r, arch)
	}
	if len(t.Symbols) == 0 {
		t.Symbols = nil
	}
	if len(t.Markers) == 0 || t.Libc != abi.Glibc {
		t.Markers = nil // whether musl's libstdc++ has CXXABI_FLOAT128 is not known
	}
	if r.Libraries != nil {
		t.Libraries = k.libraries(r, arch)
	}
	if r.Forbidden != nil {
		t.Forbidden = map[string][]string{}
		for soname, symbols := range r.Forbidden {
			t.Forbidden[soname] = slices.Clone(symbols)
		}
	}
	return t
}

// libraries adds what every file of the platform may name without asking: the
// loader, and musl under the names that distributions give it. Policies leave
// them out because their own checkers pass over them.
func (k *knowledge) libraries(r *record, arch string) []string {
	m := k.machines[arch]
	list := slices.Concat(r.Libraries, m.Loader[r.libc()])
	slices.Sort(list)
	return slices.Compact(list)
}

// addMeasured takes the versions from the libraries themselves, so a marker
// that they do not define is known to be absent.
func (k *knowledge) addMeasured(t *abi.Target, on machine) {
	if t.Libc == abi.Glibc {
		for _, m := range k.glibc.Markers {
			t.Markers[m.Name] = false
		}
		for _, name := range k.gcc.Markers {
			t.Markers[name] = false
		}
	}
	for _, namespace := range on.Empty {
		// No version is as low as 0, and the namespace is known: a file
		// that needs any version of it is refused.
		t.Symbols[namespace] = "0"
	}
	promise(t, on.Symbols)
	for _, name := range on.Varies {
		delete(t.Markers, name)
	}
}

// addRecorded derives the versions from those of glibc and GCC.
func (k *knowledge) addRecorded(t *abi.Target, r *record, arch string) {
	if r.Glibc != "" {
		k.addGlibc(t, r.Glibc)
	}
	if r.GCC != "" {
		k.addGCC(t, r.GCC, arch)
	}
	promise(t, r.On[arch].Symbols) // what a vendor moved to an older release
}

// promise enters symbol versions by the names that ELF files have for them.
func promise(t *abi.Target, names []string) {
	for _, name := range names {
		namespace, v, numbered := abi.SplitSymbolVersion(name)
		switch {
		case !numbered:
			t.Markers[name] = true
		case t.Symbols[namespace].Less(v):
			t.Symbols[namespace] = v
		}
	}
}

// family is the part of a name that its relatives share.
func (r *record) family() string {
	return r.Name[:strings.IndexAny(r.Name, ":_")]
}
