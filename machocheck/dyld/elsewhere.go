package dyld

import (
	"io/fs"
	"path"
	"strings"
)

// The walk for files that stand where dyld does not look is bounded: it only
// serves to say more of a library that is missing.
const (
	maxWalk      = 500_000 // entries
	maxElsewhere = 8       // places of one name
)

// elsewhere returns where in the space files of a library's name are, in
// whatever case of letters: most Macs do not tell it apart.
func (s *Space) elsewhere(name string) []string {
	s.librariesOnce.Do(s.findLibraries)
	return s.libraries[strings.ToLower(path.Base(name))]
}

// findLibraries notes every file and link whose name is that of a library: with
// its ending, or of a framework. What cannot be read holds nothing that could
// be said.
func (s *Space) findLibraries() {
	s.libraries = map[string][]string{}
	seen := 0
	_ = fs.WalkDir(s.root.fs, ".", func(name string, d fs.DirEntry, err error) error {
		if seen++; seen > maxWalk {
			return fs.SkipAll
		}
		if err != nil || d.IsDir() {
			return nil
		}
		base := strings.ToLower(d.Name())
		library := strings.Contains(base, ".dylib") || strings.HasSuffix(base, ".so") || strings.Contains(name, ".framework/") && !strings.Contains(base, ".")
		if library && len(s.libraries[base]) < maxElsewhere {
			s.libraries[base] = append(s.libraries[base], "/"+name)
		}
		return nil
	})
}
