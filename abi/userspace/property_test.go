//go:build unix

package userspace

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// A random tree is the same as a directory, as a tar and as an image of it.
func TestTreesAreTheSame(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for n := range 8 {
		dir := t.TempDir()
		growTree(t, random, dir)
		data := tarOfDir(t, dir)
		want := walk(t, open(t, dir, Options{}))
		require.Equal(t, want, walk(t, open(t, writeFile(t, data), Options{})))
		for _, how := range []string{"", "gzip", "zstd"} {
			// As one layer, and as two of which the upper repeats some
			// and hides what should not be there.
			i := testImage{how: how, layers: [][]byte{data}}
			require.Equal(t, want, walk(t, open(t, writeFile(t, tarOf(dockerSave(i)...)), Options{})), n)
			junk := tarOf(regular("junk/a/b", "x"), regular("a/junk", "x"))
			i.layers = [][]byte{junk, data, tarOf(whiteoutOf("junk"), whiteoutOf("a/junk")), data}
			require.Equal(t, want, walk(t, open(t, writeDir(t, ociLayout(i)), Options{})), n)
		}
	}
}

func growTree(t *testing.T, random *rand.Rand, dir string) {
	dirs := []string{"."}
	var files []string
	require.NoError(t, os.Chmod(dir, 0o755))
	require.NoError(t, os.Mkdir(filepath.Join(dir, "a"), 0o755))
	for i := range 60 {
		name := filepath.Join(dirs[random.IntN(len(dirs))], fmt.Sprint("n", i))
		at := filepath.Join(dir, name)
		switch random.IntN(6) {
		case 0:
			require.NoError(t, os.Mkdir(at, 0o755))
			require.NoError(t, os.Chmod(at, fs.FileMode(0o700+random.IntN(0o100))))
			dirs = append(dirs, name)
		case 1:
			require.NoError(t, os.Symlink(strings.Repeat("../", random.IntN(3))+fmt.Sprint("n", random.IntN(60)), at))
		case 2:
			if len(files) > 0 {
				require.NoError(t, os.Link(filepath.Join(dir, files[random.IntN(len(files))]), at))
			}
		case 3:
			require.NoError(t, syscall.Mkfifo(at, 0o644))
			require.NoError(t, os.Chmod(at, 0o620))
		default:
			require.NoError(t, os.WriteFile(at, []byte(strings.Repeat(fmt.Sprint(i, " "), random.IntN(2000))), 0o644))
			require.NoError(t, os.Chmod(at, fs.FileMode(0o400+random.IntN(0o400))|fs.ModeSetgid*fs.FileMode(random.IntN(2))))
			files = append(files, name)
		}
	}
}

// tarOfDir writes a tar as tar(1) does, hard links as links.
func tarOfDir(t testing.TB, dir string) []byte {
	t.Helper()
	var b strings.Builder
	w := tar.NewWriter(&b)
	seen := map[uint64]string{}
	require.NoError(t, filepath.WalkDir(dir, func(at string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		target := ""
		if d.Type()&fs.ModeSymlink != 0 {
			if target, err = os.Readlink(at); err != nil {
				return err
			}
		}
		h, err := tar.FileInfoHeader(info, target)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, at)
		if err != nil {
			return err
		}
		h.Name = "./" + rel
		inode := info.Sys().(*syscall.Stat_t).Ino
		if first, ok := seen[inode]; ok && info.Mode().IsRegular() {
			h.Typeflag, h.Linkname, h.Size = tar.TypeLink, first, 0
		}
		seen[inode] = h.Name
		if err := w.WriteHeader(h); err != nil || h.Typeflag != tar.TypeReg {
			return err
		}
		f, err := os.Open(at)
		if err != nil {
			return err
		}
		_, err = io.Copy(w, f)
		return errors.Join(err, f.Close())
	}))
	require.NoError(t, w.Close())
	return []byte(b.String())
}

// FuzzLayers applies any bytes as two layers. What comes out is a file system
// in which all names are below the root and all bytes are in the archive, or an
// error.
func FuzzLayers(f *testing.F) {
	f.Add(tarOf(directoryOf("d", 0o755), regular("d/a", "1"), symlink("l", "/d"), hardlink("h", "d/a")), tarOf(whiteoutOf("d/a"), regular("l/b", "2")))
	f.Add(tarOf(regular("a", "1")), tarOf(opaque(".")))
	f.Add(sparseTar(5000, map[int64]string{600: "x"}), tarOf(symlink("up", "../.."), regular("up/x", "1")))
	f.Add(packed("gzip", tarOf(regular("a", "1"))), packed("zstd", tarOf(regular("b", "1"))))
	f.Add(packed("xz", tarOf(regular("a", "1"))), []byte{})
	f.Fuzz(checkLayers)
}

func checkLayers(t *testing.T, lower, upper []byte) {
	b := newBudget(Limits{Entries: 10_000, Expanded: 1 << 20})
	sp := &spooler{budget: b}
	defer sp.Close()
	tree := newTree()
	a := &applier{tree: tree, budget: b, whiteouts: true}
	for n, data := range [][]byte{lower, upper} {
		in, err := sp.expand(source{r: bytes.NewReader(data), size: int64(len(data))}, noDigest)
		if err != nil {
			return
		}
		a.layer = n + 1
		if _, err := readTar(in, sp, a.apply); err != nil {
			return
		}
	}
	for _, line := range walk(t, newSpace("fuzz", Tar, tree, nil)) {
		if strings.HasPrefix(line, "../") {
			t.Fatalf("%q is above the root", line)
		}
	}
}

// Headers with other bytes and a sum that is right again, which fuzzing hardly
// finds.
func TestMutatedHeaders(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	seed := tarOf(directoryOf("d", 0o755), regular("d/a", "1"), symlink("l", "/d"), hardlink("h", "d/a"), regular("l/b", "22"),
		whiteoutOf("d/a"), opaque("d"), special(tar.TypeChar, "c"))
	for range 3000 {
		data := bytes.Clone(seed)
		for range 1 + random.IntN(4) {
			block := random.IntN(len(data)/512) * 512
			at := []int{0, 1, 2, 100, 107, 124, 130, 135, 156, 157, 158, 257, 345}[random.IntN(13)] + random.IntN(3)
			data[block+at] = []byte("./\x00\x80\xff01357xgLKSl\n\r")[random.IntN(18)]
			fixSum(data[block:])
		}
		checkLayers(t, seed, data)
		checkLayers(t, data, seed)
	}
}

// FuzzImage opens any bytes.
func FuzzImage(f *testing.F) {
	i := imageOf("x", "linux/amd64", "x:1")
	for _, how := range []string{"", "gzip"} {
		i.how = how
		f.Add(tarOf(dockerSave(i)...))
		f.Add(tarOf(ociLayout(i)...))
	}
	f.Add(debOf("p", "xz", regular("a", "1")))
	f.Add(debOf("p", "", symlink("lib", "usr/lib"), regular("lib/a", "1")))
	f.Fuzz(func(t *testing.T, data []byte) {
		name := filepath.Join(t.TempDir(), "archive")
		if err := os.WriteFile(name, data, 0o644); err != nil {
			t.Fatal(err)
		}
		s, err := Open(name, Options{Limits: Limits{Entries: 10_000, Expanded: 1 << 20}})
		if (err == nil) == (s == nil) {
			t.Fatalf("Open returned %v and %v", s, err)
		}
		if err != nil {
			return
		}
		walk(t, s)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	})
}
