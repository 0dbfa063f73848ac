//go:build unix

package userspace

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestFS(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "usr/lib"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "usr/lib/a"), []byte("aaa"), 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "b"), nil, 0o600))
	archive := tarOf(regular("usr/lib/a", "aaa"), regular("b", ""))
	for name, at := range map[string]string{"directory": dir, "tar": writeFile(t, archive), "gzip": writeFile(t, packed("gzip", archive))} {
		t.Run(name, func(t *testing.T) {
			require.NoError(t, fstest.TestFS(open(t, at, Options{}), "usr/lib/a", "b"))
		})
	}
}

// No name leads out of a root, and no link is followed, here or there.
func TestLinksAreNotFollowed(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret")
	require.NoError(t, os.WriteFile(secret, []byte("secret"), 0o644))
	dir := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "d"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "d/f"), nil, 0o644))
	links := map[string]string{
		"abs": secret, "up": "../../../../../../.." + secret, "absdir": filepath.Dir(secret), "in": "d/f", "indir": "d", "loop": "loop",
	}
	entries := []string{}
	for name, target := range links {
		require.NoError(t, os.Symlink(target, filepath.Join(dir, name)))
		entries = append(entries, name)
	}
	archive := tarOf(regular("d/f", ""), symlink("abs", links["abs"]), symlink("up", links["up"]), symlink("absdir", links["absdir"]),
		symlink("in", links["in"]), symlink("indir", links["indir"]), symlink("loop", links["loop"]))
	for kind, at := range map[string]string{"directory": dir, "tar": writeFile(t, archive)} {
		t.Run(kind, func(t *testing.T) {
			s := open(t, at, Options{})
			for _, name := range entries {
				_, err := s.Open(name)
				assert.ErrorIs(t, err, syscall.ELOOP, name)
				_, err = s.ReadDir(name)
				assert.ErrorIs(t, err, syscall.ENOTDIR, name)
				target, err := s.ReadLink(name)
				assert.NoError(t, err)
				assert.Equal(t, links[name], target)
				info, err := s.Lstat(name)
				require.NoError(t, err)
				assert.Equal(t, fs.ModeSymlink|0o777, info.Mode())
			}
			for _, name := range []string{"absdir/secret", "indir/f", "d/f/x", "loop/x"} {
				_, err := s.Open(name)
				assert.ErrorIs(t, err, syscall.ENOTDIR, name)
				_, err = s.Lstat(name)
				assert.ErrorIs(t, err, syscall.ENOTDIR, name)
			}
			for _, name := range []string{"../x", "/etc/passwd", "d/../b", "./b", "d//f", "d/", "", "d/.."} {
				_, err := s.Open(name)
				assert.ErrorIs(t, err, fs.ErrInvalid, name)
				_, err = s.Lstat(name)
				assert.ErrorIs(t, err, fs.ErrInvalid, name)
				_, err = s.ReadLink(name)
				assert.ErrorIs(t, err, fs.ErrInvalid, name)
				_, err = s.ReadDir(name)
				assert.ErrorIs(t, err, fs.ErrInvalid, name)
			}
			for _, name := range []string{"x", "d/x", "x/y"} {
				_, err := s.Open(name)
				assert.ErrorIs(t, err, fs.ErrNotExist, name)
			}
			_, err := s.ReadLink("d/f")
			assert.ErrorIs(t, err, syscall.EINVAL)
		})
	}
}

// A pipe that nobody writes to blocks whoever opens it.
func TestPipesAreNotOpened(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o644))
	done := make(chan error, 1)
	go func() {
		s, err := Open(dir, Options{})
		if err == nil {
			defer s.Close()
			_, err = s.Open("pipe")
		}
		done <- err
	}()
	select {
	case err := <-done:
		assert.ErrorContains(t, err, "want a regular file or a directory")
	case <-time.After(time.Minute):
		t.Fatal("blocks")
	}
	_, err := Open(filepath.Join(dir, "pipe"), Options{})
	assert.ErrorContains(t, err, "want a regular file or a directory")
	_, err = OpenDebs([]string{filepath.Join(dir, "pipe")}, Options{})
	assert.ErrorContains(t, err, "want a regular file or a directory")

	s := open(t, writeFile(t, tarOf(special('6', "pipe"))), Options{})
	_, err = s.Open("pipe")
	assert.ErrorContains(t, err, "want a regular file or a directory")
}

// More directories than are kept open, by goroutines that take them from each
// other.
func TestManyDirectories(t *testing.T) {
	dir := t.TempDir()
	for i := range 3 * maxOpenDirs {
		at := filepath.Join(dir, fmt.Sprintf("%d/%d/%d", i%7, i%11, i))
		require.NoError(t, os.MkdirAll(at, 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(at, "f"), []byte(fmt.Sprint(i)), 0o644))
	}
	s := open(t, dir, Options{})
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for i := range 3 * maxOpenDirs {
				name := fmt.Sprintf("%d/%d/%d/f", i%7, i%11, i)
				data, err := fs.ReadFile(s, name)
				assert.NoError(t, err)
				assert.Equal(t, fmt.Sprint(i), string(data))
				_, err = s.Lstat(name + "o")
				assert.ErrorIs(t, err, fs.ErrNotExist)
			}
		})
	}
	wg.Wait()
	assert.LessOrEqual(t, len(s.files.(*directory).folders), maxOpenDirs)
	require.NoError(t, s.Close())
	_, err := s.Lstat("0")
	assert.ErrorIs(t, err, fs.ErrClosed)
}

func TestNamesThatAreNotUTF8(t *testing.T) {
	const name = "usr/caf\xe9\n"
	dir := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "usr"), 0o755))
	if err := os.WriteFile(filepath.Join(dir, name), []byte("x"), 0o644); err != nil {
		t.Skip(err)
	}
	h := regular(name, "x")
	h.Format = 8 // GNU: PAX wants UTF-8
	for _, at := range []string{dir, writeFile(t, tarOf(directoryOf("usr", 0o755), h))} {
		s := open(t, at, Options{})
		assert.Equal(t, "x", content(t, s, name))
	}
}

func TestSameFile(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "a"), nil, 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "c"), nil, 0o644))
	require.NoError(t, os.Link(filepath.Join(dir, "a"), filepath.Join(dir, "b")))
	archive := writeFile(t, tarOf(regular("a", ""), hardlink("b", "a"), regular("c", "")))
	lstat := func(s *Space, name string) fs.FileInfo {
		info, err := s.Lstat(name)
		require.NoError(t, err)
		return info
	}
	for _, at := range []string{dir, archive} {
		s := open(t, at, Options{})
		assert.True(t, SameFile(lstat(s, "a"), lstat(s, "b")))
		assert.False(t, SameFile(lstat(s, "a"), lstat(s, "c")))
	}
	one, two := open(t, archive, Options{}), open(t, archive, Options{})
	assert.False(t, SameFile(lstat(one, "a"), lstat(two, "a")), "of different spaces")
}

func TestErrorsNameWhatWasAsked(t *testing.T) {
	_, err := open(t, t.TempDir(), Options{}).Open("usr/lib/x")
	assert.EqualError(t, err, "open usr/lib/x: no such file or directory")
	_, err = open(t, writeFile(t, tarOf(regular("a", ""))), Options{}).Lstat("usr/lib/x")
	assert.EqualError(t, err, "lstat usr/lib/x: no such file or directory")
	_, err = Open(filepath.Join(t.TempDir(), "not\nthere"), Options{})
	assert.True(t, strings.HasSuffix(err.Error(), `not\nthere": no such file or directory`), err)
}
