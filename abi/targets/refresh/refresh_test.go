package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestParseControl(t *testing.T) {
	got := parseControl([]byte("Package: libc6\nVersion: 2.36-9\nDescription: a\n b\n\n\nPackage: x\nSHA256:\n aa 1 main/Packages\n bb 2 other\n"))
	require.Len(t, got, 2)
	assert.Equal(t, "2.36-9", got[0]["version"])
	assert.Equal(t, "\n aa 1 main/Packages\n bb 2 other\n", got[1]["sha256"])
}

func TestUpstream(t *testing.T) {
	tests := map[string]string{
		"2.36-9+deb12u13": "2.36", "12.2.0-14+deb12u1": "12.2.0", "16-20260322-1": "16", "2.41": "2.41",
	}
	for version, want := range tests {
		assert.Equal(t, want, upstream(version))
	}
}

func TestNewest(t *testing.T) {
	tests := map[string]struct{ in, want []string }{
		"numbers are not text": {[]string{"GLIBC_2.9", "GLIBC_2.10", "GLIBC_2.2.5"}, []string{"GLIBC_2.10"}},
		"markers stay":         {[]string{"GLIBC_2.9", "GLIBC_ABI_DT_RELR"}, []string{"GLIBC_2.9", "GLIBC_ABI_DT_RELR"}},
		"longer of equals":     {[]string{"GCC_14.0.0", "GCC_14.0"}, []string{"GCC_14.0.0"}},
		"in either order":      {[]string{"GCC_14.0", "GCC_14.0.0"}, []string{"GCC_14.0.0"}},
	}
	for why, test := range tests {
		found := newest{}
		for _, name := range test.in {
			found.add(name)
		}
		assert.Equal(t, test.want, found.names(), why)
	}
}

func TestPromised(t *testing.T) {
	assert.True(t, promised("GLIBC_ABI_DT_RELR"))
	assert.False(t, promised("GLIBC_PRIVATE"))
}

func TestCommonPromisesWhatAllHave(t *testing.T) {
	got := common([]measurement{
		{Symbols: map[string][]string{"GLIBC": {"2.17", "2.39", "ABI_DT_RELR", "ABI_GNU2_TLS"}, "LIBATOMIC": {"1.2"}}},
		{Symbols: map[string][]string{"GLIBC": {"2.17", "2.40", "ABI_DT_RELR"}}},
	})
	assert.Equal(t, machine{
		Symbols: []string{"GLIBC_2.39", "GLIBC_ABI_DT_RELR", "LIBATOMIC_1.2"},
		Varies:  []string{"GLIBC_ABI_GNU2_TLS"},
	}, got)
}

func TestRefuseNewcomers(t *testing.T) {
	policies := []release{
		{On: map[string]machine{"amd64": {Symbols: []string{"CXXABI_1.3.7", "CXXABI_TM_1", "GLIBC_ABI_DT_RELR"}}}},
		{On: map[string]machine{"amd64": {Symbols: []string{"CXXABI_1.3"}, Empty: []string{"ZLIB"}}}},
	}
	refuseNewcomers(policies)
	assert.Empty(t, policies[0].On["amd64"].Empty)
	assert.Equal(t, []string{"CXXABI_TM", "ZLIB"}, policies[1].On["amd64"].Empty)
}

func TestCarryRefusesUnknownArchitecture(t *testing.T) {
	_, err := policy{Name: "manylinux_2_50", Symbols: map[string]map[string][]string{"sparc128": nil}}.carry("manylinux")
	assert.ErrorContains(t, err, "sparc128")
	_, err = policy{Name: "manylinux_x"}.carry("manylinux")
	assert.ErrorContains(t, err, `"x"`)
}

func TestImagesAreComplete(t *testing.T) {
	_, err := carryImages(checkout{dir: t.TempDir()})
	assert.Error(t, err, "not a repository")
}
