package userspace

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/abivet/abivet/abi"
)

func packedOf(name string, data []byte) Packed {
	return Packed{Name: name, R: bytes.NewReader(data), Size: int64(len(data))}
}

// apkOf is a package of Alpine: tars without an end, each compressed, but the last.
func apkOf(pkg string, files []byte) []byte {
	about := tarOf(regular(".PKGINFO", "# made by\npkgname = "+pkg+"\npkgver = 1\n"))
	about = about[:len(about)-1024]
	return append(packed("gzip", about), packed("gzip", files)...)
}

func TestWith(t *testing.T) {
	root := open(t, writeFile(t, tarOf(
		directoryOf("usr", 0o755), directoryOf("usr/lib", 0o755), symlink("lib", "usr/lib"), symlink("lib64", "/usr/lib64"),
		directoryOf("usr/lib/closed", 0o700), regular("usr/lib/old", "old"), regular("usr/lib/same", "before"), symlink("usr/lib/so", "old"))), Options{})
	a := packedOf("a.deb", debOf("a", "xz", directoryOf("./lib", 0o755), regular("./lib/same", "after"), regular("./lib/closed/x", "x"),
		regular("./lib64/ld", "ld"), hardlink("./opt/ld", "./lib64/ld"), symlink("./usr/lib/so", "same"), regular("./.hidden", "h")))
	b := packedOf("b.apk", apkOf("b", tarOf(regular("lib/b", "b"), symlink("usr/lib/closed", "/elsewhere"))))
	s, err := root.With(Options{}, a, b)
	require.NoError(t, err)
	defer s.Close()
	assert.Equal(t, []string{". drwxr-xr-x", `.hidden -rw-r--r-- "h"`, "lib Lrwxrwxrwx -> usr/lib", "lib64 Lrwxrwxrwx -> /usr/lib64",
		"opt drwxr-xr-x", `opt/ld -rw-r--r-- "ld"`,
		"usr drwxr-xr-x", "usr/lib drwxr-xr-x", `usr/lib/b -rw-r--r-- "b"`, "usr/lib/closed drwx------", `usr/lib/closed/x -rw-r--r-- "x"`,
		`usr/lib/old -rw-r--r-- "old"`, `usr/lib/same -rw-r--r-- "after"`, "usr/lib/so Lrwxrwxrwx -> same",
		"usr/lib64 drwxr-xr-x", `usr/lib64/ld -rw-r--r-- "ld" = opt/ld`}, walk(t, s))
	for name, want := range map[string]string{"usr/lib/same": "a", "usr/lib/b": "b", "usr/lib/old": "", "usr/lib/none": ""} {
		pkg, ok := s.Owner(name)
		assert.Equal(t, want, pkg, name)
		assert.Equal(t, want != "", ok, name)
	}
	assert.Equal(t, `before`, content(t, root, "usr/lib/same"), "what lies beneath is as it was")

	again, err := s.With(Options{}, packedOf("c.deb", debOf("c", "", regular("./usr/lib/same", "last"))))
	require.NoError(t, err)
	defer again.Close()
	assert.Equal(t, "last", content(t, again, "usr/lib/same"))
	assert.Equal(t, "x", content(t, again, "usr/lib/closed/x"))
	pkg, _ := again.Owner("usr/lib/b")
	assert.Equal(t, "b", pkg)
}

func TestWithRefuses(t *testing.T) {
	root := open(t, writeFile(t, tarOf(directoryOf("usr", 0o755), regular("file", ""), symlink("loop", "loop"))), Options{})
	tests := map[string]struct {
		data []byte
		want string
	}{
		"a tar":                   {packed("gzip", tarOf(regular("package/a", ""))), abi.ErrFormat.Error()},
		"a hidden file":           {packed("gzip", tarOf(regular(".env", ""), regular("lib/a", ""))), abi.ErrFormat.Error()},
		"a hidden directory":      {tarOf(regular(".venv/a", "")), abi.ErrFormat.Error()},
		"a static library":        {arOf("x.o", []byte("x")), abi.ErrFormat.Error()},
		"nothing":                 {nil, abi.ErrFormat.Error()},
		"without a name":          {tarOf(regular(".PKGINFO", "pkgver = 1\n")), "says no name"},
		"a file over a directory": {debOf("x", "", regular("./usr", "")), `"x": entry "usr": is a directory of the user space`},
		"below a file":            {debOf("x", "", regular("./file/a", "")), `"file": not a directory`},
		"a loop":                  {debOf("x", "", regular("./loop/a", "")), "too many levels"},
		"above the root":          {apkOf("x", tarOf(regular("../a", ""))), "leaves the root"},
		"cut short":               {debOf("x", "gzip", regular("./a", ""))[:200], "ar: "},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := root.With(Options{}, packedOf("x.pkg", test.data))
			require.ErrorContains(t, err, test.want)
		})
	}
	s, err := root.With(Options{}, packedOf("x.deb", debOf("x", "", directoryOf("./file", 0o755), regular("./file/a", "a"))))
	require.NoError(t, err)
	defer s.Close()
	assert.Equal(t, []string{". drwxr-xr-x", "file drwxr-xr-x", `file/a -rw-r--r-- "a"`, "loop Lrwxrwxrwx -> loop", "usr drwxr-xr-x"}, walk(t, s), "a directory over a file")
	_, err = root.With(Options{Limits: Limits{Entries: 2}}, packedOf("x", debOf("x", "", regular("./a/b/c", ""))))
	assert.ErrorContains(t, err, "limit max-root-entries")
}

// Whatever a package has in it, no name of the user space beneath is gone, and
// what is listed is there.
func FuzzWith(f *testing.F) {
	deb := debOf("a", "", directoryOf("./lib", 0o755), regular("./lib/same", "x"), symlink("./usr/lib/so", "same"), hardlink("./opt/x", "./lib/same"), regular("./usr/lib/d/x", ""))
	f.Add(deb)
	f.Add(apkOf("b", tarOf(regular("lib/b", "b"), symlink("usr/lib", "/elsewhere"))))
	f.Add(tarOf(regular(".PKGINFO", "pkgname = c\n"), symlink("a", "a"), regular("a/b", "")))
	root, err := Open(writeTemp(f, tarOf(directoryOf("usr", 0o755), directoryOf("usr/lib", 0o755), symlink("lib", "usr/lib"), symlink("loop", "loop"),
		directoryOf("usr/lib/d", 0o755), regular("usr/lib/same", "before"), symlink("usr/lib/so", "old"))), Options{})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := root.With(Options{Limits: Limits{Entries: 1000, Expanded: 1 << 20}}, packedOf("x", data))
		if (err == nil) == (s == nil) {
			t.Fatalf("With returned %v and error %v", s, err)
		}
		if err != nil {
			return
		}
		defer s.Close()
		for _, names := range []*Space{root, s} {
			err := fs.WalkDir(names, ".", func(name string, _ fs.DirEntry, err error) error {
				if err == nil {
					_, err = s.Lstat(name)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	})
}

func writeTemp(f *testing.F, data []byte) string {
	name := filepath.Join(f.TempDir(), "root.tar")
	if err := os.WriteFile(name, data, 0o666); err != nil {
		f.Fatal(err)
	}
	return name
}
