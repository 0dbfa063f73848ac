package main

import (
	"bytes"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/elfcheck"
)

// What a reader returns is plain data, so an example needs no file.
func Example_lint() {
	lint(os.Stdout, "plugin.so", &elfcheck.File{
		Platform: abi.Platform{OS: "linux", Arch: "amd64"},
		Kind:     elfcheck.Shared,
		Needed:   []string{"libssl.so.1.1", "libc.so.6"},
		VersionNeeds: []elfcheck.VersionNeed{
			{File: "libc.so.6", Version: "GLIBC_2.33", Symbols: []string{"fstat"}, Strong: 1},
		},
	})
	// Output:
	// plugin.so: error: glibc-floor: needs GLIBC_2.33 from libc.so.6 (fstat); our servers has 2.28
	// plugin.so: error: house-old-openssl: needs "libssl.so.1.1"
}

func TestCleanFile(t *testing.T) {
	f, err := elfcheck.ReadFile("../../testdata/elf/glibc-floor.twin", elfcheck.WantImports)
	require.NoError(t, err)
	var out bytes.Buffer
	assert.True(t, lint(&out, "plugin.so", f), "%s", &out)
}

func TestRuleIsWellFormed(t *testing.T) {
	require.NoError(t, abi.Validate(append(elfcheck.Rules(), oldOpenSSL)))
}
