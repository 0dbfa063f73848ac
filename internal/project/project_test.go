// Package project holds the rules of the house that no compiler knows.
package project

import (
	"bytes"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	root   = "../.."
	module = "github.com/abivet/abivet/"
)

// files yields those of the repository, by their names in it.
func files(t *testing.T, do func(name string)) {
	t.Helper()
	n := 0
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := filepath.ToSlash(strings.TrimPrefix(path, root+string(filepath.Separator)))
		switch {
		case e.IsDir() && (e.Name() == ".git" || e.Name() == ".cache"):
			return filepath.SkipDir
		case e.Type().IsRegular():
			n++
			do(name)
		}
		return nil
	})
	require.NoError(t, err)
	require.Greater(t, n, 100, "files below %s", root)
}

// forTests are what only tests may import, with the beginnings of where else
// they may be. What builds files for tests stands in internal.
var forTests = map[string][]string{
	"github.com/stretchr/testify":     nil,
	"github.com/rogpeppe/go-internal": nil,
	"github.com/blacktop/go-macho":    {"bench/peers"}, // but for its constants
	"github.com/ebitengine/purego":    {"luajit/probe", "cmd/abivet-luajit-probe"},
	module + "internal/tiny":          {"internal/"},
	module + "internal/elfbuild":      {"internal/"},
	module + "internal/machobuild":    {"internal/"},
	module + "internal/fixture":       {"internal/"},
}

func TestImportsAreWhereTheyBelong(t *testing.T) {
	files(t, func(name string) {
		if filepath.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") {
			return
		}
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, name), nil, parser.ImportsOnly)
		require.NoError(t, err)
		dir := name[:max(strings.LastIndex(name, "/"), 0)]
		for _, spec := range file.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			require.NoError(t, err)
			for bad, except := range forTests {
				below := imported == bad || strings.HasPrefix(imported, bad+"/")
				there := slices.ContainsFunc(except, func(place string) bool { return strings.HasPrefix(dir, place) })
				if below && !there && imported != "github.com/blacktop/go-macho/types" {
					t.Errorf("%s imports %s: want that in tests and %v alone", name, imported, except)
				}
			}
		}
	})
}

// TestNoPathOfThisMachine: what is committed by somebody says nothing of where.
func TestNoPathOfThisMachine(t *testing.T) {
	here, err := filepath.Abs(root)
	require.NoError(t, err)
	// A clone may stand at /build, which rules speak of; what leaks is a path of
	// something in it.
	var places []string
	for _, dir := range []string{"abi", "cmd", "docs", "elfcheck", "internal", "luajit", "machocheck", "testdata"} {
		places = append(places, filepath.Join(here, dir))
	}
	if home, err := os.UserHomeDir(); err == nil && len(home) > 1 {
		places = append(places, home+"/go/", home+"/.", home+"/src/")
	}
	files(t, func(name string) {
		text, err := os.ReadFile(filepath.Join(root, name))
		require.NoError(t, err)
		for _, place := range places {
			if bytes.Contains(text, []byte(place)) {
				t.Errorf("%s names %s, a path of this machine", name, place)
			}
		}
	})
}

// TestEveryPackageIsDocumented: in one file, as "Package name" or "Command name".
func TestEveryPackageIsDocumented(t *testing.T) {
	documented := map[string]int{}
	files(t, func(name string) {
		if filepath.Ext(name) != ".go" {
			return
		}
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, name), nil, parser.PackageClauseOnly|parser.ParseComments)
		require.NoError(t, err)
		dir := filepath.Dir(name)
		if _, seen := documented[dir]; !seen {
			documented[dir] = 0
		}
		if file.Doc != nil {
			documented[dir]++
		}
	})
	for dir, n := range documented {
		if n != 1 {
			t.Errorf("%s has %d package comments, want 1", dir, n)
		}
	}
}
