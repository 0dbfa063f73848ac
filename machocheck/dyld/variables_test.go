package dyld

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	mb "github.com/abivet/abivet/internal/machobuild"
)

func TestVariables(t *testing.T) {
	const framework = "/Library/Frameworks/A.framework/Versions/1/A"
	inFramework := files{"/app": program(needs(framework), built(mb.MacOS, mb.Version(12, 0, 0), mb.Version(14, 0, 0))), "/mine/A.framework/Versions/1/A": dylib(framework)}
	restrict := with(mb.Segment{Name: "__RESTRICT", Sections: []mb.Section{{Name: "__restrict"}}})
	env := func(variable string, parts ...part) files {
		app := program(append(parts, needs("@loader_path/a.dylib"), with(mb.Environment(variable)))...)
		return files{"/bin/app": app, "/lib/a.dylib": dylib("a")}
	}
	bin := Request{Path: "/bin/app"}
	tests := map[string]struct {
		files   files
		request Request
		want    Verdict
	}{
		"no framework":                            {inFramework, Request{}, Fail},
		"DYLD_FRAMEWORK_PATH":                     {inFramework, Request{FrameworkPath: []string{"/none", "/mine"}}, OK},
		"DYLD_FALLBACK_FRAMEWORK_PATH":            {inFramework, Request{FrameworkFallback: []string{"/mine"}}, OK},
		"DYLD_LIBRARY_PATH is not for frameworks": {inFramework, Request{LibraryPath: []string{"/mine/A.framework/Versions/1"}}, Fail},
		"a file of another name in a framework is a library": {
			files{"/app": program(needs("/opt/A.framework/Libraries/b.dylib")), "/mine/b.dylib": dylib("b")}, Request{LibraryPath: []string{"/mine"}}, OK,
		},
		"an old image has frameworks at last": {
			files{"/app": program(needs("/opt/A.framework/A"), built(mb.MacOS, mb.Version(11, 0, 0), mb.Version(12, 0, 0))), "/Library/Frameworks/A.framework/A": dylib("/opt/A.framework/A")}, Request{}, OK,
		},
		"a restricted program has no variables": {
			files{"/app": program(restrict, needs("@loader_path/a.dylib")), "/mine/a.dylib": dylib("a")}, Request{LibraryPath: []string{"/mine"}}, Fail,
		},
		"LC_DYLD_ENVIRONMENT":                        {env("DYLD_LIBRARY_PATH=/none:@executable_path/../lib"), bin, OK},
		"LC_DYLD_ENVIRONMENT with @loader_path":      {env("DYLD_FALLBACK_LIBRARY_PATH=@loader_path/../lib"), bin, OK},
		"LC_DYLD_ENVIRONMENT with @rpath":            {env("DYLD_LIBRARY_PATH=@rpath/../lib"), bin, Fail},
		"LC_DYLD_ENVIRONMENT of another variable":    {env("LIBRARY_PATH=/lib"), bin, Fail},
		"LC_DYLD_ENVIRONMENT in a hardened program":  {env("DYLD_LIBRARY_PATH=/lib", hardened), bin, Unknown},
		"what is not found through it either, fails": {env("DYLD_LIBRARY_PATH=/none", hardened), bin, Fail},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			p := load(t, tt.files, tt.request)
			assert.Equal(t, tt.want, p.Verdict(), "%+v", p.Failures)
		})
	}
	p := load(t, env("DYLD_VERSIONED_LIBRARY_PATH=/lib"), bin)
	assert.Contains(t, p.NotJudged, `/bin/app: LC_DYLD_ENVIRONMENT "DYLD_VERSIONED_LIBRARY_PATH=/lib" is not looked at`)
}

func TestInserted(t *testing.T) {
	all := func(parts ...part) files {
		return files{
			"/app": program(append(parts, needs("@loader_path/a.dylib"), imports(symbol("_f", -2)))...), "/a.dylib": dylib("a"),
			"/in/x.dylib": dylib("x", needs("@loader_path/y.dylib"), exports("_f")), "/in/y.dylib": dylib("y"), "/no.dylib": []byte("no"),
		}
	}
	paths := func(p *Process) (list []string) {
		for _, o := range p.Objects {
			list = append(list, o.Path)
		}
		return list
	}
	p := load(t, all(), Request{Insert: []string{"/in/x.dylib", "/in/x.dylib", "/a.dylib"}})
	assert.Equal(t, OK, p.Verdict(), "%v", p.Failures)
	assert.Equal(t, []string{"/app", "/in/x.dylib", "/a.dylib", "/in/y.dylib"}, paths(p))
	assert.Empty(t, p.NotJudged, "what it exports is found")

	p = load(t, all(), Request{Insert: []string{"/none.dylib", "/no.dylib"}})
	require.Len(t, p.Failures, 2)
	assert.Equal(t, MissingLibrary, p.Failures[0].Category)
	assert.Contains(t, p.Failures[0].Message, "terminating because inserted dylib '/none.dylib' could not be loaded: tried: '/none.dylib' (no such file)")
	assert.Equal(t, BadMachO, p.Failures[1].Category)

	p = load(t, all(), Request{Insert: []string{"@loader_path/in/x.dylib"}})
	assert.Equal(t, Fail, p.Verdict(), "dyld does not expand it there")
	p = load(t, all(), Request{Insert: []string{"@executable_path/in/x.dylib"}})
	assert.Equal(t, OK, p.Verdict(), "%v", p.Failures)

	p = load(t, all(hardened), Request{Insert: []string{"/none.dylib"}})
	assert.Equal(t, []string{"/app", "/a.dylib"}, paths(p), "a restricted program has no variables")
}

func TestFrameworkPart(t *testing.T) {
	for name, want := range map[string]string{ // the comment of PathOverrides::getFrameworkPartialPath
		"/path/foo.framework/foo":                          "foo.framework/foo",
		"/path/foo.framework/Versions/A/foo":               "foo.framework/Versions/A/foo",
		"/path/foo.framework/Frameworks/bar.framework/bar": "bar.framework/bar",
		"/path/foo.framework/Libraries/bar.dylib":          "",
		"/path/foo.framework/bar":                          "",
		"foo.framework/foo":                                "foo.framework/foo",
		"@rpath/foo.framework/foo":                         "foo.framework/foo",
		"/usr/lib/libz.dylib":                              "",
	} {
		assert.Equal(t, want, frameworkPart(name), name)
	}
}

// A symbol of a weak library that is missing is 0 only where it is weak itself.
func TestSymbolsOfMissingLibrary(t *testing.T) {
	weak := mb.ChainedImport{Name: "_f", Library: 2, Weak: true}
	strong := mb.ChainedImport{Name: "_f", Library: 2}
	app := func(parts ...part) files {
		return files{"/app": program(append(parts, weakly("@loader_path/a.dylib"))...)}
	}
	assert.Equal(t, OK, load(t, app(imports(weak)), Request{}).Verdict())
	p := load(t, app(imports(strong)), Request{})
	assert.Equal(t, Fail, p.Verdict())
	assert.Equal(t, "Symbol not found: _f\n  Referenced from: <"+p.Objects[0].File.UUID+"> /app\n  Expected in:     <no uuid> unknown", p.Failures[0].Message)
	p = load(t, app(imports(strong)), Request{Release: "11.0"})
	assert.Equal(t, "can't resolve symbol _f in /app because dependent dylib @loader_path/a.dylib could not be loaded", p.Failures[0].Message)
	p = load(t, app(lazily(strong)), Request{})
	assert.Equal(t, OK, p.Verdict())
	assert.Len(t, p.Deferred, 1, "it fails when it is called")
	// That a library that must be there is missing is one failure, not two.
	p = load(t, files{"/app": program(imports(strong), needs("@loader_path/a.dylib"))}, Request{})
	assert.Len(t, p.Failures, 1)
}
