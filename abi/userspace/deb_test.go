package userspace

import (
	"archive/tar"
	"bytes"
	"fmt"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/abivet/abivet/abi"
)

var noDigest v1.Hash

func debOf(pkg, how string, entries ...*tar.Header) []byte {
	suffix := map[string]string{"gzip": ".gz", "zstd": ".zst", "xz": ".xz"}[how]
	control := tarOf(regular("./control", fmt.Sprintf("Package: %s\nVersion: 1\n", pkg)))
	return arOf(
		"debian-binary", []byte("2.0\n"),
		"control.tar"+suffix, packed(how, control),
		"data.tar"+suffix, packed(how, tarOf(entries...)))
}

func arOf(members ...any) []byte {
	b := bytes.NewBufferString("!<arch>\n")
	for i := 0; i < len(members); i += 2 {
		data := members[i+1].([]byte)
		fmt.Fprintf(b, "%-16s%-12d%-6d%-6d%-8s%-10d`\n", members[i], 0, 0, 0, "100644", len(data))
		b.Write(data)
		if len(data)%2 == 1 {
			b.WriteByte('\n')
		}
	}
	return b.Bytes()
}

func TestDeb(t *testing.T) {
	for _, how := range []string{"", "gzip", "zstd", "xz"} {
		t.Run(how, func(t *testing.T) {
			s := open(t, writeFile(t, debOf("libx", how, directoryOf("./usr", 0o755), regular("./usr/x", "x"))), Options{})
			assert.Equal(t, Debs, s.Kind())
			assert.Equal(t, []string{". drwxr-xr-x", "usr drwxr-xr-x", `usr/x -rw-r--r-- "x"`}, walk(t, s))
			pkg, ok := s.Owner("usr/x")
			assert.True(t, ok)
			assert.Equal(t, "libx", pkg)
			_, ok = s.Owner("usr/y")
			assert.False(t, ok)
		})
	}
}

// Whatever the order, /lib is a link if a package makes it one, and the files
// of the others are behind it.
func TestMergeDebs(t *testing.T) {
	base := writeFile(t, debOf("base-files", "", directoryOf("./usr/lib", 0o755), symlink("./lib", "usr/lib"), symlink("./lib64", "usr/lib64")))
	libc := writeFile(t, debOf("libc6", "gzip", directoryOf("./lib", 0o755), directoryOf("./lib/x86", 0o755), regular("./lib/x86/libc.so.6", "c"),
		hardlink("./usr/lib/x86/again", "./lib/x86/libc.so.6"), symlink("./lib64/ld.so.2", "/lib/x86/ld.so.2")))
	ldso := writeFile(t, debOf("ldso", "zstd", regular("./usr/lib/x86/ld.so.2", "ld")))
	want := []string{". drwxr-xr-x", "lib Lrwxrwxrwx -> usr/lib", "lib64 Lrwxrwxrwx -> usr/lib64",
		"usr drwxr-xr-x", "usr/lib drwxr-xr-x", "usr/lib/x86 drwxr-xr-x", `usr/lib/x86/again -rw-r--r-- "c"`,
		`usr/lib/x86/ld.so.2 -rw-r--r-- "ld"`, `usr/lib/x86/libc.so.6 -rw-r--r-- "c" = usr/lib/x86/again`,
		"usr/lib64 drwxr-xr-x", "usr/lib64/ld.so.2 Lrwxrwxrwx -> /lib/x86/ld.so.2"}
	for _, order := range [][]string{{base, libc, ldso}, {ldso, libc, base}, {libc, base, ldso}} {
		s, err := OpenDebs(order, Options{})
		require.NoError(t, err)
		assert.Equal(t, want, walk(t, s))
		pkg, _ := s.Owner("usr/lib/x86/libc.so.6")
		assert.Equal(t, "libc6", pkg)
		require.NoError(t, s.Close())
	}
	// No link is made up.
	s, err := OpenDebs([]string{libc, ldso}, Options{})
	require.NoError(t, err)
	defer s.Close()
	assert.Equal(t, "c", content(t, s, "lib/x86/libc.so.6"))
	assert.Equal(t, "ld", content(t, s, "usr/lib/x86/ld.so.2"))
}

func TestDamagedDebs(t *testing.T) {
	data := packed("gzip", tarOf(regular("a", "1")))
	control := tarOf(regular("control", "Package: x\n"))
	tests := map[string]struct {
		deb  []byte
		want string
	}{
		"a static library":   {arOf("x.o", data), abi.ErrFormat.Error()},
		"no data":            {arOf("debian-binary", []byte("2.0\n"), "control.tar", control), "without control.tar or without data.tar"},
		"no control":         {arOf("debian-binary", []byte("2.0\n"), "data.tar.gz", data), "without control.tar or without data.tar"},
		"no name":            {arOf("debian-binary", []byte("2.0\n"), "control.tar", tarOf(regular("control", "Version: 1\n")), "data.tar.gz", data), "says no name"},
		"data cut short":     {arOf("debian-binary", []byte("2.0\n"), "control.tar", control, "data.tar.gz", data[:len(data)-9]), "data.tar: gzip: cut short"},
		"data is no archive": {arOf("debian-binary", []byte("2.0\n"), "control.tar", control, "data.tar.gz", make([]byte, 700)[:699]), "data.tar"},
		"above the root":     {debOf("x", "xz", regular("../x", "")), `entry "../x": leaves the root`},
		"below a file":       {debOf("x", "xz", regular("a/x", ""), regular("a", ""), regular("a/y", "")), `"x": entry "a/y": "a": not a directory`},
		"hard link to none":  {debOf("x", "", hardlink("a", "b")), `hard link to "b"`},
		"cut in a header":    {debOf("x", "", regular("a", ""))[:150], "ar: "},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := Open(writeFile(t, test.deb), Options{})
			require.ErrorContains(t, err, test.want)
		})
	}
	_, err := OpenDebs(nil, Options{})
	assert.ErrorContains(t, err, "of no package")
}
