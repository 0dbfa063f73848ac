package targets

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/abivet/abivet/abi"
)

// one returns the only target of a name with an architecture.
func one(t *testing.T, spec string) abi.Target {
	t.Helper()
	set, err := Lookup(spec)
	require.NoError(t, err)
	require.Len(t, set, 1)
	return set[0]
}

func TestLookupMeasured(t *testing.T) {
	tests := map[string]map[string]abi.Version{
		"debian:12/amd64":       {"GLIBC": "2.36", "GLIBCXX": "3.4.30", "CXXABI": "1.3.13", "GCC": "12.0.0"},
		"debian:13/amd64":       {"GLIBC": "2.41", "GLIBCXX": "3.4.33", "CXXABI": "1.3.15", "GCC": "14.0.0"},
		"debian:testing/amd64":  {"GLIBC": "2.43", "GLIBCXX": "3.4.36", "CXXABI": "1.3.17", "GCC": "14.0.0"},
		"debian:bookworm/arm64": {"GLIBC": "2.36", "GLIBCXX": "3.4.30", "CXXABI": "1.3.13"},
	}
	for spec, want := range tests {
		got := one(t, spec)
		for namespace, v := range want {
			assert.Equal(t, v, got.Symbols[namespace], "%s %s", spec, namespace)
		}
		assert.Equal(t, abi.Glibc, got.Libc, spec)
		assert.Nil(t, got.Libraries, spec)
	}
}
