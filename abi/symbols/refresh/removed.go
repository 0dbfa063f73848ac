package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// removedFacts lists, for each architecture, the names that a release of glibc
// has for programs alone that are linked already: every version of them is one
// that a linker does not take (NAME@VERSION, never NAME@@VERSION). The release is
// the oldest that was looked at from which on this is so.
func removedFacts(libraries []library) (facts, error) {
	releases := map[string]string{} // by directory
	for _, l := range libraries {
		if l.kind == "glibc" && l.release != "" {
			releases[l.dir] = l.release
		}
	}
	// By architecture, release and name: whether a linker takes it.
	seen := map[string]map[string]map[string]bool{}
	for _, l := range libraries {
		release := releases[l.dir]
		if l.kind != "glibc" || release == "" {
			continue
		}
		if seen[l.arch] == nil {
			seen[l.arch] = map[string]map[string]bool{}
		}
		names := seen[l.arch][release]
		if names == nil {
			names = map[string]bool{}
			seen[l.arch][release] = names
		}
		for _, s := range l.symbols {
			names[s.Name] = names[s.Name] || !s.VersionIndex.IsHidden()
		}
	}
	f := facts{names: map[string]answer{}}
	all := map[string]bool{}
	for arch, byRelease := range seen {
		order := slices.SortedFunc(maps.Keys(byRelease), func(a, b string) int {
			if less(a, b) {
				return -1
			}
			return 1
		})
		removed := map[string]string{}
		for _, release := range order {
			all[release] = true
			for name, linked := range byRelease[release] {
				switch {
				case linked || slices.Contains(nonshared, name):
					delete(removed, name)
				case removed[name] == "":
					removed[name] = release
				}
			}
		}
		for name, release := range removed {
			if f.names[name] == nil {
				f.names[name] = answer{}
			}
			f.names[name][arch] = [2]string{"glibc", release}
		}
	}
	if len(f.names) == 0 {
		return facts{}, fmt.Errorf("no libraries of glibc among the packages")
	}
	f.origin = fmt.Sprintf("dynamic symbols of Debian's libc6 on %d architectures, glibc %s", len(seen), strings.Join(slices.Sorted(maps.Keys(all)), ", "))
	return f, nil
}
