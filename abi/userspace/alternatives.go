package userspace

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/abivet/abivet/internal/rootpath"
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

// link makes the links that packages ask for: of each the one with the highest priority,
// the first of equals, in a directory that is there, to a file that is there, where
// nothing else is.
func (r *debReader) link(a *applier, over files) error {
	var all files = a.tree
	if over != nil {
		all = &layered{upper: a.tree, lower: over}
	}
	slices.SortStableFunc(r.alternatives, func(a, b alternative) int { return cmp.Compare(b.priority, a.priority) })
	for _, alt := range r.alternatives {
		paths := rootpath.New(newSpace("", Debs, all, nil)) // it remembers, and the tree changes
		dir, info, err := paths.Resolve("/" + path.Dir(alt.link))
		if err != nil || !info.IsDir() {
			continue
		}
		place := path.Join(rootpath.FSName(dir), path.Base(alt.link))
		if _, err := all.lstat(place); !errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if _, info, err := paths.Resolve(alt.target); err != nil || !info.Mode().IsRegular() {
			continue
		}
		a.owner = alt.owner
		if err := a.apply(entry{name: place, kind: kindSymlink, mode: fs.ModeSymlink | 0o777, link: alt.target}); err != nil {
			return fmt.Errorf("%q: link %q of update-alternatives: %w", r.packages[alt.owner-1], alt.link, err)
		}
	}
	return nil
}
