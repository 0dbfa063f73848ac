package elfcheck

import (
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/internal/wording"
)

// A floor is a version need taken apart.
type floor struct {
	*VersionNeed
	namespace string
	version   abi.Version
}

// floors yields the numbered version needs of the namespaces that keep wants, which
// it tells by the beginning of a version. One that the loader may do without is left
// to weak-version.
func (f *File) floors(keep func(version string) bool) iter.Seq[floor] {
	return func(yield func(floor) bool) {
		for i := range f.VersionNeeds {
			need := &f.VersionNeeds[i]
			if !keep(need.Version) || need.dispensable() {
				continue
			}
			namespace, version, numbered := abi.SplitSymbolVersion(need.Version)
			if namespace == "GLIBC" && isLibgcc(need.File) {
				continue // libgcc has it on every C library
			}
			if numbered && !yield(floor{need, namespace, version}) {
				return
			}
		}
	}
}

// newestFirst sorts by namespace, and within one the newest first.
func newestFirst(floors []floor) {
	slices.SortStableFunc(floors, func(a, b floor) int {
		if a.namespace != b.namespace {
			return strings.Compare(a.namespace, b.namespace)
		}
		return b.version.Compare(a.version)
	})
}

// dispensable reports whether a file loads and binds without the version. The
// flag alone is not enough: the loader passes over the missing version and then
// does not find a strong symbol of it.
func (n *VersionNeed) dispensable() bool { return n.Weak && n.Strong == 0 }

// above returns a finding for each floor of the namespaces that keep wants that
// is above what the target has.
func (f *File) above(t abi.Target, keep func(version string) bool, fix func(floor) string) []abi.Finding {
	var high []floor
	for need := range f.floors(keep) {
		if have := t.Symbols[need.namespace]; have != "" && need.version.Compare(have) > 0 {
			high = append(high, need)
		}
	}
	newestFirst(high)
	var findings []abi.Finding
	for _, need := range high {
		findings = append(findings, abi.Finding{
			Message: fmt.Sprintf("needs %s from %s%s; %s has %s",
				wording.Plain(need.Version), wording.Plain(need.File), need.reasons(), wording.Called(t), t.Symbols[need.namespace]),
			Evidence: need.evidence(),
			Fix:      fix(need),
			Subject:  need.File + " " + need.Version,
		})
	}
	return findings
}

// missing returns a finding for each version need of the namespaces that keep
// wants and the target is known to lack, with a number or without.
func (f *File) missing(t abi.Target, keep func(version string) bool) []abi.Finding {
	findings := f.above(t, keep, func(floor) string { return "" })
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
func (f *File) unjudged(t abi.Target, keep func(version string) bool) string {
	var unknown []string
	for i := range f.VersionNeeds {
		need := &f.VersionNeeds[i]
		if !keep(need.Version) || need.dispensable() {
			continue
		}
		namespace, _, numbered := abi.SplitSymbolVersion(need.Version)
		if numbered && t.Symbols[namespace] != "" {
			continue
		}
		if _, known := t.Markers[need.Version]; known {
			continue
		}
		unknown = append(unknown, namespace)
	}
	if len(unknown) == 0 {
		return ""
	}
	slices.Sort(unknown)
	namespaces := wording.List(slices.Compact(unknown))
	if nothing(t) {
		return noTarget + " that says which version it has of " + namespaces
	}
	return fmt.Sprintf("%s does not say which version it has of %s", wording.Called(t), namespaces)
}

func (n *VersionNeed) reasons() string {
	if len(n.Symbols) == 0 {
		return ""
	}
	return " (" + wording.List(n.Symbols) + ")"
}

// evidence names every symbol.
func (n *VersionNeed) evidence() []string {
	if len(n.Symbols) == 0 {
		return []string{fmt.Sprintf("version need %s of %s; no symbol of it was read", wording.Plain(n.Version), wording.Plain(n.File))}
	}
	lines := make([]string, len(n.Symbols))
	for i, name := range n.Symbols {
		lines[i] = fmt.Sprintf("%s@%s from %s", wording.Plain(name), wording.Plain(n.Version), wording.Plain(n.File))
	}
	return lines
}

// Floor returns the newest version of each namespace that the file asks for,
// with the library that is to have it: GLIBC_2.34 (libc.so.6).
func (f *File) Floor() []string {
	var few [8]floor
	newest := few[:0] // of each run of one namespace, as linkers lay them out
	for need := range f.floors(func(string) bool { return true }) {
		switch last := len(newest) - 1; {
		case last < 0 || newest[last].namespace != need.namespace:
			newest = append(newest, need)
		case newest[last].version.Less(need.version):
			newest[last] = need
		}
	}
	newestFirst(newest)
	if len(newest) == 0 {
		return nil
	}
	lines := make([]string, 0, len(newest))
	for i, need := range newest {
		if i == 0 || need.namespace != newest[i-1].namespace {
			lines = append(lines, wording.Plain(need.Version)+" ("+wording.Plain(need.File)+")")
		}
	}
	return lines
}
