package symbols

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/abivet/abivet/abi"
)

func TestGlibc(t *testing.T) {
	tests := map[string]struct {
		arch, name string
		want       Since
	}{
		"new in 2.36":                      {"amd64", "arc4random", Since{"libc", "GLIBC", "2.36"}},
		"and on every architecture":        {"s390x", "arc4random", Since{"libc", "GLIBC", "2.36"}},
		"in musl before":                   {"arm64", "strlcpy", Since{"libc", "GLIBC", "2.38"}},
		"what C23 makes of strtol":         {"amd64", "__isoc23_strtol", Since{"libc", "GLIBC", "2.38"}},
		"was in another library":           {"amd64", "call_once", Since{"libpthread", "GLIBC", "2.28"}},
		"an architecture that came late":   {"loong64", "call_once", Since{"libc", "GLIBC", "2.36"}},
		"has a newer default":              {"amd64", "memcpy", Since{"libc", "GLIBC", "2.2.5"}},
		"moved to libc with 2.32":          {"amd64", "pthread_sigmask", Since{"libpthread", "GLIBC", "2.2.5"}},
		"was linked in before 2.33":        {"amd64", "stat", Since{"libc", "GLIBC", "2.2.5"}},
		"was linked in, and still is":      {"arm64", "atexit", Since{"libc", "GLIBC", "2.17"}},
		"took its place in libc with 2.34": {"amd64", "pthread_create", Since{"libpthread", "GLIBC", "2.2.5"}},
		"of libm":                          {"riscv64", "fmaximum", Since{"libm", "GLIBC", "2.35"}},
		"of the loader":                    {"amd64", "_dl_find_object", Since{"ld", "GLIBC", "2.35"}},
		"of libmvec":                       {"amd64", "_ZGVbN2v_sin", Since{"libmvec", "GLIBC", "2.22"}},
		"a kernel that had no glibc yet":   {"riscv64", "getrandom", Since{"libc", "GLIBC", "2.27"}},
	}
	for reason, test := range tests {
		have, ok := Glibc(test.arch, test.name)
		assert.True(t, ok, reason)
		if test.name == "_dl_find_object" {
			have.Library = "ld" // in libc with some releases, in ld with others
		}
		assert.Equal(t, test.want, have, reason)
	}
	for _, name := range []string{"", "SSL_new", "_ZSt4cout", "zzzz", "\xff"} {
		_, ok := Glibc("amd64", name)
		assert.False(t, ok, name)
	}
	_, ok := Glibc("arm64", "ioperm")
	assert.False(t, ok, "of x86 alone")
	_, ok = Glibc("sparc64", "puts")
	assert.False(t, ok, "no table for it")
}

func TestLibstdcxx(t *testing.T) {
	for name, want := range map[string]Since{
		"_ZSt28__throw_bad_array_new_lengthv":                                 {"libstdc++", "GLIBCXX", "3.4.29"},
		"_ZSt4cout":                                                           {"libstdc++", "GLIBCXX", "3.4"},
		"__gxx_personality_v0":                                                {"libstdc++", "CXXABI", "1.3"},
		"__cxa_throw_bad_array_new_length":                                    {"libstdc++", "CXXABI", "1.3.8"},
		"_ZNSt15__exception_ptr13exception_ptr10_M_releaseEv":                 {"libstdc++", "CXXABI", "1.3.13"},
		"_ZSt21__glibcxx_assert_failPKciS0_S0_":                               {"libstdc++", "GLIBCXX", "3.4.30"},
		"_ZNSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEE9_M_createERmm": {"libstdc++", "GLIBCXX", "3.4.21"},
		"_ZNSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEE9_M_createERjj": {"libstdc++", "GLIBCXX", "3.4.21"},
		"_ZNKSt12__basic_fileIcE13native_handleEv":                            {"libstdc++", "GLIBCXX", "3.4.33"},
		"_ZNSt10filesystem7__cxx114path5_ListC1Ev":                            {"libstdc++", "GLIBCXX", "3.4.26"},
		"_ZNSt3pmr19new_delete_resourceEv":                                    {"libstdc++", "GLIBCXX", "3.4.26"},
		"_ZNSt17bad_function_callD0Ev":                                        {"libstdc++", "GLIBCXX", "3.4.15"},
	} {
		have, ok := Libstdcxx(name)
		assert.True(t, ok, name)
		assert.Equal(t, want, have, name)
	}
	_, ok := Libstdcxx("puts")
	assert.False(t, ok)
}

func TestMusl(t *testing.T) {
	tests := map[string]struct {
		arch, name string
		release    abi.Version
		want       bool
	}{
		"never":                           {"amd64", "getcontext", "1.2.6", false},
		"fortified calls are glibc's":     {"amd64", "__fprintf_chk", "1.2.6", false},
		"names of C23 are glibc's":        {"amd64", "__isoc23_strtol", "1.2.6", false},
		"of another library":              {"amd64", "backtrace", "1.2.6", false},
		"not Debian's additions":          {"amd64", "fts_open", "1.2.6", false},
		"always":                          {"amd64", "strlcpy", "1.1", true},
		"too early for it":                {"amd64", "statx", "1.2.4", false},
		"new in it":                       {"amd64", "statx", "1.2.5", true},
		"and on every architecture":       {"386", "preadv2", "1.2.5", true},
		"before a release it has no list": {"amd64", "gettid", "1.2.1", false},
		"since":                           {"arm64", "gettid", "1.2.2", true},
		"the series may have it":          {"amd64", "statx", "1.2", true},
		"the series has it not":           {"amd64", "gettid", "1.1", false},
		"large files are linked":          {"amd64", "open64", "1.2.3", true},
		"large files are for loaders":     {"amd64", "open64", "1.2.4", false},
		"large files, in a series":        {"amd64", "open64", "1.2", true},
		"of this processor":               {"386", "ioperm", "1.2.5", true},
		"not of that one":                 {"arm64", "ioperm", "1.2.5", false},
		"Debian takes it out, musl not":   {"riscv64", "crypt", "1.2.5", true},
	}
	for reason, test := range tests {
		span, ok := Musl(test.arch, test.name)
		assert.Equal(t, test.want, ok && span.Has(test.release), "%s: %s on %s, %v", reason, test.name, test.arch, span)
	}
}

func TestElsewhere(t *testing.T) {
	for name, want := range map[string]string{"__divdi3": "libgcc", "_Unwind_Resume": "libgcc", "xdr_int": "libtirpc", "yp_match": "libnsl", "strlcpy": "libbsd"} {
		have, ok := Elsewhere("amd64", name)
		assert.True(t, ok, name)
		assert.Equal(t, want, have.Library, name)
	}
	_, ok := Elsewhere("amd64", "getcontext")
	assert.False(t, ok)
	model, _ := Elsewhere("amd64", "__cpu_model")
	assert.Equal(t, Since{"libgcc", "GCC", "4.8.0"}, model)
	atomic, _ := Elsewhere("arm64", "__aarch64_ldadd4_acq_rel")
	assert.Equal(t, Since{"libgcc", "GLIBCXX", "3.4.28"}, atomic)
	_, ok = Elsewhere("amd64", "__aarch64_ldadd4_acq_rel")
	assert.False(t, ok)
}

func TestRemoved(t *testing.T) {
	for name, want := range map[string]abi.Version{"__res_nsearch": "2.36", "pthread_yield": "2.36", "__exp_finite": "2.31", "__malloc_hook": "2.36", "sys_errlist": "2.36", "pow10": "2.31"} {
		since, ok := Removed("amd64", name)
		assert.True(t, ok, name)
		assert.Equal(t, want, since, name)
	}
	for _, name := range []string{"puts", "stat", "atexit", "memcpy", "gets", "__xstat64", "pthread_create", "dlopen", "SSL_new"} {
		_, ok := Removed("amd64", name)
		assert.False(t, ok, name)
	}
}

func TestKnown(t *testing.T) {
	for name, want := range map[string]bool{"puts": true, "_ZSt4cout": true, "_ZGVbN2v_sin": true, "__cxa_throw": true, "SSL_new": false, "_ZN3foo3barEv": false, "": false} {
		assert.Equal(t, want, Known(name), name)
	}
}

// All of both tables is known, though that of libstdc++ is not always looked at.
func TestAllAreKnown(t *testing.T) {
	for _, table := range []*table{glibc(), libstdcxx()} {
		for line := range strings.Lines(table.names) {
			name, _, _ := strings.Cut(line, " ")
			assert.True(t, Known(name), name)
			assert.True(t, Known([]byte(name)), name)
		}
	}
}

// What is embedded is decoded, and says where it is from.
func TestTables(t *testing.T) {
	size := 0
	for name, data := range map[string][]byte{"glibc": glibcData, "libstdcxx": libstdcxxData, "musl": muslData, "elsewhere": elsewhereData, "removed": removedData} {
		size += len(data)
		table, err := decode(data)
		require.NoError(t, err, name)
		assert.Greater(t, strings.Count(table.names, "\n"), 500, name)
		assert.NotEmpty(t, table.origin, name)
		_, err = time.Parse(time.DateOnly, table.date)
		assert.NoError(t, err, name)
		for i, answer := range table.answers {
			words := strings.Fields(answer)
			assert.NotEmpty(t, words, "%s: answer %d", name, i)
			assert.Zero(t, len(words)%3, "%s: answer %d", name, i)
		}
		last := ""
		for line := range strings.Lines(table.names) {
			key, number, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
			n, err := strconv.Atoi(number)
			require.NoError(t, err, "%s: %q", name, line)
			require.Less(t, n, len(table.answers), "%s: %q", name, line)
			require.Less(t, last, key, "%s: names in order", name)
			found, ok := find(table, key)
			require.True(t, ok && found == number, "%s: %q is found", name, line)
			_, ok = find(table, key+"\x00")
			require.False(t, ok, "%s: what follows %q", name, key)
			last = key
		}
	}
	assert.Less(t, size, 150<<10, "bytes of all tables")
	assert.Len(t, Origins(), 5)
}

// Every architecture that has a glibc table has one of the same kind: what C
// asks for is there.
func TestArchitectures(t *testing.T) {
	for _, arch := range []string{"amd64", "386", "arm64", "arm", "ppc64le", "s390x", "riscv64", "loong64", "mips64le"} {
		for _, name := range []string{"puts", "malloc", "pthread_create", "sin", "dlopen", "getaddrinfo", "stat", "__libc_start_main"} {
			_, ok := Glibc(arch, name)
			assert.True(t, ok, "%s on %s", name, arch)
			_, ok = Musl(arch, name)
			assert.True(t, ok, "%s on %s with musl", name, arch)
		}
	}
}

func TestDamagedTables(t *testing.T) {
	_, err := decode([]byte("no zlib"))
	assert.Error(t, err)
	_, err = decode(slices.Clone(glibcData[:1000]))
	assert.Error(t, err)
}

func BenchmarkDecode(b *testing.B) {
	for b.Loop() {
		for _, data := range [][]byte{glibcData, libstdcxxData, muslData, elsewhereData, removedData} {
			if _, err := decode(data); err != nil {
				b.Fatal(err)
			}
		}
	}
}

func BenchmarkKnown(b *testing.B) {
	for b.Loop() {
		Known("_ZNSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEE9_M_createERmm")
		Known("pthread_create")
	}
}
