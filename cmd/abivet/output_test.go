package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
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
	} {
		var stderr bytes.Buffer
		assert.Equal(t, exitUnchecked, run(args, full{}, &stderr), "%v", args)
		assert.Contains(t, stderr.String(), "no space left", "%v", args)
	}
}
