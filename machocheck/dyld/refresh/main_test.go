package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// The table is as refresh writes it, and an SDK adds to it.
func TestTable(t *testing.T) {
	head, since, err := read("../" + table)
	require.NoError(t, err)
	out := filepath.Join(t.TempDir(), table)
	require.NoError(t, write(out, head, since))
	want, err := os.ReadFile("../" + table)
	require.NoError(t, err)
	got, err := os.ReadFile(out)
	require.NoError(t, err)
	require.Equal(t, string(want), string(got))

	sdk := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(sdk, "x.tbd"), []byte("--- !tapi-tbd\ninstall-name: '/usr/lib/libx.dylib'\n--- !tapi-tbd\ninstall-name: '/usr/lib/libSystem.B.dylib'\n"), 0o644))
	require.NoError(t, add(since, "14", sdk))
	require.EqualValues(t, "14", since["/usr/lib/libx.dylib"])
	require.EqualValues(t, "10.7", since["/usr/lib/libSystem.B.dylib"], "the oldest stays")
}
