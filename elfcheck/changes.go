package elfcheck

import (
	"cmp"
	"debug/elf"
	"fmt"
	"slices"
	"strings"

	"github.com/abivet/abivet/abi"
)

// Changes compares two builds of a file, read with WantExports: first what
// breaks programs that were linked against the older one.
func Changes(older, newer *File) []abi.Change {
	var all []abi.Change
	if older.Platform != newer.Platform {
		all = append(all, abi.Change{Severity: abi.Error, What: "platform", Old: older.Platform.String(), New: newer.Platform.String(),
			Why: "the loader takes no file of another platform"})
	}
	if older.Libc != newer.Libc && older.Libc != "" && newer.Libc != "" {
		all = append(all, abi.Change{Severity: abi.Error, What: "libc", Old: string(older.Libc), New: string(newer.Libc),
			Why: "the programs that were linked with it run with the older's C library, and a process has one"})
	}
	if older.SOName != newer.SOName {
		all = append(all, abi.Change{Severity: abi.Error, What: "soname", Old: older.SOName, New: newer.SOName,
			Why: "programs ask for the name that they were linked with"})
	}
	all = append(all, changedVersions(older, newer)...)
	all = append(all, changedSymbols(older, newer)...)
	all = append(all, changedNeeds(older, newer)...)
	slices.SortStableFunc(all, func(a, b abi.Change) int { return cmp.Compare(b.Severity, a.Severity) })
	return all
}

// changedVersions goes by _dl_check_map_versions of glibc: a version that was
// there when a program was linked must be there, used or not, unless the library
// has no versions at all.
func changedVersions(older, newer *File) (all []abi.Change) {
	names := func(f *File) (list []string) {
		for _, v := range f.VersionDefs {
			if !v.Base {
				list = append(list, v.Name)
			}
		}
		return list
	}
	gone, came := difference(names(older), names(newer))
	for _, v := range gone {
		c := abi.Change{Severity: abi.Error, What: "version", Name: v, Old: v, Why: "the loader ends programs that need it: version not found"}
		if len(newer.VersionDefs) == 0 {
			c.Severity, c.Why = abi.Warning, "there are no versions any more: the loader goes on, and warns"
		}
		all = append(all, c)
	}
	for _, v := range came {
		all = append(all, abi.Change{Severity: abi.Note, What: "version", Name: v, New: v})
	}
	return all
}

// changedNeeds names what the newer build asks for and the older did not: it
// may not be where the older worked.
func changedNeeds(older, newer *File) (all []abi.Change) {
	gone, came := difference(older.Needed, newer.Needed)
	for _, name := range came {
		all = append(all, abi.Change{Severity: abi.Note, What: "needed", Name: name, New: name})
	}
	for _, name := range gone {
		all = append(all, abi.Change{Severity: abi.Note, What: "needed", Name: name, Old: name})
	}
	floor := strings.Join(older.Floor(), ", ")
	if now := strings.Join(newer.Floor(), ", "); now != floor {
		all = append(all, abi.Change{Severity: abi.Note, What: "floor", Old: floor, New: now})
	}
	return all
}

// changedSymbols merges the exports of both in the order of their names.
func changedSymbols(older, newer *File) (all []abi.Change) {
	was, is := offered(older), offered(newer)
	for len(was) > 0 || len(is) > 0 {
		old, rest := sameName(was)
		now, left := sameName(is)
		switch {
		case len(now) == 0 || len(old) > 0 && old[0].Name < now[0].Name:
			now, left = nil, is
		case len(old) == 0 || now[0].Name < old[0].Name:
			old, rest = nil, was
		}
		for _, s := range old {
			all = append(all, changedSymbol(s, now, newer)...)
		}
		for _, s := range now {
			if !slices.ContainsFunc(old, func(o Symbol) bool { return o.Version == s.Version }) {
				all = append(all, abi.Change{Severity: abi.Note, What: "symbol", Name: s.versioned(), New: kindOf(s)})
			}
		}
		was, is = rest, left
	}
	return all
}

// changedSymbol compares a symbol with those of its name in the newer build.
func changedSymbol(old Symbol, now []Symbol, newer *File) []abi.Change {
	c := abi.Change{Severity: abi.Error, What: "symbol", Name: old.versioned(), Old: kindOf(old)}
	at := slices.IndexFunc(now, func(s Symbol) bool { return s.Version == old.Version })
	if at < 0 && (old.Version == "" || len(newer.VersionDefs) == 0) {
		at = slices.IndexFunc(now, func(s Symbol) bool { return !s.Hidden }) // what asks for any version, or finds none to compare
	}
	switch {
	case at < 0 && strings.Contains(old.Version, "PRIVATE"): // GLIBC_PRIVATE, Qt_5_PRIVATE_API
		c.Severity, c.Why = abi.Warning, "of a version that is for the library's own package alone"
	case at < 0 && len(now) > 0:
		c.Why = fmt.Sprintf("has other versions (%s): what was linked with this one does not find it", now[0].versioned())
	case at < 0 && old.Bind == elf.STB_WEAK && strings.HasPrefix(old.Name, "_Z"):
		c.Severity, c.Why = abi.Warning, "weak, and of C++: who uses an inline function or a template has it too, unless declared extern"
	case at < 0:
		c.Why = "what was linked with it does not find it"
	default:
		return changedKind(c, old, now[at])
	}
	return []abi.Change{c}
}

func changedKind(c abi.Change, old, now Symbol) []abi.Change {
	c.New = kindOf(now)
	switch was, is := kindOf(old), kindOf(now); {
	case was != is && was != "symbol" && is != "symbol":
		c.Why = "what takes it for the one does not work with the other"
	case was == "object" && is == was && old.Size != now.Size && old.Size != 0:
		c.Severity = abi.Warning
		c.Old, c.New = fmt.Sprintf("%s of %d bytes", was, old.Size), fmt.Sprintf("%s of %d bytes", is, now.Size)
		c.Why = "a program that has a copy of it (a copy relocation) made room for the older size"
	default:
		return nil
	}
	return []abi.Change{c}
}

// byLinker are names that linkers define in every file: nothing is linked with
// those of a library.
var byLinker = []string{"__bss_start", "_edata", "_end", "_fini", "_init", "__bss_start__", "__bss_end__", "__end__", "_bss_end__"}

// offered returns the exports in the order of their names, without those that
// stand for a version and those of linkers.
func offered(f *File) []Symbol {
	list := make([]Symbol, 0, len(f.Exports))
	for _, s := range f.Exports {
		if s.Absolute && s.Name == s.Version || slices.Contains(byLinker, s.Name) {
			continue
		}
		list = append(list, s)
	}
	slices.SortFunc(list, func(a, b Symbol) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.Version, b.Version))
	})
	return slices.CompactFunc(list, func(a, b Symbol) bool { return a.Name == b.Name && a.Version == b.Version })
}

// sameName cuts the symbols of the first name off a sorted list.
func sameName(list []Symbol) (first, rest []Symbol) {
	n := 0
	for n < len(list) && list[n].Name == list[0].Name {
		n++
	}
	return list[:n], list[n:]
}

func (s Symbol) versioned() string {
	if s.Version == "" {
		return s.Name
	}
	return s.Name + "@" + s.Version
}

// kindOf tells apart what cannot stand for one another. An indirect function is
// called like any; an assembler may leave the type of a symbol open.
func kindOf(s Symbol) string {
	switch s.Type {
	case elf.STT_FUNC, elf.STT_GNU_IFUNC:
		return "function"
	case elf.STT_OBJECT, elf.STT_COMMON:
		return "object"
	case elf.STT_TLS:
		return "thread-local object"
	}
	return "symbol"
}

// difference returns what only the first list has, and only the second.
func difference(a, b []string) (gone, came []string) {
	without := func(list, other []string) (left []string) {
		there := make(map[string]bool, len(other))
		for _, s := range other {
			there[s] = true
		}
		for _, s := range list {
			if !there[s] {
				left = append(left, s)
			}
		}
		return left
	}
	return without(a, b), without(b, a)
}
