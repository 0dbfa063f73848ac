package container

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/abi/audit"
	"github.com/abivet/abivet/internal/tiny"
)

// results checks a source and returns what is said, without the first part of
// the paths.
func results(t *testing.T, source audit.Source, prefix string) []abi.Result {
	t.Helper()
	source.Containers = Walker{}
	target := abi.TargetSet{{Name: "old", Platform: abi.Platform{OS: "linux", Arch: "amd64"}, Libc: abi.Glibc, Symbols: map[string]abi.Version{"GLIBC": "2.31"}}}
	r, err := audit.Check(context.Background(), []audit.Source{source}, audit.Options{Targets: []abi.TargetSet{target}, Release: true})
	require.NoError(t, err)
	r.Results = slices.DeleteFunc(r.Results, func(r abi.Result) bool { return r.Format == "deb" }) // the package itself
	for i := range r.Results {
		path, ok := strings.CutPrefix(r.Results[i].Path, prefix)
		assert.True(t, ok, "%s begins with %s", r.Results[i].Path, prefix)
		r.Results[i].Path = path
	}
	return r.Results
}

// In a directory or in a container of any kind: the same is found.
func TestSameInEveryContainer(t *testing.T) {
	need := func(version string) []byte {
		return tiny.ELF{SOName: "libtiny.so", Needs: []tiny.Need{{Library: "libc.so.6", Versions: []tiny.Version{{Name: version, Symbols: []string{"puts"}}}}}}.Bytes()
	}
	newer, older := need("GLIBC_2.34"), need("GLIBC_2.17")
	files := []member{
		{"README", text},
		{"bin/A.class", "\xca\xfe\xba\xbe\x00\x00\x00\x41 and so on"},
		{"bin/tool", string(newer)},
		{"lib/a.so", string(older)},
		{"lib/cut.so", string(newer[:200])},
		{"lib/libz.a", string(tiny.Archive(tiny.Member{Name: "a.txt", Data: []byte("text")}, tiny.Member{Name: "b.o", Data: newer}, tiny.Member{Name: "c.o", Data: older[:100]}))},
		{"lib/universal.dylib", string(tiny.Universal(tiny.MachO{MinOS: [2]byte{10, 15}}, tiny.MachO{ARM64: true, MinOS: [2]byte{14, 0}}))},
	}
	sameEverywhere(t, files, 6)
}

func sameEverywhere(t *testing.T, files []member, least int) {
	tree := fstest.MapFS{}
	for _, f := range files {
		tree[f.name] = &fstest.MapFile{Data: []byte(f.data)}
	}
	want := results(t, audit.Source{FS: tree, Path: "."}, "")
	require.GreaterOrEqual(t, len(want), least)
	for name, file := range map[string]string{
		"zip": zipped(8, files...), "stored.zip": zipped(0, files...), "tar": tarred(files...), "tgz": gzipped(tarred(files...)),
		"tar.zst": zstded(tarred(files...)), "tar.xz": xzed(tarred(files...)),
		"data.tar.xz": deb(xzed, "data.tar.xz", files...), "x.whl": zipped(8, member{"x.whl", zipped(8, files...)}),
	} {
		t.Run(name, func(t *testing.T) {
			prefix := "file!"
			if name == "data.tar.xz" || name == "x.whl" {
				prefix += name + "!"
			}
			source := audit.Source{FS: fstest.MapFS{"file": &fstest.MapFile{Data: []byte(file)}}, Path: "file"}
			got := results(t, source, prefix)
			require.Equal(t, len(want), len(got))
			for i := range want {
				assert.Equal(t, want[i], got[i])
			}
		})
	}
}

// The same of files that others have built, where ABIVET_TREES names
// directories of them.
func TestSameOfRealFiles(t *testing.T) {
	trees := os.Getenv("ABIVET_TREES")
	if trees == "" {
		t.Skip("ABIVET_TREES names no directory")
	}
	for _, dir := range filepath.SplitList(trees) {
		var files []member
		err := fs.WalkDir(os.DirFS(dir), ".", func(name string, e fs.DirEntry, err error) error {
			if err != nil || !e.Type().IsRegular() {
				return err
			}
			data, err := os.ReadFile(filepath.Join(dir, name))
			files = append(files, member{name, string(data)})
			return err
		})
		require.NoError(t, err)
		slices.SortFunc(files, func(a, b member) int {
			return slices.Compare(strings.Split(a.name, "/"), strings.Split(b.name, "/"))
		})
		sameEverywhere(t, files, 1)
	}
}
