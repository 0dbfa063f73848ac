package userspace

import (
	"archive/tar"
	"testing"

	"github.com/stretchr/testify/assert"
)

// What containerd makes of layers. The root stands first in every walk and is
// left out.
func TestLayers(t *testing.T) {
	type layers = [][]*tar.Header
	base := []*tar.Header{directoryOf("d", 0o755), regular("d/a", "a0"), regular("d/b", "b0"), regular("f", "f0")}
	tests := map[string]struct {
		layers layers
		want   []string
	}{
		"one layer": {layers{base}, []string{
			"d drwxr-xr-x", `d/a -rw-r--r-- "a0"`, `d/b -rw-r--r-- "b0"`, `f -rw-r--r-- "f0"`}},
		"a file is replaced": {layers{base, {regular("d/a", "a1")}}, []string{
			"d drwxr-xr-x", `d/a -rw-r--r-- "a1"`, `d/b -rw-r--r-- "b0"`, `f -rw-r--r-- "f0"`}},
		"a directory gets another mode and keeps its files": {layers{base, {directoryOf("d", 0o700)}}, []string{
			"d drwx------", `d/a -rw-r--r-- "a0"`, `d/b -rw-r--r-- "b0"`, `f -rw-r--r-- "f0"`}},
		"a file replaces a directory": {layers{base, {regular("d", "d1")}}, []string{
			`d -rw-r--r-- "d1"`, `f -rw-r--r-- "f0"`}},
		"a directory replaces a file": {layers{base, {directoryOf("f", 0o755), regular("f/x", "x1")}}, []string{
			"d drwxr-xr-x", `d/a -rw-r--r-- "a0"`, `d/b -rw-r--r-- "b0"`, "f drwxr-xr-x", `f/x -rw-r--r-- "x1"`}},
		"a link replaces a directory": {layers{base, {symlink("d", "/e")}}, []string{
			"d Lrwxrwxrwx -> /e", `f -rw-r--r-- "f0"`}},
		"a directory replaces a link": {layers{{symlink("d", "f")}, {directoryOf("d", 0o755)}}, []string{
			"d drwxr-xr-x"}},
		"parents are made": {layers{{regular("x/y/z", "z")}}, []string{
			"x drwxr-xr-x", "x/y drwxr-xr-x", `x/y/z -rw-r--r-- "z"`}},
		"the last of two entries": {layers{{regular("a", "1"), regular("a", "22"), regular("./a", "333")}}, []string{
			`a -rw-r--r-- "333"`}},
		"the mode of the root is not the layer's": {layers{{directoryOf(".", 0o700), regular("a", "")}}, []string{
			`a -rw-r--r-- ""`}},
		"names begin at the root": {layers{{regular("/a", "1"), regular("./b", "2"), regular("c/../d", "3")}}, []string{
			`a -rw-r--r-- "1"`, `b -rw-r--r-- "2"`, `d -rw-r--r-- "3"`}},

		"a file is hidden": {layers{base, {whiteoutOf("d/a")}}, []string{
			"d drwxr-xr-x", `d/b -rw-r--r-- "b0"`, `f -rw-r--r-- "f0"`}},
		"a directory is hidden": {layers{base, {whiteoutOf("d")}}, []string{
			`f -rw-r--r-- "f0"`}},
		"a hidden directory comes again": {layers{base, {whiteoutOf("d")}, {regular("d/c", "c2")}}, []string{
			"d drwxr-xr-x", `d/c -rw-r--r-- "c2"`, `f -rw-r--r-- "f0"`}},
		"hidden and made in one layer": {layers{base, {whiteoutOf("d"), directoryOf("d", 0o700), regular("d/c", "c1")}}, []string{
			"d drwx------", `d/c -rw-r--r-- "c1"`, `f -rw-r--r-- "f0"`}},
		"made and hidden in one layer": {layers{base, {regular("d/c", "c1"), regular("f", "f1"), whiteoutOf("d"), whiteoutOf("f")}}, []string{
			"d drwxr-xr-x", `d/c -rw-r--r-- "c1"`, `f -rw-r--r-- "f1"`}},
		"opaque first": {layers{base, {directoryOf("d", 0o755), opaque("d"), regular("d/c", "c1")}}, []string{
			"d drwxr-xr-x", `d/c -rw-r--r-- "c1"`, `f -rw-r--r-- "f0"`}},
		"opaque last": {layers{base, {directoryOf("d/s", 0o755), regular("d/s/c", "c1"), regular("d/a", "a1"), opaque("d")}}, []string{
			"d drwxr-xr-x", `d/a -rw-r--r-- "a1"`, "d/s drwxr-xr-x", `d/s/c -rw-r--r-- "c1"`, `f -rw-r--r-- "f0"`}},
		"opaque below what is kept": {layers{{regular("d/s/old", "")}, {regular("d/s/new", ""), opaque("d")}}, []string{
			"d drwxr-xr-x", "d/s drwxr-xr-x", `d/s/new -rw-r--r-- ""`}},
		"opaque root": {layers{base, {opaque("."), regular("g", "g1")}}, []string{
			`g -rw-r--r-- "g1"`}},
		"nothing to hide": {layers{base, {whiteoutOf("d/z"), opaque("e"), regular(".wh..wh.aufs", "")}}, []string{
			"d drwxr-xr-x", `d/a -rw-r--r-- "a0"`, `d/b -rw-r--r-- "b0"`, "e drwxr-xr-x", `f -rw-r--r-- "f0"`}},
		"hidden through a link": {layers{base, {symlink("l", "/d")}, {whiteoutOf("l/a")}}, []string{
			"d drwxr-xr-x", `d/b -rw-r--r-- "b0"`, `f -rw-r--r-- "f0"`, "l Lrwxrwxrwx -> /d"}},

		"hard link": {layers{{regular("a", "1"), hardlink("b", "a"), hardlink("c", "/b")}}, []string{
			`a -rw-r--r-- "1"`, `b -rw-r--r-- "1" = a`, `c -rw-r--r-- "1" = a`}},
		"hard link into a lower layer": {layers{base, {hardlink("d/c", "d/a")}}, []string{
			"d drwxr-xr-x", `d/a -rw-r--r-- "a0"`, `d/b -rw-r--r-- "b0"`, `d/c -rw-r--r-- "a0" = d/a`, `f -rw-r--r-- "f0"`}},
		"one name of two is replaced": {layers{{regular("a", "1"), hardlink("b", "a")}, {regular("a", "2")}}, []string{
			`a -rw-r--r-- "2"`, `b -rw-r--r-- "1"`}},
		"one name of two is hidden": {layers{{regular("a", "1"), hardlink("b", "a")}, {hardlink("c", "b"), whiteoutOf("a"), whiteoutOf("b")}}, []string{
			`c -rw-r--r-- "1"`}},
		"hard link to a link": {layers{{symlink("s", "x"), hardlink("h", "s")}}, []string{
			"h Lrwxrwxrwx -> x", "s Lrwxrwxrwx -> x"}},
		"hard link through a link": {layers{base, {symlink("l", "d"), hardlink("c", "l/a")}}, []string{
			`c -rw-r--r-- "a0"`, "d drwxr-xr-x", `d/a -rw-r--r-- "a0" = c`, `d/b -rw-r--r-- "b0"`, `f -rw-r--r-- "f0"`, "l Lrwxrwxrwx -> d"}},

		"written through a link": {layers{{directoryOf("usr/lib", 0o755), symlink("lib", "usr/lib")}, {regular("lib/x", "1")}}, []string{
			"lib Lrwxrwxrwx -> usr/lib", "usr drwxr-xr-x", "usr/lib drwxr-xr-x", `usr/lib/x -rw-r--r-- "1"`}},
		"written through a link to nothing": {layers{{symlink("lib", "/usr/lib")}, {regular("lib/x", "1")}}, []string{
			"lib Lrwxrwxrwx -> /usr/lib", "usr drwxr-xr-x", "usr/lib drwxr-xr-x", `usr/lib/x -rw-r--r-- "1"`}},
		"written through a link above the root": {layers{{symlink("up", "../../..")}, {regular("up/x", "1"), regular("up/up/y", "2")}}, []string{
			"up Lrwxrwxrwx -> ../../..", `x -rw-r--r-- "1"`, `y -rw-r--r-- "2"`}},
		"devices and pipes": {layers{{special(tar.TypeFifo, "p"), special(tar.TypeChar, "c"), special(tar.TypeBlock, "b")}}, []string{
			"b Drw-------", "c Dcrw-------", "p prw-------"}},
		"empty layers": {layers{{}, {regular("a", "")}, {}}, []string{`a -rw-r--r-- ""`}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var i testImage
			for _, l := range test.layers {
				i.layers = append(i.layers, tarOf(l...))
			}
			s := open(t, writeFile(t, tarOf(dockerSave(i)...)), Options{})
			assert.Equal(t, append([]string{". drwxr-xr-x"}, test.want...), walk(t, s))
		})
	}
}

func TestModes(t *testing.T) {
	h := regular("sudo", "")
	h.Mode = 0o104755 // some writers have the type in it
	s := open(t, writeFile(t, tarOf(h, directoryOf("tmp", 0o1777))), Options{})
	assert.Equal(t, []string{". drwxr-xr-x", `sudo urwxr-xr-x ""`, "tmp dtrwxrwxrwx"}, walk(t, s))
}
