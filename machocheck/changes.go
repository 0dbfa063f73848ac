package machocheck

import (
	"cmp"
	"slices"
	"strings"

	"github.com/abivet/abivet/abi"
)

// Changes compares two builds of a slice, read with WantSymbols: first what
// breaks programs that were linked against the older one.
func Changes(older, newer *File) []abi.Change {
	var all []abi.Change
	add := func(severity abi.Severity, what, was, is, why string) {
		if was != is {
			all = append(all, abi.Change{Severity: severity, What: what, Old: was, New: is, Why: why})
		}
	}
	add(abi.Error, "platform", older.Platform.OS+"/"+older.Arch, newer.Platform.OS+"/"+newer.Arch, "dyld takes no file of another platform")
	add(abi.Error, "install name", older.ID.Name, newer.ID.Name, "programs ask for the name that they were linked with")
	if newer.ID.Compatibility.Less(older.ID.Compatibility) {
		add(abi.Warning, "compatibility version", string(older.ID.Compatibility), string(newer.ID.Compatibility),
			"up to macOS 11 dyld refuses a library of an older compatibility version than a program was linked with")
	}
	if older.MinOS.Less(newer.MinOS) {
		add(abi.Warning, "minimum", string(older.MinOS), string(newer.MinOS), "it is built for a newer system than before")
	}
	all = append(all, changedExports(older, newer)...)
	all = append(all, changedDylibs(older, newer)...)
	slices.SortStableFunc(all, func(a, b abi.Change) int { return cmp.Compare(b.Severity, a.Severity) })
	return all
}

// changedExports merges what dyld finds in both, in the order of the names.
func changedExports(older, newer *File) (all []abi.Change) {
	was, is := offered(older), offered(newer)
	for len(was) > 0 || len(is) > 0 {
		switch {
		case len(is) == 0 || len(was) > 0 && was[0].Name < is[0].Name:
			all = append(all, withdrawn(was[0]))
			was = was[1:]
		case len(was) == 0 || is[0].Name < was[0].Name:
			all = append(all, abi.Change{Severity: abi.Note, What: "symbol", Name: is[0].Name, New: kindOfExport(is[0])})
			is = is[1:]
		default:
			if a, b := kindOfExport(was[0]), kindOfExport(is[0]); a != b {
				all = append(all, abi.Change{Severity: abi.Error, What: "symbol", Name: was[0].Name, Old: a, New: b,
					Why: "what takes it for the one does not work with the other"})
			}
			was, is = was[1:], is[1:]
		}
	}
	return all
}

func withdrawn(e Export) abi.Change {
	c := abi.Change{Severity: abi.Error, What: "symbol", Name: e.Name, Old: kindOfExport(e), Why: "what was linked with it does not find it"}
	if e.Weak && strings.HasPrefix(e.Name, "__Z") {
		c.Severity, c.Why = abi.Warning, "weak, and of C++: who uses an inline function or a template has it too, unless declared extern"
	}
	return c
}

// offered returns what others can bind to, in the order of the names: the trie
// where there is one, as dyld does, and else the symbol table.
func offered(f *File) []Export {
	list := slices.Clone(f.Trie)
	if !f.ExportsTrie && !f.DyldInfo {
		list = nil
		for _, name := range f.Exports {
			list = append(list, Export{Name: name})
		}
	}
	slices.SortFunc(list, func(a, b Export) int { return strings.Compare(a.Name, b.Name) })
	return slices.CompactFunc(list, func(a, b Export) bool { return a.Name == b.Name })
}

func kindOfExport(e Export) string {
	if e.ThreadLocal {
		return "thread-local object"
	}
	return "symbol"
}

// changedDylibs names the libraries that only one of the builds needs. What is
// no longer offered again takes its symbols away.
func changedDylibs(older, newer *File) (all []abi.Change) {
	there := func(f *File, d Dylib) bool {
		return slices.ContainsFunc(f.Dylibs, func(o Dylib) bool { return o.Name == d.Name && (o.Link == Reexport || d.Link != Reexport) })
	}
	for _, d := range older.Dylibs {
		if there(newer, d) {
			continue
		}
		c := abi.Change{Severity: abi.Note, What: "needed", Name: d.Name, Old: cmp.Or(string(d.Link), "normal")}
		if d.Link == Reexport {
			c.Severity, c.Why = abi.Error, "what was linked with its symbols by way of this library does not find them"
		}
		all = append(all, c)
	}
	for _, d := range newer.Dylibs {
		if !there(older, d) {
			all = append(all, abi.Change{Severity: abi.Note, What: "needed", Name: d.Name, New: cmp.Or(string(d.Link), "normal")})
		}
	}
	return all
}
