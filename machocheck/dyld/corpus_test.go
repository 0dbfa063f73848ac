package dyld

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/abivet/abivet/abi"
)

// explained are the failures of published files that are right: a part of the
// path, of what is needed, and why.
var explained = []struct{ path, subject, why string }{
	{"embedded-postgres", "/Library/edb/", "needs a language pack of EDB, which has an installer of its own"},
	{"embedded-postgres", "/lib/libpython3.13.dylib", "likewise: plpython3 is of no use without the language pack"},
	{"libpq-oauth-18.dylib", "@loader_path/../lib/libcurl.4.dylib", "is not in the package: of use up to macOS 12 alone, where dyld takes the system's at last"},
	{"pgxml.dylib", "@loader_path/../../lib/libxslt.1.dylib", "likewise"},
	{"arm64-darwin/rg", "/opt/homebrew/opt/pcre2/", "a ripgrep built with Homebrew's pcre2: it starts only where that is installed"},
	{"ngrok-bin-darwin-ia32", "ngrok", "is for Macs of long ago; the package of another name has amd64"},
}

// TestCorpus loads published files in the packages that they are published in.
// ABIVET_MACHO_CORPUS names a directory with a directory npm of unpacked packages.
func TestCorpus(t *testing.T) {
	dir := os.Getenv("ABIVET_MACHO_CORPUS")
	if dir == "" {
		t.Skip("ABIVET_MACHO_CORPUS is not set: real files are NOT loaded")
	}
	packages, err := os.ReadDir(filepath.Join(dir, "npm"))
	if err != nil {
		t.Fatal(err)
	}
	counts := map[string]int{}
	for _, p := range packages {
		if p.IsDir() {
			loadPackage(t, filepath.Join(dir, "npm", p.Name()), counts)
		}
	}
	var lines []string
	for what, n := range counts {
		lines = append(lines, fmt.Sprintf("%5d %s", n, what))
	}
	slices.Sort(lines)
	t.Logf("\n%s", strings.Join(lines, "\n"))
}

func loadPackage(t *testing.T, dir string, counts map[string]int) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	space := New(installed(t, root.FS()))
	_ = fs.WalkDir(root.FS(), ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		f, err := space.open("/" + name)
		if err != nil || errors.Is(f.err, abi.ErrFormat) {
			return nil
		}
		for i := range f.slices {
			if img := f.image(i); img.err != nil || !img.macho.Loaded() {
				continue
			}
			for _, release := range []abi.Version{"11.0", "13.0", "15.5", "26.0"} {
				loadPublished(t, space, dir, Request{Path: "/" + name, Arch: f.slices[i].Arch(), Release: release}, counts)
			}
		}
		return nil
	})
}

func loadPublished(t *testing.T, space *Space, dir string, r Request, counts map[string]int) {
	t.Helper()
	p, err := space.Load(r)
	if err != nil {
		t.Errorf("%s%s: %v", dir, r.Path, err)
		return
	}
	where := fmt.Sprintf("%s%s (%s) on macOS %s", filepath.Base(dir), r.Path, r.Arch, r.Release)
	counts[fmt.Sprintf("verdict on macOS %s: %s", r.Release, p.Verdict())]++
	if p.Unknown != "" && os.Getenv("ABIVET_MACHO_VERBOSE") != "" {
		t.Logf("%s: unknown: %s", where, p.Unknown)
	}
	for _, f := range p.Failures {
		if !isExplained(where, p, f) {
			t.Errorf("%s: %s: %s", where, f.Category, f.Message)
		}
	}
	findings, _ := abi.Check(Rules(), p, abi.Target{})
	for _, x := range findings {
		counts[fmt.Sprintf("finding on macOS %s: %s %s", r.Release, x.Rule, x.Severity)]++
		if x.Severity == abi.Warning && os.Getenv("ABIVET_MACHO_VERBOSE") != "" {
			t.Logf("%s: %s: %s", where, x.Rule, x.Message)
		}
	}
}

func isExplained(where string, p *Process, f Failure) bool {
	if p.Platform.OS != "darwin" {
		return true // an iOS program is started by no Mac
	}
	if f.Host && p.Plugin {
		return true // its program brings the library
	}
	return slices.ContainsFunc(explained, func(e struct{ path, subject, why string }) bool {
		return strings.Contains(where, e.path) && strings.Contains(f.Subject, e.subject)
	})
}

// npm packs no symbolic links: a package that wants some makes them when it is
// installed. This one lists them.
const linkList = "package/native/pg-symlinks.json"

// installed is an unpacked package with the links that installing it makes.
func installed(t *testing.T, unpacked fs.FS) fs.FS {
	data, err := fs.ReadFile(unpacked, linkList)
	if err != nil {
		return unpacked
	}
	var list []struct{ Source, Target string }
	if err := json.Unmarshal(data, &list); err != nil {
		t.Fatal(err)
	}
	links := linked{FS: unpacked, links: map[string]string{}}
	for _, l := range list {
		links.links[path.Join("package", l.Target)] = "/package/" + l.Source
	}
	return links
}

// linked is a file system with more links.
type linked struct {
	fs.FS
	links map[string]string
}

func (l linked) Lstat(name string) (fs.FileInfo, error) {
	if _, ok := l.links[name]; ok {
		return linkInfo{name: path.Base(name)}, nil
	}
	return fs.Lstat(l.FS, name)
}

func (l linked) ReadLink(name string) (string, error) {
	if to, ok := l.links[name]; ok {
		return to, nil
	}
	return fs.ReadLink(l.FS, name)
}

type linkInfo struct {
	fs.FileInfo
	name string
}

func (l linkInfo) Name() string      { return l.name }
func (l linkInfo) Mode() fs.FileMode { return fs.ModeSymlink | 0o777 }
func (l linkInfo) IsDir() bool       { return false }
