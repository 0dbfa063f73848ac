package machocheck

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/abivet/abivet/abi"
)

// TestGoPrograms builds a program for macOS by the Go toolchains that
// ABIVET_GO_TOOLCHAINS lists (go1.22.12 go1.25.0 ...), and holds all rules
// against it: what Go links by itself starts on every release that it is for.
// Without a build ID no Go writes a UUID.
func TestGoPrograms(t *testing.T) {
	toolchains := strings.Fields(os.Getenv("ABIVET_GO_TOOLCHAINS"))
	if len(toolchains) == 0 {
		t.Skip("ABIVET_GO_TOOLCHAINS is not set: programs of Go are NOT built and judged")
	}
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod":  "module example.com/hello\n\ngo 1.20\n",
		"main.go": "package main\n\nimport (\n\t\"fmt\"\n\t\"net/http\"\n)\n\nfunc main() { fmt.Println(http.MethodGet) }\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, toolchain := range toolchains {
		for _, arch := range []string{"amd64", "arm64"} {
			for _, flags := range []string{"", "-s -w", "-buildid="} {
				build := exec.Command("go", "build", "-o", "hello", "-ldflags", flags, ".")
				build.Dir = dir
				build.Env = append(os.Environ(), "GOTOOLCHAIN="+toolchain, "GOOS=darwin", "GOARCH="+arch, "CGO_ENABLED=0", "GOFLAGS=")
				if out, err := build.CombinedOutput(); err != nil {
					t.Errorf("%s: %v\n%s", toolchain, err, out)
					continue
				}
				files, err := ReadFile(filepath.Join(dir, "hello"), WantAll)
				if err != nil {
					t.Fatal(err)
				}
				bare := flags == "-buildid=" || abi.Version(strings.TrimPrefix(toolchain, "go")).Less("1.24")
				judgeGoProgram(t, files[0], toolchain, bare)
			}
		}
	}
}

// judgeGoProgram wants nothing to be said for any release from the program's
// own minimum on, but a note on a bare one: Go wrote no UUID.
func judgeGoProgram(t *testing.T, f *File, toolchain string, bare bool) {
	t.Helper()
	if f.Go == nil || f.Go.Version != toolchain || len(f.Imports) == 0 {
		t.Errorf("%s %s: build information %+v, %d imports", toolchain, f.Arch, f.Go, len(f.Imports))
	}
	for _, release := range []abi.Version{f.MinOS, "13.0", "14.0", "15.5", "26.0"} {
		findings, _ := abi.Check(Rules(), f, abi.Target{Platform: f.Platform, MinOS: release})
		for _, x := range findings {
			if x.Rule == "go-macos-uuid" && x.Severity == abi.Note && bare {
				continue
			}
			t.Errorf("%s %s, macOS %s: %s: %s: %s", toolchain, f.Arch, release, x.Severity, x.Rule, x.Message)
		}
		if bare != (len(findings) > 0) {
			t.Errorf("%s %s, macOS %s: %d findings; want one where there is no UUID: %t", toolchain, f.Arch, release, len(findings), bare)
		}
	}
}
