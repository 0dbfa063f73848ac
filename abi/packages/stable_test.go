package packages

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/abi/extension"
	"github.com/abivet/abivet/elfcheck"
)

func TestStableABI(t *testing.T) {
	file := func(name string, x extension.Info) File {
		x.Host = extension.CPython
		return File{Path: name, ELF: &elfcheck.File{Extensions: []extension.Info{x}}}
	}
	old := file("old.so", extension.Info{Floor: "3.6", Raise: []string{"PySlice_Unpack"}})
	newer := file("new.so", extension.Info{Floor: "3.9", Raise: []string{"PyObject_Vectorcall"}})
	outside := file("own.so", extension.Info{Floor: "3.6", Outside: []string{"_PyLong_New"}})
	one := file("_x.cpython-311-x86_64-linux-gnu.so", extension.Info{Outside: []string{"_PyLong_New"}})
	helped := file("_x.abi3.so", extension.Info{Outside: []string{"PyUnicode_GetSize"}})
	helped.ELF.Needed = []string{"libshiboken6.abi3.so.6.8"}
	tests := map[string]struct {
		python, abi string
		files       []File
		want        string
	}{
		"it keeps to it":        {"cp37", "abi3", []File{old}, ""},
		"a newer one":           {"cp37", "abi3", []File{old, newer}, "claims the stable ABI of CPython 3.7; new.so needs that of 3.9 (PyObject_Vectorcall)"},
		"none":                  {"cp37", "abi3", []File{outside, newer}, "claims the stable ABI of CPython 3.7; own.so asks for what is not in it (_PyLong_New)"},
		"one release's beside":  {"cp37", "abi3", []File{old, one}, ""},
		"with another's names":  {"cp37", "abi3", []File{old, helped}, ""},
		"of one CPython":        {"cp311", "cp311", []File{newer}, ""},
		"of two digits":         {"cp310", "abi3", []File{newer}, ""},
		"not of CPython at all": {"cp37", "abi3", []File{{Path: "x", ELF: &elfcheck.File{}}}, ""},
	}
	for name, tt := range tests {
		p := &Package{Kind: "wheel", Python: tt.python, ABI: tt.abi, Files: tt.files}
		findings := checkStable(p)
		if tt.want == "" {
			assert.Empty(t, findings, name)
			continue
		}
		require.Len(t, findings, 1, name)
		assert.Equal(t, tt.want, findings[0].Message, name)
	}
}

// A file that looks up what it calls says nothing of what that is.
func TestStableFloorOfNames(t *testing.T) {
	file := File{Path: "x.node", ELF: &elfcheck.File{Extensions: []extension.Info{{Host: extension.Node}}}}
	assert.Empty(t, (&Package{Files: []File{file}}).StableFloors())
	file.ELF.Extensions[0].Floor = "8"
	assert.Equal(t, []StableFloor{{Host: extension.Node, Version: "8", File: "x.node"}}, (&Package{Files: []File{file}}).StableFloors())
}

// A part of one glibc is nothing to ship in a wheel; glibc-private lets it be,
// where it stands beside its own.
func TestPrivateInAWheel(t *testing.T) {
	f := &elfcheck.File{Platform: abi.Platform{OS: "linux", Arch: "amd64"}, VersionNeeds: []elfcheck.VersionNeed{{File: "libc.so.6", Version: "GLIBC_PRIVATE"}}, VersionDefs: []elfcheck.VersionDef{{Name: "GLIBC_2.36"}}}
	target := abi.Target{Platform: f.Platform, Libc: abi.Glibc, Symbols: map[string]abi.Version{"GLIBC": "2.36"}}
	for kind, want := range map[string]int{"wheel": 1, "deb": 0} {
		p := &Package{Kind: kind, Files: []File{{Path: "x.so", ELF: f}}}
		assert.Len(t, p.obstacles(p.Files[0], target), want, kind)
	}
}
