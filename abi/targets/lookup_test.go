package targets

import (
	"strings"
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

// The numbers were read from the packages, or from the image of the release,
// by hand.
func TestLookupDistributions(t *testing.T) {
	tests := map[string]map[string]abi.Version{
		"debian:11/amd64":      {"GLIBC": "2.31", "GLIBCXX": "3.4.28", "CXXABI": "1.3.12", "GCC": "7.0.0", "GFORTRAN": "10.2"},
		"debian:12/amd64":      {"GLIBC": "2.36", "GLIBCXX": "3.4.30", "CXXABI": "1.3.13", "GCC": "12.0.0", "LIBATOMIC": "1.2", "GOMP": "5.1"},
		"debian:12/arm64":      {"GLIBC": "2.36", "GLIBCXX": "3.4.30", "CXXABI": "1.3.13", "GCC": "11.0"},
		"debian:13/amd64":      {"GLIBC": "2.41", "GLIBCXX": "3.4.33", "CXXABI": "1.3.15", "GCC": "14.0.0", "GFORTRAN": "13"},
		"debian:testing/amd64": {"GLIBC": "2.43", "GLIBCXX": "3.4.36", "CXXABI": "1.3.17", "GCC": "14.0.0"},
		"debian:10/s390x":      {"GLIBC": "2.28", "GLIBCXX": "3.4.25", "CXXABI": "1.3.11"},
		"debian:8/386":         {"GLIBC": "2.18", "GLIBCXX": "3.4.20", "CXXABI": "1.3.8"}, // glibc 2.19 defines no GLIBC_2.19
		"ubuntu:16.04/amd64":   {"GLIBC": "2.23", "GLIBCXX": "3.4.21", "CXXABI": "1.3.9"},
		"ubuntu:18.04/amd64":   {"GLIBC": "2.27", "GLIBCXX": "3.4.25"},
		"ubuntu:22.04/arm64":   {"GLIBC": "2.35", "GLIBCXX": "3.4.30"},
		"ubuntu:26.04/amd64":   {"GLIBC": "2.43", "GLIBCXX": "3.4.35", "CXXABI": "1.3.17"},
		"rhel:7/amd64":         {"GLIBC": "2.17", "GLIBCXX": "3.4.19", "CXXABI": "1.3.7", "GCC": "4.8.0"},
		"rhel:7/arm64":         {"GLIBC": "2.18"}, // a symbol was moved back
		"rhel:8/ppc64le":       {"GLIBC": "2.28", "GLIBCXX": "3.4.25"},
		"rhel:9/amd64":         {"GLIBC": "2.34", "GLIBCXX": "3.4.29", "GCC": "7.0.0"},
		"rhel:10/amd64":        {"GLIBC": "2.39", "GLIBCXX": "3.4.33"},
		"amazonlinux:2/amd64":  {"GLIBC": "2.26", "GLIBCXX": "3.4.24"},
		"sles:12/amd64":        {"GLIBC": "2.22"},
		"leap:15.6/amd64":      {"GLIBC": "2.38", "GLIBCXX": "3.4.33"},
		"alpine:3.20/amd64":    {"GLIBCXX": "3.4.32", "CXXABI": "1.3.14", "GCC": "13.0.0"},
	}
	for spec, want := range tests {
		got := one(t, spec)
		for namespace, v := range want {
			assert.Equal(t, v, got.Symbols[namespace], "%s %s", spec, namespace)
		}
		assert.Nil(t, got.Libraries, spec)
		assert.Nil(t, got.Forbidden, spec)
	}
}

// Architectures that the measured tables lack are added to their releases.
func TestLookupPorts(t *testing.T) {
	for spec, want := range map[string]abi.Version{
		"debian:11/s390x": "2.31", "debian:11/ppc64el": "2.31", "debian:11/mips64el": "2.31", "debian:10/mips64el": "2.28",
		"opensuse:15.6/ppc64le": "2.38", "sles:15.6/s390x": "2.38",
	} {
		set, err := Lookup(spec)
		require.NoError(t, err)
		assert.Equal(t, want, set[0].Symbols["GLIBC"], spec)
		assert.NotEmpty(t, set[0].Symbols["GLIBCXX"], spec)
	}
}

func TestLookupMarkers(t *testing.T) {
	yes, no := true, false
	tests := map[string]map[string]*bool{
		"debian:11/amd64": {"GLIBC_ABI_DT_RELR": &no, "GLIBC_ABI_GNU2_TLS": &no, "CXXABI_FLOAT128": &yes},
		"debian:12/amd64": {"GLIBC_ABI_DT_RELR": &yes, "GLIBC_ABI_GNU2_TLS": &no, "GLIBC_ABI_DT_X86_64_PLT": &no},
		"debian:13/amd64": {"GLIBC_ABI_DT_RELR": &yes, "GLIBC_ABI_GNU2_TLS": &yes, "GLIBC_ABI_DT_X86_64_PLT": &yes},
		"debian:13/386":   {"GLIBC_ABI_GNU_TLS": &yes, "GLIBC_ABI_DT_X86_64_PLT": &no},
		"debian:13/arm64": {"GLIBC_ABI_GNU2_TLS": &no, "CXXABI_FLOAT128": &no},
		// Oracle's build of the same release has it, Red Hat's first has not.
		"rhel:10/amd64":        {"GLIBC_ABI_GNU2_TLS": nil, "GLIBC_ABI_DT_RELR": &yes},
		"fedora:45/amd64":      {"GLIBC_ABI_GNU2_TLS": &yes, "GLIBC_ABI_DT_RELR": &yes},
		"ubuntu:16.04/amd64":   {"GLIBC_ABI_DT_RELR": &no, "GLIBC_ABI_GNU2_TLS": &no, "CXXABI_FLOAT128": &yes},
		"glibc:2.43/amd64":     {"GLIBC_ABI_DT_RELR": &yes, "GLIBC_ABI_GNU2_TLS": nil, "CXXABI_FLOAT128": nil},
		"manylinux_2_35/amd64": {"GLIBC_ABI_DT_RELR": &no},
		"manylinux_2_36/amd64": {"GLIBC_ABI_DT_RELR": &yes, "GLIBC_ABI_GNU2_TLS": &no},
		"manylinux_2_17/amd64": {"CXXABI_FLOAT128": &no},
		"manylinux_2_24/amd64": {"CXXABI_FLOAT128": &yes},
	}
	for spec, markers := range tests {
		got := one(t, spec).Markers
		for marker, want := range markers {
			present, listed := got[marker]
			assert.Equal(t, want != nil, listed, "%s %s", spec, marker)
			if want != nil {
				assert.Equal(t, *want, present, "%s %s", spec, marker)
			}
		}
	}
}

func TestPromiseKeepsTheNewest(t *testing.T) {
	target := abi.Target{Symbols: map[string]abi.Version{}, Markers: map[string]bool{"CXXABI_FLOAT128": false}}
	promise(&target, []string{"GLIBC_2.10", "GLIBC_2.9", "CXXABI_FLOAT128"})
	assert.Equal(t, map[string]abi.Version{"GLIBC": "2.10"}, target.Symbols)
	assert.Equal(t, map[string]bool{"CXXABI_FLOAT128": true}, target.Markers)
}

func TestLookupProcessors(t *testing.T) {
	tests := map[string]abi.Target{
		"debian:12/amd64":        {ISA: "v1", PageSize: 4096, Kernel: "6.1"},
		"debian:12/arm":          {ISA: "7", PageSize: 4096, Kernel: "6.1"},
		"debian:12/ppc64le":      {PageSize: 65536, Kernel: "6.1"},
		"rhel:8/arm64":           {ISA: "v8.0", PageSize: 65536, Kernel: "4.18"},
		"rhel:9/amd64":           {ISA: "v2", PageSize: 4096, Kernel: "5.14"},
		"rhel:9/arm64":           {ISA: "v8.0", PageSize: 4096, Kernel: "5.14"},
		"rhel:10/amd64":          {ISA: "v3", PageSize: 4096, Kernel: "6.12"},
		"amazonlinux:2023/arm64": {ISA: "v8.2", PageSize: 4096, Kernel: "6.1"},
		"opensuse:16.0/amd64":    {ISA: "v2", PageSize: 4096, Kernel: "6.12"},
		"debian:testing/loong64": {PageSize: 16384},
		"android:34/arm64":       {ISA: "v8.0", PageSize: 4096},
		"android:35/arm64":       {ISA: "v8.0", PageSize: 16384},
		"android:35/arm":         {ISA: "7", PageSize: 4096},
		"macos:13/arm64":         {PageSize: 16384},
		"macos:13/amd64":         {PageSize: 4096},
		"manylinux_2_34/amd64":   {ISA: "v1"}, // although its image is built for v2
	}
	for spec, want := range tests {
		got := one(t, spec)
		assert.Equal(t, want, abi.Target{ISA: got.ISA, PageSize: got.PageSize, Kernel: got.Kernel}, spec)
	}
}

func TestLookupOtherLibcs(t *testing.T) {
	tests := map[string]abi.Target{
		"alpine:3.15/amd64":   {Name: "alpine:3.15", Libc: abi.Musl, LibcVersion: "1.2.2", Platform: abi.Platform{OS: "linux", Arch: "amd64"}},
		"alpine:3.24/riscv64": {Name: "alpine:3.24", Libc: abi.Musl, LibcVersion: "1.2.6", Platform: abi.Platform{OS: "linux", Arch: "riscv64"}},
		"musl:1.2.5/arm64":    {Name: "musl:1.2.5", Libc: abi.Musl, LibcVersion: "1.2.5", Platform: abi.Platform{OS: "linux", Arch: "arm64"}},
		"android:24/386":      {Name: "android:24", Libc: abi.Bionic, LibcVersion: "24", Platform: abi.Platform{OS: "android", Arch: "386"}},
		"macos:10.13/amd64":   {Name: "macos:10.13", MinOS: "10.13", Platform: abi.Platform{OS: "darwin", Arch: "amd64"}},
		"macos:10.15.7/amd64": {Name: "macos:10.15.7", MinOS: "10.15.7", Platform: abi.Platform{OS: "darwin", Arch: "amd64"}},
		"macos:14.5/arm64":    {Name: "macos:14.5", MinOS: "14.5", Platform: abi.Platform{OS: "darwin", Arch: "arm64"}},
		"macos:10.16/arm64":   {Name: "macos:11", MinOS: "11", Platform: abi.Platform{OS: "darwin", Arch: "arm64"}},
		"macos:10.16.1/arm64": {Name: "macos:11", MinOS: "11", Platform: abi.Platform{OS: "darwin", Arch: "arm64"}},
		"macos:tahoe/amd64":   {Name: "macos:26", MinOS: "26", Platform: abi.Platform{OS: "darwin", Arch: "amd64"}},
	}
	for spec, want := range tests {
		got := one(t, spec)
		assert.Equal(t, want, abi.Target{Name: got.Name, Libc: got.Libc, LibcVersion: got.LibcVersion, MinOS: got.MinOS, Platform: got.Platform}, spec)
	}
}

func TestLookupSameTarget(t *testing.T) {
	tests := map[string]string{
		"debian:bookworm":         "debian:12",
		" Debian:12 ":             "debian:12",
		"debian:12/aarch64":       "debian:12/arm64",
		"debian:12/armhf":         "debian:12/arm",
		"manylinux1":              "manylinux_2_5",
		"manylinux2014_aarch64":   "manylinux_2_17/arm64",
		"manylinux_2_28_x86_64":   "manylinux_2_28/amd64",
		"manylinux2014_ppc64":     "manylinux_2_17/ppc64",
		"manylinux2014_ppc64le":   "manylinux_2_17/ppc64le",
		"MANYLINUX_2_39_riscv64":  "manylinux_2_39/riscv64",
		"musllinux_1_2_armv7l":    "musllinux_1_2/arm",
		"almalinux:8":             "rhel:8",
		"rocky:8":                 "rhel:8",
		"centos:7":                "rhel:7",
		"el9":                     "rhel:9",
		"ubuntu:resolute":         "ubuntu:26.04",
		"sles:16":                 "opensuse:16.0",
		"alpine:v3.20":            "alpine:3.20",
		"macos:13.0/amd64":        "macos:13.0/x86_64",
		"android:35/arm64-v8a":    "android:35/arm64",
		"debian:testing":          "debian:forky",
		"debian:stable/ppc64el":   "debian:trixie/ppc64le",
		"manylinux_2_41_loong64":  "manylinux_2_41/loongarch64",
		"musl:1.2.5/powerpc64le":  "musl:1.2.5/ppc64le",
		"opensuse:15.4":           "sles:15.3",
		"amazonlinux:2023/x86_64": "al2023/amd64",
	}
	for spec, same := range tests {
		a, err := Lookup(spec)
		require.NoError(t, err)
		b, err := Lookup(same)
		require.NoError(t, err)
		assert.Equal(t, b, a, spec)
	}
}

func TestLookupOrdersByArchitecture(t *testing.T) {
	set, err := Lookup("debian:12")
	require.NoError(t, err)
	var words []string
	for _, target := range set {
		words = append(words, target.Platform.Arch)
	}
	assert.Equal(t, []string{"386", "amd64", "arm", "arm64", "mips64le", "ppc64le", "s390x"}, words)
}

func TestLookupBareLibc(t *testing.T) {
	got := one(t, "glibc:2.17/amd64")
	assert.Equal(t, map[string]abi.Version{"GLIBC": "2.17"}, got.Symbols)
	assert.Zero(t, got.PageSize)
	assert.Empty(t, got.ISA)

	set, err := Lookup("glibc:2.17")
	require.NoError(t, err)
	_, ok := set.For(abi.Platform{OS: "linux", Arch: "riscv64"})
	assert.False(t, ok, "riscv64 came with glibc 2.27")
}

func TestLookupErrors(t *testing.T) {
	tests := map[string][]string{
		"":                         {`target ""`, "abivet targets"},
		"debian":                   {`target "debian"`, "debian:testing, debian:13, debian:12, debian:11, debian:10"},
		"debain:12":                {"debian:12", "nearest"},
		"debian:12/riscv64":        {`"riscv64"`, "debian:12", "386, amd64, arm, arm64, mips64le, ppc64le, s390x"},
		"debian:99":                {`"99"`, "debian:12"},
		"debian:12/":               {`""`, "amd64"},
		"debian:12/amd64/more":     {`"amd64/more"`},
		"manylinux_2_99":           {"nearest", "manylinux_2_39"},
		"manylinux_2_5_s390x":      {`"s390x"`, "386, amd64"},
		"macos:10.12":              {`"10.12"`, "macos:10.13"},
		"macos:17":                 {`"17"`, "macos:26"},
		"macos:27/amd64":           {`"amd64"`, "arm64"},
		"macos:10":                 {`"10"`},
		"glibc:9":                  {"glibc:2.17", string(known().glibc.Newest)},
		"glibc:x":                  {"glibc:2.17"},
		"musl:1.2.99":              {"from 1.0 to 1.2.6"},
		"musl:":                    {"musl:1.2.5"},
		"rocky:11":                 {"want one of rocky:10, rocky:9, rocky:8, rocky:7;"},
		"windows:11":               {"nearest"},
		strings.Repeat("x", 1<<20): {"nor one like it", "abivet targets"},
	}
	for spec, parts := range tests {
		set, err := Lookup(spec)
		require.Error(t, err, "%.40q", spec)
		assert.Nil(t, set)
		for _, part := range parts {
			assert.ErrorContains(t, err, part)
		}
	}
}

func FuzzLookup(f *testing.F) {
	for _, seed := range []string{"debian:12", "manylinux_2_28_x86_64", "macos:14.5/arm64", "glibc:2.17", "musl:1.2.5", "android:35", "/", ":", "_", "macos:10.", "el8/"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, spec string) {
		set, err := Lookup(spec)
		if (err == nil) == (len(set) == 0) {
			t.Fatalf("Lookup(%q) returned %d targets and error %v", spec, len(set), err)
		}
	})
}
