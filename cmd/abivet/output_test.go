package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/abivet/abivet/internal/tiny"
)

func TestOutputIsWholeOrNotThere(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "out.json")
	require.NoError(t, os.WriteFile(name, []byte("old"), 0o666))

	out, err := newOutput(name, nil)
	require.NoError(t, err)
	_, err = out.Write([]byte("half"))
	require.NoError(t, err)
	broken := errors.New("broken")
	assert.Equal(t, broken, out.finish(broken))
	got, err := os.ReadFile(name)
	require.NoError(t, err)
	assert.Equal(t, "old", string(got))

	out, err = newOutput(name, nil)
	require.NoError(t, err)
	_, err = out.Write([]byte("new"))
	require.NoError(t, err)
	require.NoError(t, out.finish(nil))
	got, err = os.ReadFile(name)
	require.NoError(t, err)
	assert.Equal(t, "new", string(got))

	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	assert.Len(t, left, 1, "a temporary file is left")
}

// A report does not take the place of what is checked, nor is it checked itself
// while it is written.
func TestOutputAmongInputs(t *testing.T) {
	dir := t.TempDir()
	library, wheel := filepath.Join(dir, "liba.so"), filepath.Join(dir, "a.whl")
	image := tiny.ELF{SOName: "liba.so"}.Bytes()
	require.NoError(t, os.WriteFile(library, image, 0o666))
	require.NoError(t, os.WriteFile(wheel, []byte("PK\x03\x04 and so on"), 0o666))
	for _, name := range []string{library, wheel} {
		before, err := os.ReadFile(name)
		require.NoError(t, err)
		var stderr bytes.Buffer
		assert.Equal(t, exitUnchecked, run([]string{"check", "--output", name, library}, io.Discard, &stderr))
		assert.Contains(t, stderr.String(), "want another name")
		after, err := os.ReadFile(name)
		require.NoError(t, err)
		assert.Equal(t, before, after, name)
	}
	require.NoError(t, os.Remove(wheel))
	for range 2 { // the second time there is a report
		var stderr bytes.Buffer
		assert.Equal(t, exitClean, run([]string{"check", "--format", "json", "--output", library + ".json", dir}, io.Discard, &stderr), stderr.String())
	}
	missing := filepath.Join(dir, "missing", "report")
	assert.Equal(t, exitUnchecked, run([]string{"check", "--output", missing, library}, io.Discard, io.Discard))
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	assert.Len(t, left, 2)
}

func TestOutputToDevice(t *testing.T) {
	out, err := newOutput(os.DevNull, nil)
	require.NoError(t, err)
	_, err = out.Write([]byte("gone"))
	require.NoError(t, err)
	require.NoError(t, out.finish(nil))
	info, err := os.Stat(os.DevNull)
	require.NoError(t, err)
	assert.False(t, info.Mode().IsRegular(), "the device was replaced by a file")
}

func TestColor(t *testing.T) {
	assert.False(t, wantsColor(&bytes.Buffer{}))
	assert.False(t, wantsColor(os.Stdout), "under go test that is no terminal")
}

// Short work shows nothing, and clears nothing.
func TestProgress(t *testing.T) {
	var b bytes.Buffer
	show, done := newProgress(&b)
	show(1)
	done()
	assert.Empty(t, b.String())

	time.Sleep(1100 * time.Millisecond)
	show(2)
	show(3) // too soon after the one before
	done()
	assert.Equal(t, "\rlooked at 2 files\r\x1b[K", b.String())
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

// A report that could not be written is not one.
func TestFullDisk(t *testing.T) {
	self, err := os.Executable()
	require.NoError(t, err)
	root := t.TempDir()
	other := filepath.Join(root, "other.so")
	require.NoError(t, os.WriteFile(other, tiny.ELF{SOName: "libtiny.so.1"}.Bytes(), 0o666))
	for _, args := range [][]string{
		{"check", self},
		{"check", "--format", "json", self},
		{"check", "--format", "jsonl", self},
		{"check", "--format", "sarif", self},
		{"show", self},
		{"show", "--format", "json", self},
		{"targets"},
		{"targets", "debian:12"},
		{"explain"},
		{"explain", "glibc-floor"},
		{"version"},
		{"needs", self},
		{"needs", "--format", "json", self},
		{"luajit", self},
		{"luajit", "--format", "json", self},
		{"diff", other, self},
		{"diff", "--format", "jsonl", other, self},
		{"load", "--root", root, self},
		{"load", "--root", root, "--format", "jsonl", self},
		{"tree", "--root", root, self},
		{"tree", "--root", root, "--format", "dot", self},
		{"tree", "--root", root, "--format", "mermaid", self},
		{"parity", "--from", root, "--to", root, self},
		{"completion", "bash"},
		{"--version"},
		{"--help"},
		{"check", "--help"},
	} {
		var stderr bytes.Buffer
		assert.Equal(t, exitUnchecked, run(args, full{}, &stderr), "%v", args)
		assert.Contains(t, stderr.String(), "no space left", "%v", args)
	}
}
