package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestReleaseAudit(t *testing.T) {
	const clean, newer = "../../testdata/elf/glibc-floor.twin", "../../testdata/elf/glibc-floor"
	tests := map[string]struct {
		files map[string]string // of dist, by name
		code  int
		err   string
	}{
		"all is well":          {map[string]string{"linux/hello": clean}, 0, ""},
		"one is too new":       {map[string]string{"linux/hello": clean, "linux/new": newer}, 1, "errors in 2 files"},
		"nothing was released": {map[string]string{"README": "main.go"}, 3, "no ELF or Mach-O file found"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			dist, reports := t.TempDir(), t.TempDir()
			for file, from := range tt.files {
				data, err := os.ReadFile(from)
				require.NoError(t, err)
				path := filepath.Join(dist, file)
				require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o777))
				require.NoError(t, os.WriteFile(path, data, 0o777))
			}
			code, err := releaseAudit(dist, reports)
			assert.Equal(t, tt.code, code, "%v", err)
			if tt.err != "" {
				assert.ErrorContains(t, err, tt.err)
			}
			if code == 3 {
				return
			}
			for _, name := range []string{"abi.json", "abi.sarif"} {
				data, err := os.ReadFile(filepath.Join(reports, name))
				require.NoError(t, err)
				assert.True(t, json.Valid(data), name)
			}
		})
	}
}
