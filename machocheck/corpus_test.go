package machocheck

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/abivet/abivet/abi"
)

// corpus returns the Mach-O files below the directory that ABIVET_MACHO_CORPUS
// names: published programs and libraries, which are too large to be kept here.
func corpus(t *testing.T) []string {
	dir := os.Getenv("ABIVET_MACHO_CORPUS")
	if dir == "" {
		t.Skip("ABIVET_MACHO_CORPUS is not set: real files are NOT looked at")
	}
	var paths []string
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		r, err := os.Open(path)
		if err != nil {
			return err
		}
		defer r.Close()
		info, err := r.Stat()
		if err != nil {
			return err
		}
		if _, err := Slices(r, info.Size()); !errors.Is(err, abi.ErrFormat) {
			paths = append(paths, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(paths) == 0 {
		t.Fatalf("no Mach-O file below %q", dir)
	}
	return paths
}
