package elfcheck

import (
	"fmt"
	"slices"
	"strings"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/internal/wording"
)

var runpathInsecure = abi.Rule[*File]{
	Doc: abi.Doc{
		ID:       "runpath-insecure",
		Title:    "looks for libraries where others can put them",
		Severity: abi.Warning,
		Release:  true,
		Why: `An empty or relative element of DT_RPATH or DT_RUNPATH is the working directory of
whoever starts the program, and /tmp belongs to everybody: a library put there is
loaded into the process.`,
		Fix:  `use $ORIGIN, or absolute directories that only root can write; patchelf --set-rpath mends a finished file`,
		Refs: []string{"https://man7.org/linux/man-pages/man8/ld.so.8.html"},
	},
	Check: checkRunpathInsecure,
}

// worldWritable lists directories that every user can write to.
var worldWritable = []string{"/tmp", "/var/tmp", "/dev/shm", "/dev/mqueue", "/run/lock", "/var/lock"}

func checkRunpathInsecure(f *File, _ abi.Target) []abi.Finding {
	var findings []abi.Finding
	for _, path := range f.libraryPaths() {
		if slices.Equal(path.dirs, []string{""}) {
			continue // the loaders ignore a path that is empty as a whole
		}
		for _, dir := range path.dirs {
			var what string
			switch {
			case dir == "":
				what = "an empty element, which is the working directory"
			case !strings.HasPrefix(dir, "/") && !strings.HasPrefix(dir, "$"):
				what = fmt.Sprintf("%s, which is relative to the working directory", wording.Plain(dir))
			case slices.ContainsFunc(worldWritable, func(root string) bool { return under(dir, root) }):
				what = fmt.Sprintf("%s, which everybody can write to", wording.Plain(dir))
			default:
				continue
			}
			findings = append(findings, abi.Finding{
				Message:  fmt.Sprintf("%s has %s", path.tag, what),
				Evidence: []string{fmt.Sprintf("%s %s", path.tag, wording.Plain(strings.Join(path.dirs, ":")))},
				Subject:  path.tag + " " + dir,
			})
		}
	}
	return findings
}

type libraryPath struct {
	tag  string
	dirs []string
}

func (f *File) libraryPaths() []libraryPath {
	return []libraryPath{{"DT_RPATH", f.RPath}, {"DT_RUNPATH", f.RunPath}}
}

func under(dir, root string) bool {
	rest, ok := strings.CutPrefix(dir, root)
	return ok && (rest == "" || rest[0] == '/')
}
