package elfcheck

import (
	"fmt"
	"slices"
	"strings"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/internal/wording"
)

var buildPathLeak = abi.Rule[*File]{
	Doc: abi.Doc{
		ID:       "build-path-leak",
		Title:    "refers to a directory of the build machine",
		Severity: abi.Warning,
		Why: `A library path, a needed library or a loader in a directory of the build machine
(/home, /root, /build, a CI workspace) is found there and nowhere else: the file
works for its author alone. A needed library with a slash in its name is not
searched for at all.`,
		Fix: `link with -Wl,-rpath,'$ORIGIN/../lib', or without a library path; give the library a
soname; patchelf --set-rpath and --replace-needed mend a finished file`,
		Refs: []string{"https://man7.org/linux/man-pages/man8/ld.so.8.html"},
	},
	Check: checkBuildPathLeak,
}

// buildRoots lists where people and services build.
var buildRoots = []string{
	"/home", "/root", "/Users", "/build", "/builds", "/builddir", "/buildroot", "/workspace", "/workspaces", "/__w",
	"/github/workspace", "/tmp", "/var/tmp", "/var/lib/jenkins", "/opt/conda/conda-bld", "/io", "/project", "/tmp/pip-build",
}

// prefixes are under such a directory and meant to be: they are the same on
// every machine.
var prefixes = []string{"/home/linuxbrew/.linuxbrew"}

func isBuildPath(path string) bool {
	if !strings.HasPrefix(path, "/") {
		return false // as nearly all names of libraries
	}
	if slices.ContainsFunc(prefixes, func(prefix string) bool { return under(path, prefix) }) {
		return false
	}
	return slices.ContainsFunc(buildRoots, func(root string) bool { return under(path, root) })
}

func checkBuildPathLeak(f *File, _ abi.Target) []abi.Finding {
	var findings []abi.Finding
	leak := func(severity abi.Severity, tag, path string) {
		findings = append(findings, abi.Finding{
			Severity: severity,
			Message:  fmt.Sprintf("%s names %s, a directory of a build machine", tag, wording.Plain(path)),
			Evidence: []string{tag + " " + wording.Plain(path)},
			Subject:  tag + " " + path,
		})
	}
	for _, path := range f.libraryPaths() {
		for _, dir := range path.dirs {
			if isBuildPath(dir) {
				leak(abi.Warning, path.tag, dir)
			}
		}
	}
	for _, name := range f.Needed {
		switch {
		case isBuildPath(name):
			leak(abi.Error, "DT_NEEDED", name)
		case strings.Contains(name, "/") && !strings.HasPrefix(name, "/") && !strings.HasPrefix(name, "$"):
			findings = append(findings, abi.Finding{
				Severity: abi.Error,
				Message:  fmt.Sprintf("DT_NEEDED names %s, which is looked for in the working directory of whoever starts the program", wording.Plain(name)),
				Evidence: []string{"DT_NEEDED " + wording.Plain(name)},
				Subject:  "DT_NEEDED " + name,
			})
		}
	}
	if isBuildPath(f.Interpreter) {
		leak(abi.Error, "PT_INTERP", f.Interpreter)
	}
	if isBuildPath(f.SOName) {
		leak(abi.Error, "DT_SONAME", f.SOName)
	}
	return findings
}
