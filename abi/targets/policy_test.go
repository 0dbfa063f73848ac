package targets

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/abivet/abivet/abi"
)

// The newest version of each namespace, as auditwheel's table had them when it
// was read by hand: GLIBC GLIBCXX CXXABI GCC ZLIB LIBATOMIC.
var wheelPolicies = map[string]string{
	"manylinux_2_5/amd64":  "2.5 3.4.8 1.3.1 4.2.0 0 0",
	"manylinux_2_12/amd64": "2.12 3.4.13 1.3.3 4.3.0 1.2.2.4 0",
	"manylinux_2_17/amd64": "2.17 3.4.19 1.3.7 4.8.0 1.2.5.2 0",
	"manylinux_2_24/amd64": "2.24 3.4.22 1.3.10 4.8.0 1.2.5.2 1.2",
	"manylinux_2_26/amd64": "2.26 3.4.22 1.3.10 4.8.0 1.2.5.2 1.2",
	"manylinux_2_27/amd64": "2.27 3.4.24 1.3.11 7.0.0 1.2.9 1.2",
	"manylinux_2_28/amd64": "2.28 3.4.24 1.3.11 7.0.0 1.2.9 1.2",
	"manylinux_2_31/amd64": "2.31 3.4.28 1.3.12 7.0.0 1.2.9 1.2",
	"manylinux_2_34/amd64": "2.34 3.4.29 1.3.13 7.0.0 1.2.9 1.2",
	"manylinux_2_35/amd64": "2.35 3.4.30 1.3.13 12.0.0 1.2.9 1.2",
	"manylinux_2_36/amd64": "2.36 3.4.30 1.3.13 12.0.0 1.2.9 1.2",
	"manylinux_2_37/amd64": "2.36 3.4.30 1.3.13 12.0.0 1.2.12 1.2", // glibc 2.37 defines no GLIBC_2.37
	"manylinux_2_38/amd64": "2.38 3.4.30 1.3.13 12.0.0 1.2.12 1.2",
	"manylinux_2_39/amd64": "2.39 3.4.33 1.3.15 14.0.0 1.2.12 1.2",
	"manylinux_2_40/amd64": "2.40 3.4.33 1.3.15 14.0.0 1.2.12 1.2",
	"manylinux_2_41/amd64": "2.41 3.4.33 1.3.15 14.0.0 1.2.12 1.2",
	"manylinux_2_17/arm64": "2.18 3.4.19 1.3.7 4.7.0 1.2.5.2 1.0", // CentOS 7 moved a symbol back
	"manylinux_2_24/arm64": "2.24 3.4.22 1.3.10 4.7.0 1.2.5.2 1.2",
	"manylinux_2_26/arm64": "2.26 3.4.24 1.3.11 7.0.0 1.2.5.2 1.2",
	"manylinux_2_27/arm64": "2.27 3.4.24 1.3.11 7.0.0 1.2.9 1.2",
	"manylinux_2_28/arm64": "2.28 3.4.24 1.3.11 7.0.0 1.2.9 1.2",
	"manylinux_2_31/arm64": "2.31 3.4.28 1.3.12 7.0.0 1.2.9 1.2",
	"manylinux_2_34/arm64": "2.34 3.4.29 1.3.13 11.0 1.2.9 1.2",
	"manylinux_2_35/arm64": "2.35 3.4.30 1.3.13 11.0 1.2.9 1.2",
	"manylinux_2_36/arm64": "2.36 3.4.30 1.3.13 11.0 1.2.9 1.2",
	"manylinux_2_37/arm64": "2.36 3.4.30 1.3.13 11.0 1.2.12 1.2",
	"manylinux_2_38/arm64": "2.38 3.4.30 1.3.13 11.0 1.2.12 1.2",
	"manylinux_2_39/arm64": "2.39 3.4.33 1.3.15 14.0.0 1.2.12 1.2",
	"manylinux_2_40/arm64": "2.40 3.4.33 1.3.15 14.0.0 1.2.12 1.2",
	"manylinux_2_41/arm64": "2.41 3.4.33 1.3.15 14.0.0 1.2.12 1.2",
}

func TestWheelPolicies(t *testing.T) {
	for spec, want := range wheelPolicies {
		got := one(t, spec)
		var have []string
		for _, namespace := range []string{"GLIBC", "GLIBCXX", "CXXABI", "GCC", "ZLIB", "LIBATOMIC"} {
			have = append(have, string(got.Symbols[namespace]))
		}
		assert.Equal(t, want, strings.Join(have, " "), spec)
	}
	checked := 0
	for _, r := range All() {
		for _, target := range r.Targets {
			if r.Family == "manylinux" && (target.Platform.Arch == "amd64" || target.Platform.Arch == "arm64") {
				checked++
			}
		}
	}
	assert.Len(t, wheelPolicies, checked, "a policy is missing from this test")
}

func TestWheelPoliciesRefuseNamespaces(t *testing.T) {
	assert.Equal(t, abi.Version("0"), one(t, "manylinux1_x86_64").Symbols["CXXABI_TM"])
	assert.Equal(t, abi.Version("1"), one(t, "manylinux2014_x86_64").Symbols["CXXABI_TM"])
	assert.Equal(t, abi.Version("0"), one(t, "manylinux_2_17/ppc64le").Symbols["GLIBCXX_IEEE128"])
	assert.NotContains(t, one(t, "manylinux_2_17/amd64").Symbols, "GLIBCXX_IEEE128")
}

// Numbers of libraries and of symbols that may not be used, read by hand.
func TestWheelPoliciesListLibraries(t *testing.T) {
	tests := map[string]struct {
		libraries int // one of them the loader
		forbidden map[string]int
	}{
		"manylinux_2_5/amd64":  {23, map[string]int{"libc.so.6": 6, "libm.so.6": 3, "libpthread.so.0": 2, "libz.so.1": 41}},
		"manylinux_2_12/386":   {24, map[string]int{"libc.so.6": 6, "libm.so.6": 3, "libpthread.so.0": 2, "libz.so.1": 41}},
		"manylinux_2_24/arm64": {25, map[string]int{"libz.so.1": 41}},
		"manylinux_2_34/s390x": {25, map[string]int{"libz.so.1": 40}},
		"manylinux_2_36/arm":   {25, map[string]int{"libz.so.1": 26}},
		"manylinux_2_41/amd64": {25, map[string]int{"libz.so.1": 23}},
		"musllinux_1_2/amd64":  {4, map[string]int{"libz.so.1": 31}},
	}
	for spec, want := range tests {
		got := one(t, spec)
		assert.Len(t, got.Libraries, want.libraries, spec)
		count := map[string]int{}
		for soname, symbols := range got.Forbidden {
			count[soname] = len(symbols)
		}
		assert.Equal(t, want.forbidden, count, spec)
	}
	assert.Equal(t, []string{"ld-musl-x86_64.so.1", "libc.musl-x86_64.so.1", "libc.so", "libz.so.1"}, one(t, "musllinux_1_2_x86_64").Libraries)
	assert.Contains(t, one(t, "manylinux_2_28_x86_64").Libraries, "ld-linux-x86-64.so.2")
	assert.Contains(t, one(t, "manylinux2014_x86_64").Forbidden["libc.so.6"], "__cxa_thread_atexit_impl")
}

func TestMusllinuxPromisesNoSymbols(t *testing.T) {
	set, err := Lookup("musllinux_1_2")
	require.NoError(t, err)
	for _, target := range set {
		assert.Nil(t, target.Symbols)
		assert.Nil(t, target.Markers)
		assert.Equal(t, abi.Version("1.2"), target.LibcVersion)
	}
}

func TestGCC(t *testing.T) {
	symbols, markers, err := GCC("13.2", "amd64")
	require.NoError(t, err)
	assert.Equal(t, map[string]abi.Version{"GLIBCXX": "3.4.32", "CXXABI": "1.3.14", "CXXABI_TM": "1", "GCC": "13.0.0", "LIBATOMIC": "1.2"}, symbols)
	assert.Equal(t, map[string]bool{"CXXABI_FLOAT128": true}, markers)

	symbols, markers, err = GCC("4.8.5", "arm64")
	require.NoError(t, err)
	assert.Equal(t, map[string]abi.Version{"GLIBCXX": "3.4.19", "CXXABI": "1.3.7", "CXXABI_TM": "1", "GCC": "4.7.0", "LIBATOMIC": "1.0"}, symbols)
	assert.Equal(t, map[string]bool{"CXXABI_FLOAT128": false}, markers)

	for _, bad := range [][2]string{{"", "amd64"}, {"x", "amd64"}, {"3.4", "amd64"}, {"12", "x86_64"}, {"12", ""}} {
		_, _, err := GCC(abi.Version(bad[0]), bad[1])
		assert.Error(t, err, "%q", bad)
	}
}

func ExampleLookup() {
	set, err := Lookup("debian:bookworm/arm64")
	if err != nil {
		panic(err)
	}
	for _, t := range set {
		fmt.Println(t.Name, t.Platform, t.Symbols["GLIBC"], t.Symbols["GLIBCXX"])
	}
	// Output: debian:12 linux/arm64 2.36 3.4.30
}
