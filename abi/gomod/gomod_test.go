package gomod

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/abivet/abivet/abi"
)

var linux = abi.Platform{OS: "linux", Arch: "amd64"}

func TestRead(t *testing.T) {
	const said = `{"ImportPath": "runtime/cgo", "Standard": true, "DepOnly": true, "CgoFiles": ["cgo.go"]}
{"ImportPath": "example.com/x/y", "Dir": "/m/y", "Module": {"Path": "example.com/x", "Version": "v1.2.3", "Dir": "/m"},
 "CgoFiles": ["y.go"], "CgoLDFLAGS": ["-L/m/y/libs", "-lfoo"]}`
	b, err := Read(strings.NewReader(said), linux)
	require.NoError(t, err)
	assert.Equal(t, []string{"example.com/x/y"}, b.Named())
	std, others := b.Cgo()
	require.Len(t, std, 1)
	require.Len(t, others, 1)
	assert.Equal(t, "example.com/x/y of example.com/x@v1.2.3", others[0].String())
	assert.Equal(t, "example.com/x@v1.2.3: y/libs/libfoo.a", others[0].Place(filepath.FromSlash("/m/y/libs/libfoo.a")))
	assert.Equal(t, "example.com/x@v1.2.3: "+filepath.FromSlash("/usr/lib/libfoo.a"), others[0].Place(filepath.FromSlash("/usr/lib/libfoo.a")))

	_, err = Read(strings.NewReader("{}\n{"), linux)
	assert.ErrorContains(t, err, "go list: package 2")
	b, err = Read(strings.NewReader(""), linux)
	require.NoError(t, err)
	assert.Empty(t, b.Packages)
}

func TestModuleString(t *testing.T) {
	for want, m := range map[string]Module{
		"a.b/c":        {Path: "a.b/c", Main: true},
		"a.b/d@v1.0.0": {Path: "a.b/d", Version: "v1.0.0"},
		"f.g/h@v2.0.0": {Path: "a.b/e", Version: "v1.0.0", Replace: &Module{Path: "f.g/h", Version: "v2.0.0"}},
		"a.b/f":        {Path: "a.b/f", Version: "v1.0.0", Replace: &Module{Path: "../f"}},
	} {
		assert.Equal(t, want, m.String())
	}
}

func TestFiles(t *testing.T) {
	tests := map[string]struct {
		flags []string
		os    string
		want  []string
	}{
		"by path":                    {[]string{"/p/libs/liba.a"}, "linux", []string{"/p/libs/liba.a"}},
		"by a path from the package": {[]string{"libs/liba.a"}, "linux", []string{"/p/libs/liba.a"}},
		"by name":                    {[]string{"-L/p/libs", "-la"}, "linux", []string{"/p/libs/liba.a"}},
		"in two words":               {[]string{"-L", "libs", "-l", "a"}, "linux", []string{"/p/libs/liba.a"}},
		"the name comes first":       {[]string{"-la", "-L/p/libs"}, "linux", []string{"/p/libs/liba.a"}},
		"the shared one is taken":    {[]string{"-L/p/libs", "-lb"}, "linux", []string{"/p/libs/libb.so"}},
		"but not on macOS":           {[]string{"-L/p/libs", "-lb"}, "darwin", []string{"/p/libs/libb.a"}},
		"a dylib":                    {[]string{"-L/p/libs", "-lc"}, "darwin", []string{"/p/libs/libc.dylib"}},
		"an exact name":              {[]string{"-L/p/libs", "-l:liba.a"}, "linux", []string{"/p/libs/liba.a"}},
		"another's directory":        {[]string{"-le"}, "linux", []string{"/q/libs/libe.a"}},
		"of the system":              {[]string{"-L/p/libs", "-lm", "-lpthread"}, "linux", nil},
		"handed over whole":          {[]string{"-Wl,--whole-archive,/p/libs/liba.a,--no-whole-archive"}, "linux", []string{"/p/libs/liba.a"}},
		"forced":                     {[]string{"-Wl,-force_load,libs/liba.a"}, "darwin", []string{"/p/libs/liba.a"}},
		"a path that is no input":    {[]string{"-Wl,-rpath,/p/libs/liba.a", "-framework", "x.a"}, "darwin", nil},
		"with a version":             {[]string{"libs/libd.so.1"}, "linux", []string{"/p/libs/libd.so.1"}},
		"what is not there":          {[]string{"libs/libz.a"}, "linux", nil},
		"a flag that has no word":    {[]string{"-l"}, "linux", nil},
	}
	there := map[string]bool{}
	for _, name := range []string{"/p/libs/liba.a", "/p/libs/libb.a", "/p/libs/libb.so", "/p/libs/libc.dylib", "/p/libs/libd.so.1", "/q/libs/libe.a"} {
		there[filepath.FromSlash(name)] = true
	}
	for reason, test := range tests {
		b := &Build{Platform: abi.Platform{OS: test.os, Arch: "amd64"}, Packages: []Package{
			{ImportPath: "p", Dir: "/p", CgoLDFLAGS: test.flags},
			{ImportPath: "q", Dir: "/q", CgoLDFLAGS: []string{"-Llibs"}},
			{ImportPath: "std", Dir: "/std", Standard: true, SysoFiles: []string{"race.syso"}},
		}}
		var have []string
		for _, use := range b.Files(func(name string) bool { return there[name] }) {
			have = append(have, filepath.ToSlash(use.File))
		}
		assert.Equal(t, test.want, have, reason)
	}
}

func TestFilesOfPackages(t *testing.T) {
	b := &Build{Platform: linux, Packages: []Package{{ImportPath: "p", Dir: "/p", SysoFiles: []string{"a_linux.syso"}, EmbedFiles: []string{"data/b.so"}}}}
	uses := b.Files(func(string) bool { return false })
	require.Len(t, uses, 2)
	assert.Equal(t, "/p/a_linux.syso", filepath.ToSlash(uses[0].File))
	assert.False(t, uses[0].Embedded)
	assert.Equal(t, "/p/data/b.so", filepath.ToSlash(uses[1].File))
	assert.True(t, uses[1].Embedded)
}

func TestRules(t *testing.T) {
	require.NoError(t, abi.Validate(Rules()))
	std := func(path string) Package {
		return Package{ImportPath: path, Standard: true, CgoFiles: []string{"c.go"}}
	}
	cgo := Package{ImportPath: "example.com/c", CgoFiles: []string{"c.go"}}
	jit := Package{ImportPath: "example.com/jit", CgoFiles: []string{"j.go"}, CgoLDFLAGS: []string{"-lluajit-5.1", "-Wl,-pagezero_size,10000"}}
	tests := map[string]struct {
		os       string
		packages []Package
		want     []string
	}{
		"the resolver alone":               {"linux", []Package{std("runtime/cgo"), std("net")}, []string{"accidental-cgo"}},
		"somebody needs C":                 {"linux", []Package{std("runtime/cgo"), std("net"), cgo}, nil},
		"nobody uses cgo":                  {"linux", []Package{{ImportPath: "net", Standard: true}}, nil},
		"plugins do not work without":      {"linux", []Package{std("runtime/cgo"), std("plugin")}, nil},
		"macOS has one C library":          {"darwin", []Package{std("runtime/cgo"), std("net")}, nil},
		"a flag that is refused":           {"darwin", []Package{std("runtime/cgo"), jit}, []string{"luajit-cgo-flags"}},
		"LuaJIT without it":                {"darwin", []Package{{ImportPath: "j", CgoFiles: []string{"j.go"}, CgoLDFLAGS: []string{"-lluajit-5.1"}}}, []string{"luajit-cgo-flags"}},
		"its archive":                      {"darwin", []Package{{ImportPath: "j", Dir: "/j", CgoFiles: []string{"j.go"}, CgoLDFLAGS: []string{"/j/libluajit.a"}}}, []string{"luajit-cgo-flags"}},
		"another library, beside it":       {"darwin", []Package{{ImportPath: "j", CgoFiles: []string{"j.go"}, CgoLDFLAGS: []string{"-L/opt/luajit", "-llua"}}}, nil},
		"by pkg-config":                    {"darwin", []Package{{ImportPath: "j", CgoFiles: []string{"j.go"}, CgoPkgConfig: []string{"zlib", "luajit"}}}, []string{"luajit-cgo-flags"}},
		"pkg-config of plain Lua":          {"darwin", []Package{{ImportPath: "j", CgoFiles: []string{"j.go"}, CgoPkgConfig: []string{"lua5.1"}}}, nil},
		"LuaJIT on Linux":                  {"linux", []Package{{ImportPath: "j", CgoFiles: []string{"j.go"}, CgoLDFLAGS: []string{"-lluajit-5.1"}}}, nil},
		"another image base, in two words": {"darwin", []Package{{ImportPath: "j", CgoLDFLAGS: []string{"-image_base", "100000000"}}}, []string{"luajit-cgo-flags"}},
	}
	for reason, test := range tests {
		findings, _ := abi.Check(Rules(), &Build{Platform: abi.Platform{OS: test.os, Arch: "amd64"}, Packages: test.packages}, abi.Target{})
		var have []string
		for _, f := range findings {
			have = append(have, f.Rule)
		}
		assert.Equal(t, test.want, have, reason)
	}
}
