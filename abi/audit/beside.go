package audit

import (
	"path"
	"slices"
	"strings"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/abi/packages"
	"github.com/abivet/abivet/elfcheck"
)

// beside returns the needed libraries that stand where the file's own $ORIGIN
// leads, and in a directory *.libs, where auditwheel puts the libraries of a
// wheel, those next to it: they are found by the path of what loads them.
func (c candidate) beside(f *elfcheck.File) (there []string) {
	if len(f.RPath)+len(f.RunPath) == 0 && !strings.Contains(c.path, ".libs/") {
		return nil // as of most
	}
	dir := path.Dir(c.path)
	var dirs []string
	for _, d := range slices.Concat(f.RPath, f.RunPath) {
		for _, name := range []string{"$ORIGIN", "${ORIGIN}"} {
			if rest, ok := strings.CutPrefix(d, name); ok {
				dirs = append(dirs, path.Join(dir, rest))
			}
		}
	}
	if strings.HasSuffix(dir, ".libs") {
		dirs = append(dirs, dir)
	}
	if dirs == nil {
		return nil
	}
	for _, library := range f.Needed {
		if !strings.Contains(library, "/") && slices.ContainsFunc(dirs, func(dir string) bool { return c.has(path.Join(dir, library)) }) {
			there = append(there, library)
		}
	}
	return there
}

func (c candidate) has(name string) bool {
	info, err := c.source.stat(name)
	return err == nil && info.Mode().IsRegular()
}

// forgive takes out of the results of a package's files that a library is not
// in the target, where the package brings it.
func forgive(results []abi.Result, p *packages.Package) {
	files := make(map[string]*elfcheck.File, len(p.Files))
	for _, f := range p.Files {
		if f.ELF != nil {
			files[f.Place] = f.ELF
		}
	}
	for i := range results {
		f := files[results[i].Path]
		if f == nil || len(results[i].Findings) == 0 {
			continue
		}
		results[i].Findings = slices.DeleteFunc(results[i].Findings, func(found abi.Finding) bool {
			return found.Rule == "library-not-in-target" && p.Brings(f, found.Subject)
		})
	}
}
