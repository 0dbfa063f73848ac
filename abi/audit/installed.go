package audit

import (
	"bufio"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/abivet/abivet/elfcheck/ldso"
)

// uncached says of a library that is missing that it stands where ldconfig will find it
// once the package is installed, or is "".
func (l *laidOut) uncached(process *ldso.Process) string {
	for _, f := range process.Failures {
		for _, place := range f.Elsewhere {
			file, _, _ := strings.Cut(place, " ") // of package
			if dir := path.Dir(file); f.Category == ldso.MissingLibrary && slices.Contains(l.configured, dir) {
				return fmt.Sprintf("%s is in %s, which is looked at once ldconfig has run there", f.Subject, dir)
			}
		}
	}
	return ""
}

// configured returns the directories that ldconfig is told of.
func configured(fsys fs.FS) (dirs []string) {
	names := []string{"etc/ld.so.conf"}
	if entries, err := fs.ReadDir(fsys, "etc/ld.so.conf.d"); err == nil {
		for _, e := range entries {
			names = append(names, "etc/ld.so.conf.d/"+e.Name())
		}
	}
	for _, name := range names {
		file, err := fsys.Open(name)
		if err != nil {
			continue // as good as an empty one
		}
		lines := bufio.NewScanner(file) // of 64 KiB at most
		for lines.Scan() {
			if dir := strings.TrimSpace(lines.Text()); strings.HasPrefix(dir, "/") {
				dirs = append(dirs, path.Clean(dir))
			}
		}
		file.Close()
	}
	return dirs
}
