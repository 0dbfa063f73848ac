package main

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/abivet/abivet/machocheck"
)

// What codesign -d and otool -l say of a file.
func TestShowMachO(t *testing.T) {
	var text facts
	text.macho(newMachOFacts(&machocheck.File{
		Kind: machocheck.Executable, Arch: "arm64",
		Environment:   []string{"DYLD_LIBRARY_PATH=/x"},
		LinkerOptions: [][]string{{"-framework", "Metal"}},
		Signature: machocheck.Signature{
			Present: true, CMS: true, Team: "ABCDE12345", Identifier: "app", Flags: machocheck.HardenedRuntime | machocheck.LibraryValidation,
			Entitlements: map[string]string{"b": "true", "a": "x\x1b"},
		},
	}, false))
	assert.Equal(t, `  kind          executable, arm64
  environment   DYLD_LIBRARY_PATH=/x
  to linker     -framework Metal
  symbols       0 imported, 0 exported
  signature     there, with a certificate, team ABCDE12345, identifier app, hardened runtime, library validation
  entitled      a=x\x1b
                b=true
`, text.String())
}
