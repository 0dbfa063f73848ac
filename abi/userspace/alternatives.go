package userspace

import (
	"io/fs"
	"path"
	"strconv"
	"strings"
)

// An alternative is a link that a package's postinst has update-alternatives make, as
// those do that bring libblas.so.3 in a directory of their own.
type alternative struct {
	link, target string // from the root, without the slash before it; with it
	priority     int
	owner        int
}

// alternatives reads the calls of update-alternatives(1) that a script makes with
// nothing but literal places. The script is not run: what is in a variable, or asked
// for under a condition that does not hold, is a guess that is not made, or one too many
// that leads to a file of the package all the same. Without a literal priority it has the
// lowest.
func alternatives(script string, owner int) []alternative {
	var all []alternative
	for line := range strings.Lines(strings.ReplaceAll(script, "\\\n", " ")) {
		words := strings.Fields(line)
		for i, word := range words {
			if strings.HasPrefix(word, "#") {
				break
			}
			if path.Base(word) != "update-alternatives" {
				continue
			}
			all = append(all, installs(words[i+1:], owner)...)
			break
		}
	}
	return all
}

// installs takes the links from the arguments of one call: --install has four, and
// each --slave three.
func installs(args []string, owner int) (all []alternative) {
	priority := 0
	for i, arg := range args {
		var rest []string
		switch {
		case arg == "--install" && len(args)-i > 4:
			rest = args[i+1:]
			priority, _ = strconv.Atoi(rest[3])
		case arg == "--slave" && len(args)-i > 3:
			rest = args[i+1:]
		default:
			continue
		}
		if literal(rest[0]) && literal(rest[2]) && path.Clean(rest[0]) != "/" {
			all = append(all, alternative{path.Clean(rest[0])[1:], path.Clean(rest[2]), priority, owner})
		}
	}
	return all
}

// literal reports whether a word is a place that no shell makes another of.
func literal(word string) bool {
	return strings.HasPrefix(word, "/") && len(word) <= maxPath && !strings.ContainsAny(word, "$`\"'\\*?[]{}~();&|<>")
}

// chosen returns the links to make: of each the one with the highest priority, the
// first of equals, where neither a package nor the user space below has a file there,
// and a package has what it leads to.
func (r *debReader) chosen(over files) []debEntry {
	has := map[string]bool{}
	if len(r.alternatives) > 0 {
		for _, e := range r.entries {
			has[e.name] = true
		}
	}
	best := map[string]alternative{}
	var order []string
	for _, a := range r.alternatives {
		if has[a.link] || !has[a.target[1:]] {
			continue
		}
		if over != nil {
			if _, err := over.lstat(a.link); err == nil {
				continue
			}
		}
		before, twice := best[a.link]
		if !twice {
			order = append(order, a.link)
		}
		if !twice || a.priority > before.priority {
			best[a.link] = a
		}
	}
	var links []debEntry
	for _, link := range order {
		a := best[link]
		links = append(links, debEntry{entry{name: link, kind: kindSymlink, mode: fs.ModeSymlink | 0o777, link: a.target}, a.owner})
	}
	return links
}
