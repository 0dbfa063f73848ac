package machocheck

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/abivet/abivet/abi"
)

// explained are errors about published files that are right: a part of the
// path, the rule and why.
var explained = []struct{ path, rule, why string }{
	{"embedded-postgres", "dependency-not-portable", "needs /Library/edb, which the EDB installer brings"},
	{"arm64-darwin/rg", "dependency-not-portable", "a ripgrep built with Homebrew's pcre2: it starts only where that is installed"},
}

// TestCorpusRules runs all rules over published files, which work for those who
// use them: an error that is not explained is a false alarm. The minimum that
// a file names is above an old target by right, so macos-minimum is counted
// and not judged.
func TestCorpusRules(t *testing.T) {
	paths := corpus(t)
	verbose := os.Getenv("ABIVET_MACHO_VERBOSE") != ""
	for _, release := range []abi.Version{"", "11.0", "13.0", "15.5", "26.0"} {
		hits := map[string]int{}
		for _, path := range paths {
			files, err := ReadFile(path, WantAll)
			if errors.Is(err, ErrArchive) {
				continue
			}
			if err != nil {
				t.Errorf("%s: %v", path, err)
			}
			for _, f := range files {
				target := abi.Target{MinOS: release}
				if release != "" {
					target.Platform = abi.Platform{OS: darwin, Arch: f.Platform.Arch}
				}
				findings, _ := abi.Check(Rules(), f, target)
				universal, _ := abi.Check(UniversalRules(), files, target)
				for _, x := range append(findings, universal...) {
					hits[fmt.Sprintf("%s %s", x.Rule, x.Severity)]++
					if verbose {
						t.Logf("macOS %s: %s (%s): %s: %s: %s", release, path, f.Arch, x.Severity, x.Rule, x.Message)
					}
					judgeCorpus(t, path, f, x)
				}
			}
		}
		t.Logf("target macOS %q: %s", release, counts(hits))
	}
}

func judgeCorpus(t *testing.T, path string, f *File, x abi.Finding) {
	t.Helper()
	if x.Severity != abi.Error || x.Rule == "macos-minimum" {
		return
	}
	if x.Rule == "platform-mismatch" && f.Platform.OS != darwin {
		return
	}
	for _, e := range explained {
		if strings.Contains(path, e.path) && x.Rule == e.rule {
			return
		}
	}
	t.Errorf("%s (%s): %s: %s", path, f.Arch, x.Rule, x.Message)
}

func counts(hits map[string]int) string {
	var all []string
	for name, n := range hits {
		all = append(all, fmt.Sprintf("%s %d", name, n))
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}
