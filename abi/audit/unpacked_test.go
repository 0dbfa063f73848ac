package audit

import (
	"debug/elf"
	"fmt"
	"maps"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/internal/tiny"
)

// Packages that are unpacked below a directory are judged as packed ones are.
func TestUnpacked(t *testing.T) {
	lib := func(library, version string, m elf.Machine) string {
		return string(tiny.ELF{Machine: m, Needs: []tiny.Need{{Library: library, Versions: []tiny.Version{{Name: version, Symbols: []string{"puts"}}}}}}.Bytes())
	}
	intel, arm, musl := lib("libc.so.6", "GLIBC_2.31", 0), lib("libc.so.6", "GLIBC_2.31", elf.EM_AARCH64), lib("libc.musl-x86_64.so.1", "X_1", 0)
	const gemspec = "Gem::Specification.new do |s|\n  s.name = \"x\".freeze\n  s.platform = \"arm64-darwin\".freeze\nend\n"
	const armOnly = `{"name":"x","os":["linux"],"cpu":["arm64"]}`
	tests := map[string]struct {
		files map[string]string
		want  []string // of packages alone: "path: message", in their order
	}{
		"npm":                        {map[string]string{"node_modules/@x/x-arm/package.json": armOnly, "node_modules/@x/x-arm/x.node": intel}, []string{"node_modules/@x/x-arm: claims linux arm64; x.node: is not for linux/arm64 but for linux/amd64"}},
		"npm: keeps":                 {map[string]string{"x/package.json": armOnly, "x/x.node": arm}, []string{"x: claims linux arm64 and no C library; x.node is linked with glibc"}},
		"npm: the root":              {map[string]string{"package.json": armOnly, "b/x.node": intel}, []string{".: claims linux arm64; b/x.node: is not for linux/arm64 but for linux/amd64"}},
		"npm: by directory":          {map[string]string{"x/package.json": `{"name":"x"}`, "x/prebuilds/linux-arm64/x.node": intel}, []string{"x: prebuilds/linux-arm64/x.node: its path says linux/arm64; is not for linux/arm64 but for linux/amd64"}},
		"npm: not to be published":   {map[string]string{"package.json": `{"name":"x","private":true}`, "test/linux-arm64/x.node": intel}, nil},
		"npm: a mark of a syntax":    {map[string]string{"x/package.json": armOnly, "x/cjs/package.json": `{"type":"commonjs"}`, "x/cjs/x.node": intel}, []string{"x: claims linux arm64; cjs/x.node: is not for linux/arm64 but for linux/amd64"}},
		"npm: one in another":        {map[string]string{"package.json": armOnly, "a.node": intel, "node_modules/y/package.json": `{"name":"y","os":"darwin"}`, "node_modules/y/y.node": intel, "z.node": intel}, []string{"node_modules/y: claims darwin; y.node: is not for darwin but for linux/amd64", ".: claims linux arm64; a.node: is not for linux/arm64 but for linux/amd64, and 1 more"}},
		"npm: not understood":        {map[string]string{"x/package.json": `{"name":"x","os":5}`, "x/x.node": intel}, []string{"x! package.json: json: cannot unmarshal number"}},
		"npm: nothing native":        {map[string]string{"x/package.json": `{`, "y.so": intel}, nil},
		"no package":                 {map[string]string{"prebuilds/linux-arm64/x.node": intel}, nil},
		"wheel":                      {map[string]string{"x/_x.so": intel, "y.so": arm, "x-1.0.dist-info/WHEEL": "Tag: cp312-cp312-musllinux_1_2_x86_64\n", "x-1.0.dist-info/RECORD": "x/_x.so,sha256=,5\nx/x.py,,\n"}, []string{"x-1.0.dist-info: claims musllinux_1_2_x86_64; x/_x.so: is built for glibc"}},
		"wheel: a path with a comma": {map[string]string{"x/a,b.so": intel, "x/c,d.so": intel, "x-1.0.dist-info/WHEEL": "Tag: cp312-cp312-musllinux_1_2_x86_64\n", "x-1.0.dist-info/RECORD": "\"x/a,b.so\",sha256=,5\r\nx/c,d.so,sha256=,5\r\n"}, []string{"x-1.0.dist-info: claims musllinux_1_2_x86_64; x/a,b.so: is built for glibc (version \"GLIBC_2.31\" of \"libc.so.6\", needs \"libc.so.6\"); musllinux_1_2 has musl, and 3 more"}},
		"wheels beside":              {map[string]string{"s/x.so": intel, "s/y.so": musl, "s/x-1.dist-info/WHEEL": "Tag: cp312-cp312-linux_aarch64\n", "s/x-1.dist-info/RECORD": "x.so,,\n", "s/y-1.dist-info/WHEEL": "Tag: cp312-cp312-manylinux_2_17_x86_64\n", "s/y-1.dist-info/RECORD": "y.so,,\n"}, []string{"s/x-1.dist-info: claims linux_aarch64; x.so: is not for linux/arm64 but for linux/amd64", "s/y-1.dist-info: claims manylinux_2_17_x86_64; y.so: is built for musl"}},
		"wheel of another release":   {map[string]string{"m.cpython-311-x86_64-linux-gnu.so": intel, "x-1.dist-info/WHEEL": "Tag: cp310-cp310-linux_x86_64\n", "x-1.dist-info/RECORD": "m.cpython-311-x86_64-linux-gnu.so,,\n"}, []string{"x-1.dist-info: claims cp310-cp310; m.cpython-311-x86_64-linux-gnu.so: its name is for cpython 3.11"}},
		"wheel of a distribution":    {map[string]string{"x.so": intel, "x-1.0.dist-info/WHEEL": "Tag: cp312-cp312-musllinux_1_2_x86_64\n"}, nil},
		"gem":                        {map[string]string{"r/gems/x-1-arm64-darwin/lib/x.so": intel, "r/specifications/x-1-arm64-darwin.gemspec": gemspec}, []string{"r/gems/x-1-arm64-darwin: claims arm64-darwin; lib/x.so: is not for darwin/arm64 but for linux/amd64"}},
		"gem that was built there":   {map[string]string{"r/gems/x-1/lib/x.so": intel, "r/specifications/x-1.gemspec": "Gem::Specification.new do |s|\nend\n"}, nil},
		"gems without their papers":  {map[string]string{"r/gems/x-1-arm64-darwin/lib/x.so": intel, "r/specifications/y.gemspec": gemspec}, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			fsys, natives := fstest.MapFS{}, 0
			for name, data := range tt.files {
				fsys[name] = &fstest.MapFile{Data: []byte(data)}
				if data == intel || data == arm || data == musl {
					natives++
				}
			}
			r, err := Check(t.Context(), FilesIn(fsys), Options{Only: []string{"package-tag"}})
			require.NoError(t, err)
			files := maps.Clone(tt.files)
			var got []string
			for _, result := range r.Results {
				if result.Format == "elf" {
					delete(files, result.Path)
					natives--
					continue
				}
				if result.Err != nil {
					got = append(got, result.Path+"! "+result.Err.Error())
				}
				for _, f := range result.Findings {
					got = append(got, result.Path+": "+f.Message)
				}
			}
			assert.Zero(t, natives, "each file has its result")
			require.Len(t, got, len(tt.want), got)
			for i, want := range tt.want {
				assert.Contains(t, got[i], want)
			}
		})
	}
}

// What unpacked packages say is read behind their files, where it is asked for.
func TestReadUnpacked(t *testing.T) {
	elf := string(tiny.ELF{}.Bytes())
	fsys := fstest.MapFS{}
	for name, data := range map[string]string{"a.so": elf, "x/package.json": `{"name":"x","os":"linux"}`, "x/b.so": elf, "y.so": elf, "z/package.json": "{", "z/z.so": elf} {
		fsys[name] = &fstest.MapFile{Data: []byte(data)}
	}
	for wanted, want := range map[bool][]string{
		false: {"a.so", "x/b.so", "y.so", "z/z.so"},
		true:  {"a.so", "x/b.so", "x [linux]", "y.so", "z/z.so", "z! package.json: unexpected end of JSON input"},
	} {
		var got []string
		for e := range Read(t.Context(), FilesIn(fsys), Want{Packages: wanted}) {
			switch {
			case e.Package != nil:
				got = append(got, fmt.Sprint(e.Path, " ", e.Package.Tags))
			case e.Err != nil:
				got = append(got, e.Path+"! "+e.Err.Error())
			default:
				got = append(got, e.Path)
			}
		}
		assert.Equal(t, want, got)
	}
}

// What a package brings is not missing, and what it does not load on a target is
// passed over, in the order of the names.
func TestUnpackedForTarget(t *testing.T) {
	intel, arm := string(tiny.ELF{}.Bytes()), string(tiny.ELF{Machine: elf.EM_AARCH64}.Bytes())
	fsys := fstest.MapFS{}
	for name, data := range map[string]string{
		"a.so": intel, "x/package.json": `{"name":"x"}`, "x/prebuilds/linux-arm64/x.node": arm, "x/prebuilds/linux-x64/x.node": intel, "y.so": arm,
	} {
		fsys[name] = &fstest.MapFile{Data: []byte(data)}
	}
	target := abi.TargetSet{{Name: "here", Platform: abi.Platform{OS: "linux", Arch: "amd64"}}}
	for _, workers := range []int{1, 4} {
		r, err := Check(t.Context(), FilesIn(fsys), Options{Targets: []abi.TargetSet{target}, Workers: workers})
		require.NoError(t, err)
		var paths, wrong []string
		for _, result := range r.Results {
			paths = append(paths, result.Path)
			for _, f := range result.Findings {
				if f.Rule == "wrong-architecture" {
					wrong = append(wrong, result.Path)
				}
			}
		}
		assert.Equal(t, []string{"a.so", "x/prebuilds/linux-arm64/x.node", "x/prebuilds/linux-x64/x.node", "x", "y.so"}, paths)
		assert.Equal(t, []string{"y.so"}, wrong)
		assert.Contains(t, r.Results[1].Skipped, abi.Skipped{Rule: "wrong-architecture", Why: "its path in the package says linux/arm64, which no target is"})
	}
}

// A tree may be one package. Its results come as its files are read, but for those
// that the package may still change.
func TestUnpackedGoThrough(t *testing.T) {
	fsys := fstest.MapFS{"package.json": &fstest.MapFile{Data: []byte(`{"name":"x","os":"linux"}`)}}
	for i := range 50 {
		fsys[fmt.Sprintf("%02d.so", i)] = &fstest.MapFile{Data: oldLib}
	}
	checked := 0
	for r, err := range Results(t.Context(), FilesIn(fsys), Options{Workers: 1, Progress: func(n int) { checked = n }}) {
		require.NoError(t, err)
		if r.Format == "npm" {
			assert.Equal(t, 51, checked)
			continue
		}
		var n int
		_, err := fmt.Sscanf(r.Path, "%d.so", &n)
		require.NoError(t, err)
		assert.Equal(t, n+1, checked, "nothing waits")
	}
}

// Of a package that has more than is held, each file is judged by itself, and the
// package said to be not judged.
func TestUnpackedBeyondBounds(t *testing.T) {
	fsys := fstest.MapFS{"package.json": &fstest.MapFile{Data: []byte(`{"name":"x","os":"darwin"}`)}}
	const most, held = 100, 100 * bare * symbolHeld
	for i := range most + 10 {
		fsys[fmt.Sprintf("%06d.so", i)] = &fstest.MapFile{Data: tiny.ELF{}.Bytes()}
	}
	target := abi.TargetSet{{Name: "here", Platform: abi.Platform{OS: "linux", Arch: "arm64"}}}
	for name, o := range map[string]Options{"files": {}, "results that wait": {Targets: []abi.TargetSet{target}}} {
		o.MaxHeld = held
		r, err := Check(t.Context(), FilesIn(fsys), o)
		require.NoError(t, err, name)
		require.Len(t, r.Results, most+11, name)
		files, packages := 0, 0
		for _, result := range r.Results {
			if result.Format == "elf" {
				assert.Equal(t, fmt.Sprintf("%06d.so", files), result.Path, name)
				files++
				continue
			}
			packages++
			assert.Empty(t, result.Findings, name)
			require.NotEmpty(t, result.Skipped, name)
			assert.Contains(t, result.Skipped[0].Why, fmt.Sprintf("is more than %d bytes: limit max-held", held), name)
		}
		assert.Equal(t, []int{most + 10, 1}, []int{files, packages}, name)
		o.MaxHeld = 2 * held
		r, err = Check(t.Context(), FilesIn(fsys), o)
		require.NoError(t, err, name)
		assert.NotContains(t, fmt.Sprint(r.Results), "max-held", name)
	}
}

// npm installs of the packages for one platform each the one that fits. The others
// of a tree are passed over, but not one that is named.
func TestUnpackedForOthers(t *testing.T) {
	intel, arm := string(tiny.ELF{}.Bytes()), string(tiny.ELF{Machine: elf.EM_AARCH64}.Bytes())
	fsys := fstest.MapFS{}
	for name, data := range map[string]string{
		"n/@x/arm/package.json": `{"name":"x-arm","os":["linux"],"cpu":["arm64"]}`, "n/@x/arm/x.node": arm,
		"n/@x/intel/package.json": `{"name":"x-intel","os":["linux"],"cpu":["x64"]}`, "n/@x/intel/x.node": intel,
		"n/@x/wrong/package.json": `{"name":"x-wrong","os":["linux"],"cpu":["x64"]}`, "n/@x/wrong/x.node": arm,
	} {
		fsys[name] = &fstest.MapFile{Data: []byte(data)}
	}
	target := abi.TargetSet{{Name: "here", Platform: abi.Platform{OS: "linux", Arch: "amd64"}}}
	for named, want := range map[string][]string{"n": {"n/@x/wrong/x.node"}, "n/@x/arm": {"n/@x/arm/x.node"}} {
		r, err := Check(t.Context(), FilesIn(fsys, named), Options{Only: []string{"wrong-architecture"}, Targets: []abi.TargetSet{target}})
		require.NoError(t, err)
		var wrong []string
		for _, result := range r.Results {
			if len(result.Findings) > 0 {
				wrong = append(wrong, result.Path)
			}
			if named == "n" && result.Path == "n/@x/arm/x.node" {
				assert.Equal(t, []abi.Skipped{{Rule: "wrong-architecture", Why: "its package is for another platform: linux arm64"}}, result.Skipped)
			}
		}
		assert.Equal(t, want, wrong, named)
	}
}
