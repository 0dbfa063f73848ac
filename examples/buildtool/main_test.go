package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// fake links as the fixtures were linked: it takes the file with a small page
// zero where it is asked for one.
func fake(t *testing.T, output string, drop bool) linker {
	return func(args ...string) error {
		fixture := "../../testdata/macho/luajit-pagezero"
		if slices.Contains(args, "-Wl,-pagezero_size,0x10000") && !drop {
			fixture += ".twin"
		}
		data, err := os.ReadFile(fixture)
		require.NoError(t, err)
		return os.WriteFile(output, data, 0o777)
	}
}

func TestBuild(t *testing.T) {
	output := filepath.Join(t.TempDir(), "program")
	var out bytes.Buffer
	err := build(fake(t, output, false), "darwin/amd64", "macos:13", output, []string{"program.o"}, &out)
	require.NoError(t, err, "%s", &out)
}

// Some linkers and drivers drop the flag with a warning.
func TestBuildWithALinkerThatDropsTheFlag(t *testing.T) {
	output := filepath.Join(t.TempDir(), "program")
	var out bytes.Buffer
	err := build(fake(t, output, true), "darwin/amd64", "macos:13", output, []string{"program.o"}, &out)
	require.ErrorContains(t, err, "does not work on macos:13")
	assert.Contains(t, out.String(), "error luajit-pagezero")
}
