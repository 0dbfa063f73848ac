package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestArchOf(t *testing.T) {
	for file, want := range map[string]string{
		"sysdeps/unix/sysv/linux/x86_64/64/libc.abilist":                 "amd64",
		"sysdeps/unix/sysv/linux/x86_64/64/nptl/libc.abilist":            "amd64",
		"sysdeps/unix/sysv/linux/x86_64/x32/libc.abilist":                "",
		"sysdeps/unix/sysv/linux/powerpc/powerpc64/le/libc.abilist":      "ppc64le",
		"sysdeps/unix/sysv/linux/powerpc/powerpc64/nptl/libc-le.abilist": "ppc64le",
		"sysdeps/unix/sysv/linux/powerpc/powerpc64/nptl/libc.abilist":    "",
		"sysdeps/unix/sysv/linux/powerpc/powerpc64/be/libc.abilist":      "",
		"sysdeps/unix/sysv/linux/arm/le/libc.abilist":                    "arm",
		"sysdeps/unix/sysv/linux/arm/be/libc.abilist":                    "",
		"ports/sysdeps/unix/sysv/linux/arm/nptl/libc.abilist":            "arm",
		"sysdeps/unix/sysv/linux/mips/mips64/n64/libc.abilist":           "mips64le",
		"sysdeps/unix/sysv/linux/mips/mips64/n32/libc.abilist":           "",
		"sysdeps/unix/sysv/linux/mips/mips64/libm.abilist":               "mips64le",
		"sysdeps/generic/libc.abilist":                                   "",
		"sysdeps/unix/sysv/linux/x86_64/64/Makefile":                     "",
	} {
		assert.Equal(t, want, archOf(file), file)
	}
}

// Lists have had two forms, and a name keeps the oldest of its versions.
func TestAddList(t *testing.T) {
	f := facts{names: map[string]answer{}}
	require.NoError(t, f.addList("amd64", "libpthread", "GLIBC_2.2.5\n GLIBC_2.2.5 A\n pthread_sigmask F\nGCC_3.0\n GCC_3.0 A\n _Unwind_Find_FDE F\n"))
	require.NoError(t, f.addList("amd64", "libc", "GLIBC_2.14 memcpy F\nGLIBC_2.2.5 memcpy F\nGLIBC_2.32 GLIBC_2.32 A\nGLIBC_2.32 pthread_sigmask F\nGLIBC_2.2.5 _IO_stdin_ D 0x4\n"))
	assert.Equal(t, map[string]answer{
		"pthread_sigmask": {"amd64": {"libpthread", "2.2.5"}},
		"memcpy":          {"amd64": {"libc", "2.2.5"}},
		"_IO_stdin_":      {"amd64": {"libc", "2.2.5"}},
	}, f.names)
	assert.Error(t, f.addList("amd64", "libc", "GLIBC_2.2.5 memcpy\n"))
}

func TestMuslLists(t *testing.T) {
	m := muslLists{
		releases: []string{"v1.1.24", "v1.2.2", "v1.2.3", "v1.2.4", "v1.2.5"},
		lists: map[string]map[string]map[string]bool{
			"amd64": {
				"1.2.2": {"old": true, "crypt": true, "iopl": true},
				"1.2.3": {"old": true, "iopl": true},
				"1.2.5": {"old": true, "statx": true, "pasted": true, "crypt": true, "iopl": true},
			},
			"riscv64": {"1.2.5": {"old": true, "statx": true, "pasted": true, "crypt": true}},
		},
	}
	tests := map[string]struct {
		name, word string
		want       string
		arches     int
	}{
		"the sources say since when":         {"old", "1.1.24", "1.1.24", 1},
		"the word was there, the name not":   {"statx", "1.1.24", "1.2.4", 1},
		"no source has the word":             {"pasted", "", "1.2.5", 1},
		"the package leaves it out at times": {"crypt", "1.1.24", "1.1.24", 1},
		"of one processor":                   {"iopl", "1.1.24", "1.1.24", 1},
	}
	for reason, test := range tests {
		first := m.notBefore(test.name, test.word)
		assert.Equal(t, test.want, first, reason)
		assert.Len(t, m.answer(test.name, first, "-"), test.arches, reason)
	}
	assert.Equal(t, answer{"amd64": {"1.1.24", "-"}}, m.answer("iopl", "1.1.24", "-"))
}

func TestOlder(t *testing.T) {
	assert.True(t, older("GLIBCXX_3.4.9", "GLIBCXX_3.4.21"))
	assert.False(t, older("GLIBCXX_3.4.21", "GLIBCXX_3.4.9"))
	assert.True(t, older("GLIBCXX_3.4.21", "GLIBCXX_LDBL_3.4"))
}
