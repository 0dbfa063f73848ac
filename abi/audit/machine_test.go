//go:build unix

package audit

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/abivet/abivet/abi"
)

func TestMachine(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, data []byte) string {
		p := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(p), 0o777))
		require.NoError(t, os.WriteFile(p, data, 0o666))
		return p
	}
	tree := filepath.Join(dir, "tree")
	lib := write("tree/lib/a.so", oldLib)
	outside := write("outside.so", newLib)
	write("tree/lib/latin-\xe9.so", oldLib)
	require.NoError(t, os.Symlink("a.so", filepath.Join(tree, "lib", "link.so")))
	require.NoError(t, os.Symlink(outside, filepath.Join(tree, "out.so")))
	require.NoError(t, os.Symlink("..", filepath.Join(tree, "loop")))
	require.NoError(t, os.Symlink("nowhere", filepath.Join(tree, "dangling")))
	require.NoError(t, os.Symlink(tree, filepath.Join(dir, "linked")))
	require.NoError(t, os.Symlink(outside, filepath.Join(dir, "linked.so")))
	pipe := filepath.Join(tree, "pipe")
	require.NoError(t, syscall.Mkfifo(pipe, 0o666))

	t.Run("a walk follows no link and opens no pipe", func(t *testing.T) {
		done := make(chan []string, 1)
		go func() { done <- check(t, Files(tree), Options{}) }()
		select {
		case got := <-done:
			assert.Equal(t, []string{tree + "/lib/a.so:", tree + "/lib/latin-\xe9.so:"}, got)
		case <-time.After(time.Minute):
			t.Fatal("it hangs")
		}
	})
	t.Run("what is named is followed", func(t *testing.T) {
		linked := filepath.Join(dir, "linked")
		assert.Equal(t, []string{linked + "/lib/a.so:", linked + "/lib/latin-\xe9.so:"}, check(t, Files(linked), Options{}))
		assert.Equal(t, []string{linked + ".so: glibc-floor"}, check(t, Files(linked+".so"), Options{Targets: []abi.TargetSet{on("old", "amd64")}}))
	})
	t.Run("paths are as given", func(t *testing.T) {
		t.Chdir(tree)
		assert.Equal(t, []string{"./lib/a.so:", "./lib/latin-\xe9.so:"}, check(t, Files("."), Options{}))
		assert.Equal(t, []string{"lib/a.so:", "lib/latin-\xe9.so:"}, check(t, Files("lib//"), Options{}))
		assert.Equal(t, []string{"lib/../lib/a.so:"}, check(t, Files("lib/../lib/a.so"), Options{}))
	})
	t.Run("twice is once", func(t *testing.T) {
		assert.Len(t, check(t, Files(lib, lib, lib+"/"), Options{}), 1)
	})
	t.Run("what cannot be looked at", func(t *testing.T) {
		got := check(t, Files(pipe, "/dev/null", filepath.Join(dir, "missing"), ""), Options{})
		require.Len(t, got, 4)
		assert.Equal(t, pipe+"! a pipe: want a file or a directory", got[0])
		assert.Equal(t, "/dev/null! a device: want a file or a directory", got[1])
		assert.Contains(t, got[2], "no such file or directory")
	})
}
