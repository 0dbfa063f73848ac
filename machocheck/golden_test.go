package machocheck

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"

	mb "github.com/abivet/abivet/internal/machobuild"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestGolden compares all that is read of built files with what was reviewed
// when it was written.
func TestGolden(t *testing.T) {
	files := map[string][]byte{
		"program-amd64":     program(mb.AMD64).Bytes(),
		"program-arm64":     program(mb.ARM64).Bytes(),
		"library":           library(mb.AMD64).Bytes(),
		"big-endian-narrow": narrow().Bytes(),
		"object":            object().Bytes(),
		"go":                goProgram().Bytes(),
		"universal":         mb.Universal(library(mb.AMD64).Slice(), library(mb.ARM64).Slice()),
		"universal-64":      mb.Universal64(program(mb.AMD64).Slice(), program(mb.ARM64).Slice()),
		"zippered": with(mb.Image{CPU: mb.ARM64, Subtype: mb.SubtypeARM64E, Type: mb.Dylib},
			mb.Build{Platform: mb.Catalyst, MinOS: mb.Version(14, 0, 0), SDK: mb.Version(17, 2, 0)}, macOS13).Bytes(),
	}
	files["debug-information"] = debugInformation().Bytes()
	for name, data := range files {
		t.Run(name, func(t *testing.T) {
			got, err := json.MarshalIndent(readAll(t, data, WantAll), "", "\t")
			if err != nil {
				t.Fatal(err)
			}
			golden := filepath.Join("testdata", name+".json")
			if *update {
				if err := os.WriteFile(golden, append(got, '\n'), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if string(want) != string(got)+"\n" {
				t.Errorf("differs from %s; look at it with -update and git diff:\n%s", golden, got)
			}
		})
	}
}
