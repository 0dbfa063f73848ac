package dyld

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/abivet/abivet/abi"
	mb "github.com/abivet/abivet/internal/machobuild"
	"github.com/abivet/abivet/luajit"
	"github.com/abivet/abivet/machocheck"
)

func TestRulesAreSound(t *testing.T) {
	require.NoError(t, abi.Validate(append(Rules(), Within())))
	assert.IsIncreasing(t, ids())
}

func ids() []string {
	var list []string
	for _, r := range Rules() {
		list = append(list, r.ID)
	}
	return list
}

func symbol(name string, library int) mb.ChainedImport {
	return mb.ChainedImport{Name: name, Library: library}
}

// Every rule, and what differs where it is silent.
func TestRules(t *testing.T) {
	a := "@loader_path/a.dylib"
	ios := built(mb.IOS, mb.Version(14, 0, 0), mb.Version(14, 0, 0))
	newer := built(mb.MacOS, mb.Version(14, 0, 0), mb.Version(14, 0, 0))
	old := built(mb.MacOS, mb.Version(10, 13, 0), mb.Version(14, 0, 0))
	team := func(name string) part { return sign(mb.Signed{Flags: 0x10000, Team: name, CMS: cms}) }
	asks := with(mb.Library{Name: a, Compatibility: mb.Version(5, 0, 0)})
	tests := map[string]struct {
		files   files
		request Request
		want    []string
	}{
		"compatibility-version on macOS 11":      {files{"/app": program(old, asks), "/a.dylib": dylib("a", old)}, Request{Release: "11.0"}, []string{"compatibility-version error"}},
		"of a library built for 10.14":           {files{"/app": program(asks), "/a.dylib": dylib("a")}, Request{Release: "11.0"}, []string{"compatibility-version note"}},
		"compatibility-version on macOS 12":      {files{"/app": program(old, asks), "/a.dylib": dylib("a", old)}, Request{Release: "12.0"}, []string{"compatibility-version note"}},
		"the version that is asked for":          {files{"/app": program(old, needs(a)), "/a.dylib": dylib("a", old)}, Request{Release: "11.0"}, nil},
		"dynamic-lookup-unresolved":              {files{"/app": program(exports("_host")), "/p": plugin(imports(symbol("_lost", -2)))}, Request{Path: "/p", Host: "/app"}, []string{"dynamic-lookup-unresolved warning"}},
		"a symbol of the host":                   {files{"/app": program(exports("_host")), "/p": plugin(imports(symbol("_host", -2)))}, Request{Path: "/p", Host: "/app"}, nil},
		"without a host":                         {files{"/p": plugin(imports(symbol("_host", -2)))}, Request{Path: "/p"}, []string{"symbol-not-found note"}},
		"library-aborts":                         {files{"/app": program(needs("/usr/lib/libcrypto.dylib"))}, Request{}, []string{"library-aborts error"}},
		"a library of the system":                {files{"/app": program(needs("/usr/lib/libz.1.dylib"))}, Request{}, nil},
		"library-not-found":                      {files{"/app": program(needs("/opt/a.dylib"))}, Request{}, []string{"library-not-found error"}},
		"a framework that went":                  {files{"/app": program(needs("/System/Library/Frameworks/Python.framework/Versions/2.7/Python"))}, Request{}, []string{"library-not-found error"}},
		"found":                                  {files{"/app": program(needs("/opt/a.dylib")), "/opt/a.dylib": dylib("a")}, Request{}, nil},
		"library-twice":                          {files{"/app": program(needs("@loader_path/libomp.dylib", "@loader_path/libiomp5.dylib")), "/libomp.dylib": dylib("x"), "/libiomp5.dylib": dylib("y")}, Request{}, []string{"library-twice warning"}},
		"a class twice":                          {files{"/app": program(needs(a, "@loader_path/b.dylib")), "/a.dylib": dylib("a", exports("_OBJC_CLASS_$_X")), "/b.dylib": dylib("b", exports("_OBJC_CLASS_$_X"))}, Request{}, []string{"library-twice warning"}},
		"two classes":                            {files{"/app": program(needs(a, "@loader_path/b.dylib")), "/a.dylib": dylib("a", exports("_OBJC_CLASS_$_X")), "/b.dylib": dylib("b", exports("_OBJC_CLASS_$_Y"))}, Request{}, nil},
		"library-validation: another team":       {files{"/app": program(team("ONE"), needs(a)), "/a.dylib": dylib("a", team("TWO"))}, Request{}, []string{"library-validation error"}},
		"library-validation: ad hoc":             {files{"/app": program(team("ONE"), needs(a)), "/a.dylib": dylib("a")}, Request{}, []string{"library-validation error"}},
		"the same team":                          {files{"/app": program(team("ONE"), needs(a)), "/a.dylib": dylib("a", team("ONE"))}, Request{}, nil},
		"with the entitlement":                   {files{"/app": program(hardened, needs(a)), "/a.dylib": dylib("a")}, Request{}, nil},
		"loader-refuses":                         {files{"/app": program(needs(a)), "/a.dylib": "text"}, Request{}, []string{"loader-refuses error"}},
		"minos-inconsistent":                     {files{"/app": program(needs(a)), "/a.dylib": dylib("a", newer)}, Request{}, []string{"minos-inconsistent warning"}},
		"an older library":                       {files{"/app": program(newer, needs(a)), "/a.dylib": dylib("a")}, Request{}, nil},
		"platform-mismatch":                      {files{"/app": program(needs(a)), "/a.dylib": dylib("a", ios)}, Request{}, []string{"platform-mismatch error"}},
		"rpath-unresolved":                       {files{"/app": program(needs("@rpath/a.dylib"), rpath("/x"))}, Request{}, []string{"rpath-unresolved error"}},
		"rpath-unresolved: a plugin":             {files{"/p": plugin(needs("@rpath/a.dylib"), rpath("/x"))}, Request{Path: "/p"}, []string{"rpath-unresolved note"}},
		"a plugin with its host":                 {files{"/app": program(rpath("/x")), "/p": plugin(needs("@rpath/a.dylib")), "/x/a.dylib": dylib("a")}, Request{Path: "/p", Host: "/app"}, nil},
		"slice-missing":                          {files{"/app": program(needs(a)), "/a.dylib": dylib("a", intel)}, Request{}, []string{"slice-missing error"}},
		"symbol-not-found":                       {files{"/app": program(needs(a), imports(symbol("_f", 2))), "/a.dylib": dylib("a", exports("_g"))}, Request{}, []string{"symbol-not-found error"}},
		"symbol-not-found: at the call":          {files{"/app": program(needs(a), lazily(symbol("_f", 2))), "/a.dylib": dylib("a", exports("_g"))}, Request{}, []string{"symbol-not-found warning"}},
		"symbol-not-found: dlopen binds at once": {files{"/p": plugin(needs(a), lazily(symbol("_f", 2))), "/a.dylib": dylib("a", exports("_g"))}, Request{Path: "/p"}, []string{"symbol-not-found error"}},
		"a weak symbol":                          {files{"/app": program(needs(a), imports(mb.ChainedImport{Name: "_f", Library: 2, Weak: true})), "/a.dylib": dylib("a")}, Request{}, nil},
		"a symbol that is re-exported":           {files{"/app": program(needs(a), imports(symbol("_f", 2))), "/a.dylib": dylib("a", offers("@loader_path/b.dylib")), "/b.dylib": dylib("b", exports("_f"), offers("@loader_path/a.dylib"))}, Request{}, nil},
		"a symbol of the main program":           {files{"/app": program(exports("_host")), "/p": plugin(imports(symbol("_host", -1), symbol("_lost", -1)))}, Request{Path: "/p", Host: "/app"}, []string{"symbol-not-found error"}},
		"unsigned-arm64":                         {files{"/app": program(needs(a)), "/a.dylib": dylib("a", without[mb.Signed]())}, Request{}, []string{"unsigned-arm64 error"}},
		"unsigned for Intel":                     {files{"/app": program(intel, needs(a)), "/a.dylib": dylib("a", intel, without[mb.Signed]())}, Request{}, nil},
		"weak-missing":                           {files{"/app": program(weakly(a))}, Request{}, []string{"weak-missing note"}},
		"weak and there":                         {files{"/app": program(weakly(a)), "/a.dylib": dylib("a")}, Request{}, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			p := load(t, tt.files, tt.request)
			assert.ElementsMatch(t, tt.want, found(p), "failures: %v", p.Failures)
		})
	}
}

// cms stands for a signature by a certificate.
func cms([]byte) []byte { return []byte{0x30, 0x80} }

// A LuaJIT comes in by a library, and the program decides.
func TestLuaJIT(t *testing.T) {
	intelMac := abi.Platform{OS: "darwin", Arch: "amd64"}
	main := func(zero uint64) *Object {
		return &Object{Path: "/app", File: &machocheck.File{
			Platform: intelMac, Kind: machocheck.Executable, Segments: []machocheck.Segment{{Name: "__PAGEZERO", Size: zero}},
		}}
	}
	library := func(role luajit.Role, gc64 luajit.Answer) *Object {
		return &Object{Path: "/libluajit.dylib", File: &machocheck.File{
			Platform: intelMac, Kind: machocheck.Library, LuaJIT: &luajit.Info{Role: role, GC64: gc64},
		}}
	}
	extension := &Object{Path: "/ext.bundle", File: &machocheck.File{Platform: intelMac, Kind: machocheck.Bundle}}
	tests := map[string]struct {
		process Process
		want    []string
	}{
		"the default page zero":       {Process{Objects: []*Object{main(1 << 32), library(luajit.Embedded, luajit.No)}}, []string{"luajit-pagezero error"}},
		"a small one":                 {Process{Objects: []*Object{main(0x10000), library(luajit.Embedded, luajit.No)}}, nil},
		"with GC64":                   {Process{Objects: []*Object{main(1 << 32), library(luajit.Embedded, luajit.Yes)}}, nil},
		"not known":                   {Process{Objects: []*Object{main(1 << 32), library(luajit.Embedded, luajit.Unknown)}}, []string{"luajit-pagezero note"}},
		"only linked":                 {Process{Objects: []*Object{main(1 << 32), library(luajit.Linked, luajit.No)}}, nil},
		"a plugin opened by a host":   {Process{Objects: []*Object{main(1 << 32), extension, library(luajit.Embedded, luajit.No)}, Opened: 1}, []string{"luajit-pagezero error"}},
		"a plugin without a host":     {Process{Objects: []*Object{extension, library(luajit.Embedded, luajit.No)}, Plugin: true}, []string{"luajit-host-decides warning"}},
		"and one with GC64":           {Process{Objects: []*Object{extension, library(luajit.Embedded, luajit.Yes)}, Plugin: true}, nil},
		"the plugin's own is its own": {Process{Objects: []*Object{library(luajit.Embedded, luajit.No)}, Plugin: true}, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			assert.ElementsMatch(t, tt.want, found(&tt.process))
		})
	}
}

func TestWithin(t *testing.T) {
	all := files{"/App/bin/app": program(needs("@loader_path/../lib/a.dylib", "/opt/b.dylib")), "/App/lib/a.dylib": dylib("a"), "/opt/b.dylib": dylib("b")}
	p := load(t, all, Request{Path: "/App/bin/app"})
	escaped, _ := abi.Check([]abi.Rule[*Process]{Within("/App")}, p, abi.Target{})
	require.Len(t, escaped, 1)
	assert.Equal(t, "/opt/b.dylib comes from outside /App, by path, on disk", escaped[0].Message)
	escaped, _ = abi.Check([]abi.Rule[*Process]{Within("/App", "/opt/")}, p, abi.Target{})
	assert.Empty(t, escaped)
}

// What is not known is said, and is no failure.
func TestNotJudged(t *testing.T) {
	tests := map[string]struct {
		files   files
		request Request
		verdict Verdict
		want    string
	}{
		"a library that the table does not have": {files{"/app": program(needs("/usr/lib/libnobody.dylib"))}, Request{}, Unknown, "/app needs /usr/lib/libnobody.dylib: the table of macOS libraries does not have it (an SDK may tell: --sdk)"},
		"weakly":                                 {files{"/app": program(weakly("/usr/lib/libnobody.dylib"))}, Request{}, OK, ""},
		"one that an older release may not have": {files{"/app": program(needs("/System/Library/Frameworks/Virtualization.framework/Versions/A/Virtualization"))}, Request{Release: "10.15"}, Unknown, "/app needs /System/Library/Frameworks/Virtualization.framework/Versions/A/Virtualization: whether macOS 10.15 has it is not known; macOS 11 does"},
		"the libraries of iOS":                   {files{"/p": plugin(built(mb.IOS, mb.Version(14, 0, 0), mb.Version(14, 0, 0)))}, Request{Path: "/p"}, Unknown, "/p needs /usr/lib/libSystem.B.dylib: which libraries iOS has is not known"},
		"a framework without its version":        {files{"/app": program(needs("/System/Library/Frameworks/AppKit.framework/AppKit"))}, Request{}, OK, ""},
		"symbols of the system":                  {files{"/app": program(imports(symbol("_puts", 1)))}, Request{}, OK, "1 symbols of 1 libraries of the system (an SDK tells: --sdk)"},
		"a lazy library":                         {files{"/app": program(with(mb.Library{Kind: mb.Lazy, Name: "@loader_path/a.dylib"}))}, Request{}, OK, "/app: @loader_path/a.dylib is loaded at the first call"},
		"symbols of the host":                    {files{"/p": plugin(imports(symbol("_host", -2)))}, Request{Path: "/p"}, OK, "1 symbols that the program that opens it is to have (--host names it)"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			p := load(t, tt.files, tt.request)
			assert.Equal(t, tt.verdict, p.Verdict(), "%v", p.Failures)
			said := append([]string{p.Unknown}, p.NotJudged...)
			assert.Contains(t, said, tt.want)
		})
	}
}

func TestSymbolText(t *testing.T) {
	p := load(t, files{
		"/app":     program(built(mb.MacOS, mb.Version(14, 0, 0), mb.Version(14, 0, 0)), needs("@loader_path/a.dylib"), imports(symbol("_f", 2))),
		"/a.dylib": dylib("a"),
	}, Request{Release: "13.0"})
	require.Len(t, p.Failures, 1)
	assert.Equal(t, "Symbol not found: _f\n  Referenced from: <DEAD0000-0000-0000-0000-000000000002> /app (built for macOS 14.0 which is newer than running OS)\n  Expected in:     <DEAD0000-0000-0000-0000-000000000006> /a.dylib", p.Failures[0].Message)
}
