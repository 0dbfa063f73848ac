package ldso

import (
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/abivet/abivet/internal/rootpath"
)

// The walk for files that stand where no loader looks is bounded: it only
// serves to say more of a library that is missing.
const (
	maxWalk      = 300_000 // entries: seconds on a cold disk; a whole Debian has a third
	maxElsewhere = 8       // places of one name
)

// elsewhere returns where in the user space files of a library's name are.
func (s *Space) elsewhere(name string) []string {
	s.librariesOnce.Do(s.findLibraries)
	return s.libraries[path.Base(name)]
}

// findLibraries notes every file and link whose name is that of a shared
// library. What cannot be read holds nothing that could be said.
func (s *Space) findLibraries() {
	s.libraries = map[string][]string{}
	seen := 0
	first := []string{"usr", "opt"} // what else is large, /home or /var, seldom has any
	visit := func(from string) fs.WalkDirFunc {
		return func(name string, d fs.DirEntry, err error) error {
			if seen++; seen > maxWalk {
				return fs.SkipAll
			}
			if err != nil {
				return nil
			}
			if d.IsDir() {
				if from == "." && (slices.Contains(first, name) || slices.Contains([]string{"proc", "sys", "dev"}, name)) {
					return fs.SkipDir
				}
				return nil
			}
			if base := d.Name(); (strings.HasSuffix(base, ".so") || strings.Contains(base, ".so.")) && len(s.libraries[base]) < maxElsewhere {
				s.libraries[base] = append(s.libraries[base], "/"+name)
			}
			return nil
		}
	}
	for _, from := range append(first, ".") {
		_ = fs.WalkDir(s.root.fs, from, visit(from))
	}
}

// name says of failures which packages have part in them. The loader has no
// need of it, so it is asked once the layout is done.
func (s *Space) name(failures []Failure) {
	db, ok := s.root.fs.(interface {
		Owner(name string) (pkg string, ok bool)
	})
	if !ok {
		return
	}
	owner := func(file string) string {
		t, rest := s.tree(file)
		if t != &s.root || file == "" {
			return ""
		}
		real, _, err := t.paths.Resolve(rest)
		if err != nil {
			return ""
		}
		pkg, _ := db.Owner(rootpath.FSName(real))
		return pkg
	}
	for i := range failures {
		f := &failures[i]
		f.Package, f.ProviderPackage = owner(f.Object), owner(f.Provider)
		for j, place := range f.Elsewhere {
			if pkg := owner(place); pkg != "" {
				f.Elsewhere[j] = place + " of package " + pkg
			}
		}
	}
}
