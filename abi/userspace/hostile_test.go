package userspace

import (
	"archive/tar"
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/abivet/abivet/abi"
)

// Layers that no tool writes are refused, and the error names the entry.
func TestHostileLayers(t *testing.T) {
	loop := []*tar.Header{symlink("a", "b"), symlink("b", "/a")}
	var chain []*tar.Header
	for i := range 50 {
		chain = append(chain, symlink(fmt.Sprint("l", i+1), fmt.Sprint("l", i)))
	}
	long := strings.Repeat("n/", 2100)
	tests := map[string]struct {
		layer []*tar.Header
		want  string
		is    error
	}{
		"above the root":             {[]*tar.Header{regular("../../etc/passwd", "x")}, `"../../etc/passwd": leaves the root`, nil},
		"above the root, in between": {[]*tar.Header{regular("a/../../x", "x")}, `"a/../../x": leaves the root`, nil},
		"above an absolute root":     {[]*tar.Header{regular("/../x", "x")}, `"/../x": leaves the root`, nil},
		"hard link above the root":   {[]*tar.Header{hardlink("x", "../../etc/passwd")}, `entry "x": hard link to "../../etc/passwd": leaves the root`, nil},
		"hard link to nothing":       {[]*tar.Header{hardlink("x", "etc/passwd")}, `entry "x": hard link to "etc/passwd"`, fs.ErrNotExist},
		"hard link to itself":        {[]*tar.Header{regular("x", ""), hardlink("x", "x")}, `hard link to "x"`, fs.ErrNotExist},
		"hard link to what it replaces": {
			[]*tar.Header{regular("d/x", ""), hardlink("d", "d/x")}, `entry "d": hard link to "d/x"`, fs.ErrNotExist},
		"hard link to a directory":  {[]*tar.Header{directoryOf("d", 0o755), hardlink("x", "d")}, `is a directory`, nil},
		"hard link to the root":     {[]*tar.Header{hardlink("x", ".")}, `entry "x": hard link to ""`, fs.ErrNotExist},
		"hard link through a loop":  {append(loop, hardlink("x", "a/f")), `"x": hard link to "a/f"`, syscall.ELOOP},
		"written through a loop":    {append(loop, regular("a/x", "")), `entry "a/x"`, syscall.ELOOP},
		"written through 50 links":  {append(chain, regular("l50/x", "")), `entry "l50/x"`, syscall.ELOOP},
		"written below a file":      {[]*tar.Header{regular("f", ""), regular("f/x", "")}, `"f": not a directory`, syscall.ENOTDIR},
		"written below a device":    {[]*tar.Header{special(tar.TypeChar, "f"), regular("f/x", "")}, `"f/x"`, syscall.ENOTDIR},
		"links that grow":           {[]*tar.Header{symlink("a", "a/"+long[:4000]), regular("a/x", "")}, `"a/x"`, syscall.ENAMETOOLONG},
		"the root is a file":        {[]*tar.Header{regular(".", "")}, `".": is the root`, nil},
		"the root is a link":        {[]*tar.Header{symlink("/", "/tmp")}, `"/": is the root`, nil},
		"whiteout of no name":       {[]*tar.Header{regular(".wh.", "")}, `".wh."`, nil},
		"whiteout of the directory": {[]*tar.Header{regular("d/.wh..", "")}, `"d/.wh..": whiteout ".wh.." hides no name`, nil},
		"whiteout of the parent":    {[]*tar.Header{regular("d/.wh...", "")}, `"d/.wh...": whiteout ".wh..." hides no name`, nil},
		"long path":                 {[]*tar.Header{regular(long+"x", "")}, `name of 4201 bytes: want at most 4095`, nil},
		"long name":                 {[]*tar.Header{regular(strings.Repeat("n", 256), "")}, `part of 256 bytes`, nil},
		"long link":                 {[]*tar.Header{symlink("x", long)}, `link to 4200 bytes`, nil},
		"another type":              {[]*tar.Header{{Typeflag: 'Z', Name: "x"}}, `entry "x": is of type 'Z'`, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			i := testImage{layers: [][]byte{tarOf(test.layer...)}}
			s, err := Open(writeFile(t, tarOf(dockerSave(i)...)), Options{})
			require.Nil(t, s)
			require.ErrorContains(t, err, test.want)
			assert.ErrorContains(t, err, "layer 1")
			if test.is != nil {
				assert.ErrorIs(t, err, test.is)
			}
			var damaged *abi.FormatError
			assert.ErrorAs(t, err, &damaged)
		})
	}
}

func TestLimits(t *testing.T) {
	many := func(n int) (l []*tar.Header) {
		for i := range n {
			l = append(l, regular(fmt.Sprint("d/", i), ""))
		}
		return l
	}
	zeros := regular("zeros", "")
	zeros.Size = 1 << 20
	zeros.PAXRecords["TEST.data"] = strings.Repeat("\x00", 1<<20)
	small := testImage{how: "gzip", layers: [][]byte{tarOf(zeros)}}
	tests := map[string]struct {
		image  testImage
		limits Limits
		want   string
	}{
		"entries":         {testImage{layers: [][]byte{tarOf(many(100)...), tarOf(many(100)...)}}, Limits{Entries: 150}, "limit max-root-entries"},
		"parents":         {testImage{layers: [][]byte{tarOf(regular(strings.Repeat("p/", 200)+"x", ""))}}, Limits{Entries: 150}, "limit max-root-entries"},
		"layers":          {testImage{layers: make([][]byte, 11)}, Limits{Layers: 10}, "limit max-root-layers is 10"},
		"expanded":        {small, Limits{Expanded: 1 << 19}, "limit max-root-expanded"},
		"below the limit": {small, Limits{Expanded: 2 << 20}, ""},
		"ratio":           {small, Limits{Ratio: 2}, ""}, // below 64 MiB anything goes
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s, err := Open(writeFile(t, tarOf(dockerSave(test.image)...)), Options{Limits: test.limits})
			if test.want == "" {
				require.NoError(t, err)
				require.NoError(t, s.Close())
				return
			}
			require.ErrorContains(t, err, test.want)
		})
	}
}

// 200 MiB of zeros are 200 KiB of gzip and 10 KiB of zstd.
func TestBombs(t *testing.T) {
	if testing.Short() {
		t.Skip("writes 64 MiB to a temporary file")
	}
	zeros := make([]byte, 200<<20)
	for _, how := range []string{"gzip", "zstd"} {
		t.Run(how, func(t *testing.T) {
			bomb := writeFile(t, packed(how, zeros))
			start := time.Now()
			_, err := Open(bomb, Options{})
			require.ErrorContains(t, err, "limit max-root-ratio")
			assert.Less(t, time.Since(start), time.Minute)
		})
	}
}

// A tar that was cut anywhere is an error, wherever it was cut.
func TestCutShort(t *testing.T) {
	whole := tarOf(directoryOf("d", 0o755), regular("d/a", strings.Repeat("a", 1000)), regular("b", "b"))
	for _, how := range []string{"plain", "gzip", "zstd", "xz"} {
		data := packed(how, whole)
		end := len(data)
		if how == "plain" {
			end -= 1024 // readers take one block of zeros for the end
		}
		for n := 0; n < end; n += 1 + end/200 {
			_, err := Open(writeFile(t, data[:n]), Options{})
			require.Error(t, err, "%s: %d of %d bytes", how, n, len(data))
		}
	}
	_, err := Open(writeFile(t, whole[:len(whole)-1024]), Options{})
	assert.ErrorContains(t, err, "cut short")
}

func TestCutShortLayers(t *testing.T) {
	layer := tarOf(regular("a", strings.Repeat("a", 2000)), regular("b", "b"))
	for _, n := range []int{0, 100, 512, 700, 2560, 3072 - 200, 3072} {
		files := dockerSave(testImage{layers: [][]byte{layer}})
		files[1].Size = int64(n)
		files[1].PAXRecords["TEST.data"] = string(layer[:n])
		_, err := Open(writeFile(t, tarOf(files...)), Options{})
		assert.Error(t, err, "%d of %d bytes", n, len(layer))
	}
	// Without an end and whole.
	s := open(t, writeFile(t, tarOf(dockerSave(testImage{layers: [][]byte{layer[:3584]}})...)), Options{})
	assert.Equal(t, "b", content(t, s, "b"))
}

func TestGarbageAfterTheEnd(t *testing.T) {
	for _, how := range []string{"gzip", "zstd", "xz"} {
		data := append(packed(how, tarOf(regular("a", ""))), "garbage that is no stream"...)
		_, err := Open(writeFile(t, data), Options{})
		assert.ErrorContains(t, err, how)
	}
	// Streams may follow each other: pigz and stargz write such layers.
	data := tarOf(regular("a", "1"))
	s := open(t, writeFile(t, append(packed("gzip", data[:700]), packed("gzip", data[700:])...)), Options{})
	assert.Equal(t, "1", content(t, s, "a"))
}

func TestXZDictionary(t *testing.T) {
	data := packed("xz", tarOf(regular("a", "")))
	require.EqualValues(t, 0x21, data[14], "the filter of the first block")
	data[16] = 40 // 4 GiB
	binary.LittleEndian.PutUint32(data[20:], crc32.ChecksumIEEE(data[12:20]))
	before := runtime.MemStats{}
	runtime.ReadMemStats(&before)
	_, err := Open(writeFile(t, data), Options{})
	require.ErrorContains(t, err, "dictionary of 4294967295 bytes")
	after := runtime.MemStats{}
	runtime.ReadMemStats(&after)
	assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(8<<20))
}

// Entries that are written through links cost steps, and these are counted.
func TestLinkSteps(t *testing.T) {
	a := &applier{tree: newTree(), budget: newBudget(Limits{}), layer: 1, linkSteps: maxLinkSteps - 10}
	require.NoError(t, a.apply(entry{name: "l", kind: kindSymlink, mode: fs.ModeSymlink, link: "d"}))
	var err error
	for i := 0; i < 20 && err == nil; i++ {
		err = a.apply(entry{name: fmt.Sprint("l/", i)})
	}
	require.ErrorContains(t, err, "too many entries that are written through links")
}

func TestNoTemporaryFilesStay(t *testing.T) {
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	for _, how := range []string{"gzip", "zstd"} {
		layer := tarOf(regular("a", "1"))
		good := writeFile(t, tarOf(ociLayout(testImage{how: how, layers: [][]byte{layer, layer, tarOf(regular("b", ""))}})...))
		bad := writeFile(t, tarOf(dockerSave(testImage{how: how, layers: [][]byte{layer, layer[:100]}})...))
		s, err := Open(good, Options{})
		require.NoError(t, err)
		assertEmpty(t, tmp)
		fds := openFiles(t)
		require.NoError(t, s.Close())
		if fds > 0 {
			// The archive, and one for each layer that is another.
			assert.Equal(t, fds-3, openFiles(t))
			fds -= 3
		}
		_, err = Open(bad, Options{})
		require.Error(t, err)
		assertEmpty(t, tmp)
		assert.Equal(t, fds, openFiles(t))
	}
}

func assertEmpty(t *testing.T, dir string) {
	t.Helper()
	if runtime.GOOS == "windows" {
		return
	}
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	assert.Empty(t, left)
}

// openFiles counts where it can.
func openFiles(t *testing.T) int {
	t.Helper()
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return 0
	}
	return len(list)
}

func TestNotAUserSpace(t *testing.T) {
	tests := map[string][]byte{
		"text":  bytes.Repeat([]byte("no tar is like this "), 100),
		"short": []byte("#!/bin/sh\n"),
		"ar":    []byte("!<arch>\nx.o/            0           0     0     644     0         `\n"),
		"gzip":  packed("gzip", bytes.Repeat([]byte("text"), 1000)),
	}
	for name, data := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := Open(writeFile(t, data), Options{})
			assert.Error(t, err)
			if name != "short" {
				assert.ErrorIs(t, err, abi.ErrFormat)
			}
		})
	}
	for name, data := range map[string][]byte{"empty": nil, "zeros": make([]byte, 4096), "no entry": tarOf()} {
		t.Run(name, func(t *testing.T) {
			_, err := Open(writeFile(t, data), Options{})
			assert.ErrorContains(t, err, "without an entry")
		})
	}
	_, err := Open("/does/not/exist", Options{})
	assert.ErrorIs(t, err, fs.ErrNotExist)
}
