package targets

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/abivet/abivet/internal/spelling"
)

// instead says what could have been meant by a name that nothing has.
func (k *knowledge) instead(name string) string {
	family, number, _ := strings.Cut(name, ":")
	switch family {
	case "glibc":
		return fmt.Sprintf("want a release of glibc from 2.0 to %s, such as glibc:2.17", k.glibc.Newest)
	case "musl":
		return fmt.Sprintf("want a release of musl from 1.0 to %s, such as musl:1.2.5", k.newestMusl())
	}
	if r := k.relatives(family); len(r) > 0 && number == "" {
		return fmt.Sprintf("name its release: one of %s", strings.Join(r, ", "))
	} else if len(r) > 0 {
		return fmt.Sprintf("%s has no release %.80q: want one of %s", family, number, strings.Join(r, ", "))
	}
	if near := k.nearest(name); len(near) > 0 {
		return "no such name; the nearest are " + strings.Join(near, ", ")
	}
	return "no such name, nor one like it"
}

// relatives names the releases of a family once each, in the order of All and
// in the family's own words: rocky:9, not rhel:9.
func (k *knowledge) relatives(family string) []string {
	var names []string
	for _, r := range k.records {
		own := func(name string) bool { return strings.HasPrefix(name, family+":") }
		all := append([]string{r.Name}, r.Aliases...)
		if i := slices.IndexFunc(all, own); i >= 0 {
			names = append(names, all[i])
		}
	}
	return names
}

// nearest returns the names that take the fewest changes to become, three at most.
func (k *knowledge) nearest(name string) []string {
	const longest = 64 // the longest name has 30; more would only cost time
	name = name[:min(len(name), longest)]
	names := slices.Sorted(maps.Keys(k.byName))
	cost := map[string]int{}
	for _, n := range names {
		cost[n] = spelling.Changes(name, n)
	}
	slices.SortStableFunc(names, func(a, b string) int { return cost[a] - cost[b] })
	far := slices.IndexFunc(names, func(n string) bool { return cost[n] > spelling.Meant(name) })
	if far < 0 {
		far = len(names)
	}
	return names[:min(far, 3)]
}
