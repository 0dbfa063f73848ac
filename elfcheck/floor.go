package elfcheck

import (
	"fmt"
	"slices"
	"strings"

	"github.com/abivet/abivet/abi"
)

// A floor is a version need taken apart.
type floor struct {
	*VersionNeed
	namespace string
	version   abi.Version
}

// floors returns the numbered version needs of the namespaces that keep wants,
// newest first within a namespace. One that the loader may do without is left
// to weak-version.
func (f *File) floors(keep func(namespace string) bool) []floor {
	var floors []floor
	for i := range f.VersionNeeds {
		need := &f.VersionNeeds[i]
		namespace, version, numbered := abi.SplitSymbolVersion(need.Version)
		if namespace == "GLIBC" && isLibgcc(need.File) {
			continue // libgcc has it on every C library
		}
		if numbered && !need.dispensable() && keep(namespace) {
			floors = append(floors, floor{need, namespace, version})
		}
	}
	slices.SortStableFunc(floors, func(a, b floor) int {
		if a.namespace != b.namespace {
			return strings.Compare(a.namespace, b.namespace)
		}
		return b.version.Compare(a.version)
	})
	return floors
}

// dispensable reports whether a file loads and binds without the version. The
// flag alone is not enough: the loader passes over the missing version and then
// does not find a strong symbol of it.
func (n *VersionNeed) dispensable() bool { return n.Weak && n.Strong == 0 }

// above returns a finding for each floor that is above what the target has.
func above(floors []floor, t abi.Target, fix func(floor) string) []abi.Finding {
	var findings []abi.Finding
	for _, need := range floors {
		have := t.Symbols[need.namespace]
		if have == "" || need.version.Compare(have) <= 0 {
			continue
		}
		findings = append(findings, abi.Finding{
			Message:  fmt.Sprintf("needs %s from %s%s; %s has %s", plain(need.Version), plain(need.File), need.reasons(), called(t), have),
			Evidence: need.evidence(),
			Fix:      fix(need),
			Subject:  need.File + " " + need.Version,
		})
	}
	return findings
}

// missing returns a finding for each version need of the namespaces that keep
// wants and the target is known to lack, with a number or without.
func (f *File) missing(t abi.Target, keep func(namespace string) bool) []abi.Finding {
	findings := above(f.floors(keep), t, func(floor) string { return "" })
	for i := range f.VersionNeeds {
		need := &f.VersionNeeds[i]
		if !need.dispensable() && keep(need.Version) {
			findings = append(findings, absent(need, t)...)
		}
	}
	return findings
}

// unjudged says which version needs of the namespaces that keep wants the
// target says nothing of, or "".
func (f *File) unjudged(t abi.Target, keep func(namespace string) bool) string {
	var unknown []string
	for i := range f.VersionNeeds {
		need := &f.VersionNeeds[i]
		namespace, _, numbered := abi.SplitSymbolVersion(need.Version)
		if _, known := t.Markers[need.Version]; known || need.dispensable() || !keep(namespace) || numbered && t.Symbols[namespace] != "" {
			continue
		}
		unknown = append(unknown, namespace)
	}
	if len(unknown) == 0 {
		return ""
	}
	slices.Sort(unknown)
	return fmt.Sprintf("%s does not say which version it has of %s", called(t), list(slices.Compact(unknown)))
}

func (n *VersionNeed) reasons() string {
	if len(n.Symbols) == 0 {
		return ""
	}
	return " (" + list(n.Symbols) + ")"
}

// evidence names every symbol.
func (n *VersionNeed) evidence() []string {
	if len(n.Symbols) == 0 {
		return []string{fmt.Sprintf("version need %s of %s; no symbol of it was read", plain(n.Version), plain(n.File))}
	}
	lines := make([]string, len(n.Symbols))
	for i, name := range n.Symbols {
		lines[i] = fmt.Sprintf("%s@%s from %s", plain(name), plain(n.Version), plain(n.File))
	}
	return lines
}

// Floor returns the newest version of each namespace that the file asks for,
// with the library that is to have it: GLIBC_2.34 (libc.so.6).
func (f *File) Floor() []string {
	var lines []string
	last := ""
	for _, need := range f.floors(func(string) bool { return true }) {
		if need.namespace != last {
			lines = append(lines, fmt.Sprintf("%s (%s)", plain(need.Version), plain(need.File)))
		}
		last = need.namespace
	}
	return lines
}
