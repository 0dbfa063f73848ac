package container

import (
	"debug/elf"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/abi/audit"
	"github.com/abivet/abivet/internal/tiny"
)

// A wheel says of which platform it is in its name, and in its file WHEEL.
func TestPackageTag(t *testing.T) {
	need := func(library, version string, m elf.Machine) string {
		return string(tiny.ELF{Machine: m, SOName: "libtiny.so", Needs: []tiny.Need{{Library: library, Versions: []tiny.Version{{Name: version, Symbols: []string{"puts"}}}}}}.Bytes())
	}
	old, newer := need("libc.so.6", "GLIBC_2.17", 0), need("libc.so.6", "GLIBC_2.34", 0)
	macOS := func(major byte) string { return string(tiny.MachO{ARM64: true, MinOS: [2]byte{major, 0}}.Bytes()) }
	universal := string(tiny.Universal(tiny.MachO{MinOS: [2]byte{10, 15}}, tiny.MachO{ARM64: true, MinOS: [2]byte{11, 0}}))
	tests := map[string]struct {
		tags  string // of the name
		inner string // of WHEEL; the same where it is empty
		files []member
		truth string
		want  []string // severity and the start of the message
	}{
		"it keeps what it says":  {"manylinux_2_17_x86_64.manylinux2014_x86_64", "", []member{{"x.so", old}}, "manylinux_2_17_x86_64", nil},
		"it keeps more":          {"manylinux_2_28_x86_64", "", []member{{"x.so", old}}, "manylinux_2_17_x86_64", nil},
		"an older glibc":         {"manylinux_2_17_x86_64", "", []member{{"a.so", old}, {"x.so", newer}}, "manylinux_2_34_x86_64", []string{"error claims manylinux_2_17_x86_64; x.so: needs GLIBC_2.34"}},
		"both tags":              {"manylinux_2_17_x86_64.manylinux2014_x86_64", "", []member{{"x.so", newer}}, "manylinux_2_34_x86_64", []string{"error claims manylinux_2_17", "error claims manylinux2014"}},
		"another processor":      {"manylinux_2_17_x86_64", "", []member{{"x.so", need("libc.so.6", "GLIBC_2.17", elf.EM_AARCH64)}}, "manylinux_2_17_aarch64", []string{"error claims manylinux_2_17_x86_64; x.so: is not for linux/amd64 but for linux/arm64"}},
		"a library of elsewhere": {"manylinux_2_17_x86_64", "", []member{{"x.so", need("libfoo.so.1", "FOO_1", 0)}}, "linux_x86_64", []string{"error claims manylinux_2_17_x86_64; x.so: needs libfoo.so.1"}},
		"no promise of a libc":   {"linux_x86_64", "", []member{{"x.so", newer}}, "manylinux_2_34_x86_64", nil},
		"any":                    {"any", "", []member{{"x.so", old}}, "manylinux_2_17_x86_64", []string{"warning claims any platform, and has 1 native files"}},
		"a tag of Windows":       {"win_amd64", "", []member{{"x.so", old}}, "manylinux_2_17_x86_64", nil},
		"macOS":                  {"macosx_11_0_arm64", "", []member{{"x.so", macOS(11)}}, "macosx_11_0_arm64", nil},
		"an older macOS":         {"macosx_11_0_arm64", "", []member{{"x.so", macOS(14)}}, "macosx_14_0_arm64", []string{"error claims macosx_11_0_arm64; x.so: the slice for arm64 needs macOS 14.0"}},
		"for every machine":      {"manylinux_2_17_x86_64", "", []member{{"x-1.0.data/purelib/x.so", old}}, "manylinux_2_17_x86_64", []string{"warning x-1.0.data/purelib/x.so is in purelib"}},
		"for one machine":        {"manylinux_2_17_x86_64", "", []member{{"x-1.0.data/platlib/purelib/x.so", old}}, "manylinux_2_17_x86_64", nil},
		"universal":              {"macosx_10_15_universal2", "", []member{{"x.so", universal}}, "macosx_10_15_universal2", nil},
		"not universal":          {"macosx_11_0_universal2", "", []member{{"x.so", macOS(11)}}, "macosx_11_0_arm64", []string{"error claims macosx_11_0_universal2; x.so: is not for darwin/amd64 but for darwin/arm64"}},
		"another tag inside":     {"manylinux_2_17_x86_64", "linux_x86_64", []member{{"x.so", old}}, "manylinux_2_17_x86_64", []string{"warning the name claims manylinux_2_17_x86_64, WHEEL says linux_x86_64"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var inside strings.Builder
			inner := tt.inner
			if inner == "" {
				inner = tt.tags
			}
			for tag := range strings.SplitSeq(inner, ".") {
				inside.WriteString("Tag: cp312-cp312-" + tag + "\n")
			}
			file := zipped(8, append(tt.files, member{"x-1.0.dist-info/WHEEL", inside.String()})...)
			path := "x-1.0-cp312-cp312-" + tt.tags + ".whl"
			source := audit.Source{FS: fstest.MapFS{path: &fstest.MapFile{Data: []byte(file)}}, Path: path, Containers: Walker{}}
			r, err := audit.Check(t.Context(), []audit.Source{source}, audit.Options{})
			require.NoError(t, err)
			last := r.Results[len(r.Results)-1]
			assert.Equal(t, path, last.Path)
			assert.Equal(t, "wheel", last.Format)
			assert.Equal(t, []string{tt.truth}, last.Floor)
			require.Len(t, last.Findings, len(tt.want), "%+v", last.Findings)
			for i, want := range tt.want {
				assert.True(t, strings.HasPrefix(last.Findings[i].Severity.String()+" "+last.Findings[i].Message, want), last.Findings[i].Message)
			}
			if tt.tags == "win_amd64" {
				assert.Contains(t, last.Skipped, abi.Skipped{Rule: "package-tag", Why: "what win_amd64 promises is not known"})
			}
		})
	}
}

// A wheel that has nothing native says nothing that could be held against
// files.
func TestPureWheel(t *testing.T) {
	file := zipped(8, member{"x.py", text}, member{"x-1.0.dist-info/WHEEL", "Tag: py3-none-any\n"})
	source := audit.Source{FS: fstest.MapFS{"a/x.whl": &fstest.MapFile{Data: []byte(file)}}, Path: "a", Containers: Walker{}}
	_, err := audit.Check(t.Context(), []audit.Source{source}, audit.Options{})
	assert.ErrorIs(t, err, audit.ErrNothing)
}

// A wheel for one release of CPython has a file that this release imports.
func TestWheelOfRelease(t *testing.T) {
	const of311, of310 = "m.cpython-311-x86_64-linux-gnu.so", "m.cpython-310-x86_64-linux-gnu.so"
	tests := map[string]struct {
		tags  string
		files []string
		want  string
	}{
		"named for another":     {"cp310-cp310", []string{of311}, "claims cp310-cp310; m.cpython-311-x86_64-linux-gnu.so: its name is for cpython 3.11"},
		"named for its own":     {"cp311-cp311", []string{of311}, ""},
		"one of two fits":       {"cp310-cp310", []string{of311, of310}, ""},
		"one of two releases":   {"cp310.cp311-cp310", []string{of311}, ""},
		"for every release":     {"cp310-cp310", []string{of311, "n.abi3.so"}, ""},
		"of PyPy":               {"cp310-cp310", []string{"m.pypy310-pp73-x86_64-linux-gnu.so"}, "claims cp310-cp310; m.pypy310-pp73-x86_64-linux-gnu.so: its name is for pypy 3.10"},
		"a debug build's":       {"cp37-cp37m", []string{"m.cpython-37m-x86_64-linux-gnu.so"}, ""},
		"without a lock":        {"cp313-cp313t", []string{"m.cpython-313t-x86_64-linux-gnu.so"}, ""},
		"libraries alone":       {"cp310-cp310", []string{"libm.so.1"}, ""},
		"the stable ABI":        {"cp310-abi3", []string{of311}, ""},
		"no ABI":                {"cp310-none", []string{of311}, ""},
		"of any implementation": {"py3-cp310", []string{of311}, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			members := []member{{"m-1.dist-info/WHEEL", "Tag: " + tt.tags + "-linux_x86_64\n"}}
			for _, file := range tt.files {
				members = append(members, member{file, string(tiny.ELF{}.Bytes())})
			}
			path := "m-1-" + tt.tags + "-linux_x86_64.whl"
			source := audit.Source{FS: fstest.MapFS{path: &fstest.MapFile{Data: []byte(zipped(8, members...))}}, Path: path, Containers: Walker{}}
			r, err := audit.Check(t.Context(), []audit.Source{source}, audit.Options{Only: []string{"package-tag"}})
			require.NoError(t, err)
			var got []string
			for _, f := range r.Results[len(r.Results)-1].Findings {
				got = append(got, f.Message)
			}
			assert.Equal(t, tt.want, strings.Join(got, "\n"))
		})
	}
}
