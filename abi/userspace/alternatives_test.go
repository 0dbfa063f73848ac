package userspace

import (
	"archive/tar"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAlternatives(t *testing.T) {
	for script, want := range map[string][]alternative{
		"update-alternatives --install /usr/lib/libblas.so.3 \\\n\tlibblas.so.3-x86 /usr/lib/blas/libblas.so.3 10\n": {{"usr/lib/libblas.so.3", "/usr/lib/blas/libblas.so.3", 10, 1}},
		"\t/usr/bin/update-alternatives --quiet --install /a name /b 5 --slave /c other /d || true":                  {{"a", "/b", 5, 1}, {"c", "/d", 5, 1}},
		"update-alternatives --install /a name /b $priority":                                                         {{"a", "/b", 0, 1}},
		`update-alternatives --install "$lib/a" name /b 5`:                                                           nil,
		"update-alternatives --install /a name /b/$x.so 5":                                                           nil,
		"update-alternatives --install relative name /b 5":                                                           nil,
		"update-alternatives --install / name /b 5":                                                                  nil,
		"update-alternatives --install /a name":                                                                      nil,
		"update-alternatives --remove name /b":                                                                       nil,
		"# update-alternatives --install /a name /b 5":                                                               nil,
		"": nil,
	} {
		assert.Equal(t, want, alternatives(script, 1), script)
	}
}

// A link is made of each that packages ask for, to the best of them, where nothing else has
// its place and its file is there.
func TestAlternativesOfDebs(t *testing.T) {
	install := func(link, target, priority string) string {
		return "update-alternatives --install " + link + " name " + target + " " + priority + "\n"
	}
	deb := func(pkg, script string, entries ...*tar.Header) string {
		control := tarOf(regular("./control", "Package: "+pkg+"\n"), regular("./postinst", "#!/bin/sh\n"+script))
		return writeFile(t, arOf("debian-binary", []byte("2.0\n"), "control.tar", control, "data.tar", tarOf(entries...)))
	}
	plain := deb("blas", install("/usr/x.so", "/usr/blas/x.so", "10")+install("/usr/y.so", "/usr/blas/none.so", "10")+install("/usr/z.so", "/usr/blas/x.so", "10"),
		regular("./usr/blas/x.so", "plain"), regular("./usr/z.so", "own"))
	better := deb("openblas", install("/usr/x.so", "/usr/open/x.so", "100"), regular("./usr/open/x.so", "better"))
	want := []string{". drwxr-xr-x", "usr drwxr-xr-x", "usr/blas drwxr-xr-x", `usr/blas/x.so -rw-r--r-- "plain"`}
	z := `usr/z.so -rw-r--r-- "own"`
	assert.Equal(t, append(want[:4:4], "usr/x.so Lrwxrwxrwx -> /usr/blas/x.so", z), walk(t, openSet(t, plain)))
	assert.Equal(t, append(want[:4:4], "usr/open drwxr-xr-x", `usr/open/x.so -rw-r--r-- "better"`, "usr/x.so Lrwxrwxrwx -> /usr/open/x.so", z), walk(t, openSet(t, plain, better)))
	assert.Equal(t, walk(t, openSet(t, plain, better)), walk(t, openSet(t, better, plain)))
}

func openSet(t *testing.T, debs ...string) *Space {
	t.Helper()
	s, err := OpenDebs(debs, Options{})
	require.NoError(t, err)
	t.Cleanup(func() { s.Close() })
	return s
}

// Where a link would stand is told by the links on the way, and it takes the place of
// nothing; what cannot be made is not.
func TestAlternativesAndLinks(t *testing.T) {
	script := ""
	for _, call := range []string{"/lib/own.so /usr/lib/blas/x.so", "/lib/new.so /lib/blas/x.so", "/usr/lib /usr/lib/blas/x.so", "/usr/lib/own.so/x /usr/lib/blas/x.so",
		"/loop/x.so /usr/lib/blas/x.so", "/dangling/x.so /usr/lib/blas/x.so", "/usr/lib/dir.so /usr/lib/blas"} {
		link, target, _ := strings.Cut(call, " ")
		script += "update-alternatives --install " + link + " name " + target + " 1\n"
	}
	control := tarOf(regular("./control", "Package: blas\n"), regular("./postinst", script))
	file := writeFile(t, arOf("debian-binary", []byte("2.0\n"), "control.tar", control, "data.tar", tarOf(symlink("./lib", "usr/lib"),
		symlink("./loop", "loop"), symlink("./dangling", "none"), regular("./usr/lib/own.so", "own"), regular("./usr/lib/blas/x.so", "x"))))
	assert.Equal(t, []string{". drwxr-xr-x", "dangling Lrwxrwxrwx -> none", "lib Lrwxrwxrwx -> usr/lib", "loop Lrwxrwxrwx -> loop", "usr drwxr-xr-x", "usr/lib drwxr-xr-x",
		"usr/lib/blas drwxr-xr-x", `usr/lib/blas/x.so -rw-r--r-- "x"`, "usr/lib/new.so Lrwxrwxrwx -> /lib/blas/x.so", `usr/lib/own.so -rw-r--r-- "own"`}, walk(t, openSet(t, file)))
}

// What the user space has chosen stays.
func TestAlternativesOverOthers(t *testing.T) {
	root := open(t, writeFile(t, tarOf(regular("usr/other", "o"), symlink("usr/x.so", "other"))), Options{})
	control := tarOf(regular("./control", "Package: blas\n"), regular("./postinst", "update-alternatives --install /usr/x.so x /usr/blas/x.so 9 --slave /usr/y.so y /usr/blas/x.so\n"))
	s, err := root.With(Options{}, packedOf("blas.deb", arOf("debian-binary", []byte("2.0\n"), "control.tar", control, "data.tar", tarOf(regular("./usr/blas/x.so", "x")))))
	require.NoError(t, err)
	defer s.Close()
	for name, want := range map[string]string{"usr/x.so": "other", "usr/y.so": "/usr/blas/x.so"} {
		to, err := s.ReadLink(name)
		require.NoError(t, err)
		assert.Equal(t, want, to)
	}
}
