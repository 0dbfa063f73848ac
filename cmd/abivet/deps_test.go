package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/abivet/abivet/elfcheck"
)

const module = "github.com/abivet/abivet/"

// golist returns the lines of go list, which passes over what does not build.
func golist(t *testing.T, args ...string) []string {
	t.Helper()
	cmd := exec.Command("go", append([]string{"list", "-e"}, args...)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	require.NoError(t, err)
	return strings.Fields(string(out))
}

// never says what no program or library of ours may bring, and why.
var never = map[string]string{
	"github.com/ebitengine/purego": "makes a static program need libc.so.6, even with CGO_ENABLED=0: the very hazard that is reported here",
	"github.com/stretchr/testify":  "is for tests",
	"github.com/rogpeppe":          "is for tests",
	module + "internal/tiny":       "is for tests",
	module + "internal/machobuild": "is for tests",
	"net/http":                     "nothing is fetched",
}

func TestNeverReaches(t *testing.T) {
	for _, d := range golist(t, "-deps", ".", module+"abi/abitest") {
		for bad, why := range never {
			if strings.HasPrefix(d, bad) {
				t.Errorf("%s is reached: it %s", d, why)
			}
		}
	}
}

// Whoever tests with abitest, or drives audit from a build tool, gets no
// decompressor: containers and user spaces are handed in.
func TestNoContainers(t *testing.T) {
	for _, d := range golist(t, "-deps", module+"abi/audit", module+"abi/packages", module+"abi/abitest") {
		for _, bad := range []string{"github.com/klauspost/", "github.com/ulikunitz/", "github.com/google/", "archive/", "compress/bzip2", module + "abi/container", module + "abi/userspace"} {
			if strings.HasPrefix(d, bad) {
				t.Errorf("%s is reached", d)
			}
		}
	}
}

// imports says which of ours a package may import; see DESIGN.
var imports = map[string][]string{
	"abi":             {},
	"luajit":          {"abi"},
	"elfcheck":        {"abi", "abi/extension", "abi/symbols", "luajit"},
	"machocheck":      {"abi", "abi/extension", "luajit"},
	"elfcheck/ldso":   {"abi", "abi/extension", "luajit", "elfcheck"},
	"machocheck/dyld": {"abi", "abi/extension", "luajit", "machocheck"},
	"abi/gomod":       {"abi", "elfcheck"},
	"abi/symbols":     {"abi"},
	"abi/extension":   {"abi"},
	"abi/targets":     {"abi"},
	"abi/report":      {"abi"},
	"abi/userspace":   {"abi"},
	"abi/container":   {"abi"},
	"abi/packages":    {"abi", "abi/extension", "abi/targets", "elfcheck", "machocheck"},
	"abi/audit":       {"abi", "abi/extension", "abi/gomod", "abi/packages", "elfcheck", "luajit", "machocheck", "elfcheck/ldso", "machocheck/dyld"},
	"abi/abitest":     {"abi", "abi/audit", "abi/report", "abi/targets"},
}

func TestImportsGoOneWay(t *testing.T) {
	for _, line := range golist(t, "-f", `{{.ImportPath}}{{range .Imports}},{{.}}{{end}}`, module+"...") {
		words := strings.Split(line, ",")
		name := strings.TrimPrefix(words[0], module)
		allowed, known := imports[name]
		for _, imported := range words[1:] {
			ours, ok := strings.CutPrefix(imported, module)
			switch {
			case !ok:
			case strings.HasPrefix(ours, "cmd/") || strings.HasPrefix(ours, "examples/"):
				t.Errorf("%s imports the program %s", name, ours)
			case known && !strings.HasPrefix(ours, "internal/") && !slices.Contains(allowed, ours):
				t.Errorf("%s imports %s: want only %v", name, ours, allowed)
			}
		}
	}
}

// Whoever imports a format alone must not pay for the rest.
func TestSmallDependencies(t *testing.T) {
	for pkg, allowed := range map[string][]string{
		"abi":         {},
		"abi/report":  {},
		"abi/targets": {},
		"elfcheck":    {"golang.org/x/arch/", "github.com/ianlancetaylor/demangle"},
		"machocheck":  {"golang.org/x/arch/", "github.com/blacktop/go-macho/"},
	} {
		deps := golist(t, "-deps", module+pkg)
		t.Logf("%s brings %d packages", pkg, len(deps))
		for _, d := range deps {
			first, _, _ := strings.Cut(d, "/")
			foreign := strings.Contains(first, ".") && !strings.HasPrefix(d, module)
			if foreign && !slices.ContainsFunc(allowed, func(a string) bool { return strings.HasPrefix(d, a) }) {
				t.Errorf("%s brings %s", pkg, d)
			}
			if d == "net" || d == "crypto/x509" {
				t.Errorf("%s brings %s", pkg, d)
			}
		}
	}
}

func TestStatic(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the program")
	}
	program := filepath.Join(t.TempDir(), "abivet")
	build := exec.Command("go", "build", "-buildvcs=false", "-o", program, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH=amd64")
	out, err := build.CombinedOutput()
	require.NoError(t, err, "%s", out)
	f, err := elfcheck.ReadFile(program, 0)
	require.NoError(t, err)
	assert.Empty(t, f.Interpreter)
	assert.Empty(t, f.Needed)
}
