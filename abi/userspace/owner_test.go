package userspace

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestOwner(t *testing.T) {
	s := open(t, writeFile(t, tarOf(
		symlink("lib", "usr/lib"), regular("usr/lib/libc.so.6", ""), regular("usr/lib/libm.so.6", ""), symlink("usr/lib/libm.so", "libm.so.6"),
		regular("sbin/apk", ""), regular("opt/x", ""), regular("nobody", ""),
		regular("var/lib/dpkg/info/libc6:amd64.list", "/.\n/lib\n/lib/libc.so.6\n/lib/gone/x\n"),
		regular("var/lib/dpkg/info/libc6:amd64.md5sums", "0  nobody\n"),
		regular("var/lib/dpkg/info/libc6-dev.list", "/usr/lib/libm.so"),
		regular("var/lib/dpkg/status.d/distroless.md5sums", "d41d8cd98f00b204e9800998ecf8427e  opt/x\n"),
		regular("lib/apk/db/installed", "C:Q1\nP:apk-tools\nV:2\nF:sbin\nR:apk\nZ:Q1\n\nP:libm\nF:lib\nR:libm.so.6\n"),
	)), Options{})
	for name, want := range map[string]string{
		"usr/lib/libc.so.6": "libc6", "usr/lib/libm.so": "libc6-dev", "opt/x": "distroless",
		"sbin/apk": "apk-tools", "usr/lib/libm.so.6": "libm", "nobody": "", "lib/libc.so.6": "",
	} {
		got, ok := s.Owner(name)
		assert.Equal(t, want, got, name)
		assert.Equal(t, want != "", ok, name)
	}
	_, ok := open(t, t.TempDir(), Options{}).Owner("x")
	assert.False(t, ok)
}
