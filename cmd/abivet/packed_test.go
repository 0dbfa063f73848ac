package main

import (
	"bytes"
	"debug/elf"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/abivet/abivet/internal/elfbuild"
)

// What a packed program needs is not known, and nothing is what it does not need.
func TestPacked(t *testing.T) {
	plain := elfbuild.Image{Type: elf.ET_EXEC, Static: true, Data: make([]byte, 64)}.Bytes()
	dir := t.TempDir()
	whole, packed := filepath.Join(dir, "whole"), filepath.Join(dir, "packed")
	require.NoError(t, os.WriteFile(whole, plain, 0o755))
	require.NoError(t, os.WriteFile(packed, elfbuild.Packed(plain), 0o755))
	for _, args := range [][]string{{"needs", packed}, {"diff", whole, packed}, {"diff", packed, whole}} {
		var stdout, stderr bytes.Buffer
		assert.Equal(t, exitUnchecked, run(args, &stdout, &stderr), args)
		assert.Contains(t, stderr.String(), packed+": is packed by UPX", args)
	}
	for _, args := range [][]string{{"needs", whole}, {"diff", whole, whole}} {
		assert.Equal(t, exitClean, run(args, new(bytes.Buffer), new(bytes.Buffer)), args)
	}
}
