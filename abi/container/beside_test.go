package container

import (
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/abi/audit"
	"github.com/abivet/abivet/internal/elfbuild"
)

// What a package brings where its files look for it is not missing, be it
// unpacked or not.
func TestBroughtAlong(t *testing.T) {
	build := func(rpath string, needed ...string) string {
		i := elfbuild.Image{Needed: needed}
		if rpath != "" {
			i.RPath = []string{rpath}
		}
		return string(i.Bytes())
	}
	files := []member{
		{"x/_x.so", build("$ORIGIN/../x.libs", "liba-1.so", "libgone.so")},
		{"x/alone.so", build("/opt/lib", "liba-1.so")},
		{"x.libs/liba-1.so", build("", "libb-1.so")},
		{"x.libs/libb-1.so", build("")},
		{"x-1.0.dist-info/WHEEL", "Tag: cp312-cp312-linux_x86_64\n"},
	}
	tree := fstest.MapFS{"x.whl": &fstest.MapFile{Data: []byte(zipped(8, files...))}}
	for _, f := range files {
		tree["dir/"+f.name] = &fstest.MapFile{Data: []byte(f.data)}
	}
	target := abi.TargetSet{{Name: "policy", Platform: abi.Platform{OS: "linux", Arch: "amd64"}, Libraries: []string{"libc.so.6"}}}
	for path, prefix := range map[string]string{"x.whl": "x.whl!", "dir": "dir/"} {
		source := audit.Source{FS: tree, Path: path, Containers: Walker{}}
		r, err := audit.Check(t.Context(), []audit.Source{source}, audit.Options{Only: []string{"library-not-in-target"}, Targets: []abi.TargetSet{target}})
		require.NoError(t, err)
		got := map[string][]string{}
		for _, result := range r.Results {
			require.NoError(t, result.Err)
			for _, f := range result.Findings {
				got[result.Path] = append(got[result.Path], f.Severity.String()+" "+f.Subject)
			}
		}
		want := map[string][]string{prefix + "x/_x.so": {"warning libgone.so"}}
		if path == "dir" { // of a whole package another's path is known to lead there
			want[prefix+"x/alone.so"] = []string{"error liba-1.so"}
		}
		assert.Equal(t, want, got)
	}
}
