package dyld

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/abivet/abivet/abi"
	mb "github.com/abivet/abivet/internal/machobuild"
)

// The comment of a case names the function of dyld that it is after.
func TestSearch(t *testing.T) {
	tests := map[string]struct {
		files   files
		request Request
		want    string // of the first failure; "" loads
	}{
		"@rpath of the program": { // forEachResolvedAtPathVar
			files: files{"/app": program(needs("@rpath/a.dylib"), rpath("@executable_path/lib")), "/lib/a.dylib": dylib("@rpath/a.dylib")},
		},
		"@rpath of the loader's loader": { // the chain of LoadOptions.rpathStack
			files: files{
				"/app":          program(needs("@loader_path/lib/a.dylib"), rpath("@loader_path/deep")),
				"/lib/a.dylib":  dylib("a", needs("@rpath/b.dylib")),
				"/deep/b.dylib": dylib("b"),
			},
		},
		"@rpath of a sister does not count": {
			files: files{
				"/app":          program(needs("@loader_path/a.dylib", "@loader_path/b.dylib")),
				"/a.dylib":      dylib("a", rpath("/deep")),
				"/b.dylib":      dylib("b", needs("@rpath/c.dylib")),
				"/deep/c.dylib": dylib("c"),
			},
			want: "Library not loaded: @rpath/c.dylib\n  Referenced from: <DEAD0000-0000-0000-0000-000000000006> /b.dylib\n  Reason: no LC_RPATH's found",
		},
		"@loader_path in an LC_RPATH is of the file that has it": {
			files: files{
				"/app":                program(needs("@rpath/a.dylib"), rpath("@loader_path/Frameworks")),
				"/Frameworks/a.dylib": dylib("a", needs("@rpath/b.dylib")),
				"/Frameworks/b.dylib": dylib("b"),
			},
		},
		"@loader_path follows links": { // realerPath of makeJustInTimeLoaderDisk
			files: files{
				"/app": program(needs("@loader_path/a.dylib")), "/a.dylib": link("real/a.1.dylib"),
				"/real/a.1.dylib": dylib("a", needs("@loader_path/b.dylib")), "/real/b.dylib": dylib("b"),
			},
		},
		"@executable_path in a library is of the program": {
			files:   files{"/bin/app": program(needs("@loader_path/../lib/a.dylib")), "/lib/a.dylib": dylib("a", needs("@executable_path/b.dylib")), "/bin/b.dylib": dylib("b")},
			request: Request{Path: "/bin/app"},
		},
		"@rpath in an LC_RPATH stands for nothing": {
			files: files{"/app": program(needs("@rpath/a.dylib"), rpath("@rpath/lib")), "/lib/a.dylib": dylib("a")},
			want:  "Library not loaded: @rpath/a.dylib\n  Referenced from: <DEAD0000-0000-0000-0000-000000000002> /app\n  Reason: no LC_RPATH's used.  They may be invalid, eg, not start with '@loader_path' or '@executable_path'",
		},
		"a library of the same install name is taken": { // matchesPath: altInstallName
			files: files{
				"/app":       program(needs("@loader_path/x/a.dylib", "@rpath/a.dylib")),
				"/x/a.dylib": dylib("@rpath/a.dylib"),
			},
		},
		"not found": {
			files: files{"/app": program(needs("@loader_path/a.dylib"))},
			want:  "Library not loaded: @loader_path/a.dylib\n  Referenced from: <DEAD0000-0000-0000-0000-000000000002> /app\n  Reason: tried: '/a.dylib' (no such file)",
		},
		"an absolute path, and what macOS 13 tries besides": { // forEachPathVariant: rawPathOnDisk, cryptexPrefix, rawPath
			files: files{"/app": program(needs("/opt/a.dylib"))},
			want:  "Library not loaded: /opt/a.dylib\n  Referenced from: <DEAD0000-0000-0000-0000-000000000002> /app\n  Reason: tried: '/opt/a.dylib' (no such file), '/System/Volumes/Preboot/Cryptexes/OS/opt/a.dylib' (no such file), '/opt/a.dylib' (no such file)",
		},
		"an absolute path before macOS 13": {
			files:   files{"/app": program(needs("/opt/a.dylib"), built(mb.MacOS, mb.Version(11, 0, 0), mb.Version(13, 0, 0)))},
			request: Request{Release: "12.0"},
			want:    "Library not loaded: /opt/a.dylib\n  Referenced from: <DEAD0000-0000-0000-0000-000000000002> /app\n  Reason: tried: '/opt/a.dylib' (no such file), '/usr/local/lib/a.dylib' (no such file), '/usr/lib/a.dylib' (no such file, not in dyld cache)",
		},
		"an absolute path below the root": {
			files: files{"/app": program(needs("/opt/a.dylib")), "/opt/a.dylib": dylib("/opt/a.dylib")},
		},
		"fallback of an old image": { // requestorNeedsFallbacks: pre2022Binary
			files: files{"/app": program(needs("@loader_path/libz.1.dylib"), built(mb.MacOS, mb.Version(11, 0, 0), mb.Version(12, 0, 0)))},
		},
		"no fallback from SDK 13 on": {
			files: files{"/app": program(needs("@loader_path/libz.1.dylib"), built(mb.MacOS, mb.Version(11, 0, 0), mb.Version(13, 0, 0)))},
			want:  "Library not loaded: @loader_path/libz.1.dylib\n  Referenced from: <DEAD0000-0000-0000-0000-000000000002> /app\n  Reason: tried: '/libz.1.dylib' (no such file)",
		},
		"a variable of the environment": {
			files:   files{"/app": program(needs("/opt/a.dylib")), "/mine/a.dylib": dylib("a")},
			request: Request{LibraryPath: []string{"/mine"}},
		},
		"a hardened program has no variables": { // allowEnvVarsPath
			files:   files{"/app": program(hardened, needs("@loader_path/a.dylib")), "/mine/a.dylib": dylib("a")},
			request: Request{LibraryPath: []string{"/mine"}},
			want:    "Library not loaded: @loader_path/a.dylib\n  Referenced from: <DEAD0000-0000-0000-0000-000000000002> /app\n  Reason: tried: '/a.dylib' (no such file)",
		},
		"a relative path": {
			files: files{"/app": program(needs("lib/a.dylib")), "/lib/a.dylib": dylib("a")},
		},
		"a relative path in a hardened program": {
			files: files{"/app": program(hardened, needs("lib/a.dylib")), "/lib/a.dylib": dylib("a")},
			want:  "Library not loaded: lib/a.dylib\n  Referenced from: <DEAD0000-0000-0000-0000-000000000002> /app\n  Reason: tried: 'lib/a.dylib' (relative path not allowed in hardened program)",
		},
		"a weak library may be missing": {files: files{"/app": program(weakly("@loader_path/a.dylib"))}},
		"a place with a file that is not taken is passed over": {
			files: files{
				"/app":         program(needs("@rpath/a.dylib"), rpath("/one", "/two")),
				"/one/a.dylib": dylib("a", intel), "/two/a.dylib": dylib("a"),
			},
		},
		"a directory": {
			files: files{"/app": program(needs("@loader_path/a.dylib")), "/a.dylib/x": "x"},
			want:  "Library not loaded: @loader_path/a.dylib\n  Referenced from: <DEAD0000-0000-0000-0000-000000000002> /app\n  Reason: tried: '/a.dylib' (not a file)",
		},
		"the path does not leave the root": {
			files: files{"/app": program(needs("@rpath/../../../../a.dylib"), rpath("@loader_path/../..")), "/a.dylib": dylib("a")},
		},
		"a circle": {
			files: files{"/app": program(needs("@loader_path/a.dylib")), "/a.dylib": dylib("a", needs("@loader_path/b.dylib")), "/b.dylib": dylib("b", needs("@loader_path/a.dylib"))},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			p := load(t, tt.files, tt.request)
			got := ""
			if len(p.Failures) > 0 {
				got = p.Failures[0].Message
			}
			assert.Equal(t, tt.want, got)
			assert.Empty(t, p.Unknown)
		})
	}
}

// hardened replaces the signature by one with the hardened runtime that lets
// libraries of others in.
func hardened(m *mb.Image) {
	sign(mb.Signed{Flags: 0x10002, XML: []byte(`<plist version="1.0"><dict><key>com.apple.security.cs.disable-library-validation</key><true/></dict></plist>`)})(m)
}

func TestFilesThatAreNotTaken(t *testing.T) {
	app := program(needs("@loader_path/a.dylib"))
	tests := map[string]struct {
		library any
		app     mb.Image
		request Request
		want    string // within the parentheses
		as      Category
	}{
		"sound":                  {library: dylib("a")},
		"another processor":      {library: dylib("a", intel), want: "mach-o file, but is an incompatible architecture (have 'x86_64', need 'arm64e' or 'arm64e.v1' or 'arm64' or 'arm64')", as: WrongArch},
		"on an older release":    {library: dylib("a", intel), request: Request{Release: "14.0"}, want: "mach-o file, but is an incompatible architecture (have 'x86_64', need 'arm64e' or 'arm64')", as: WrongArch},
		"under Rosetta":          {library: dylib("a"), app: program(intel, needs("@loader_path/a.dylib")), request: Request{Processor: "arm64", Arch: "amd64"}, want: "mach-o file, but is an incompatible architecture (have 'arm64', need 'x86_64')", as: WrongArch},
		"on Intel":               {library: dylib("a"), app: program(intel, needs("@loader_path/a.dylib")), request: Request{Processor: "amd64"}, want: "mach-o file, but is an incompatible architecture (have 'arm64', need 'x86_64h' or 'x86_64')", as: WrongArch},
		"universal, not with it": {library: mb.Universal(dylib("a", intel).Slice(), mb.Part{CPU: mb.I386, Subtype: 3, Data: mb.Image{CPU: mb.I386, Subtype: 3, Type: mb.Dylib, Narrow: true}.Bytes()}), want: "fat file, but missing compatible architecture (have 'x86_64,i386', need 'arm64e' or 'arm64e.v1' or 'arm64' or 'arm64')", as: WrongArch},
		"universal, with it":     {library: mb.Universal(dylib("a", intel).Slice(), dylib("a").Slice())},
		"iOS":                    {library: dylib("a", built(mb.IOS, mb.Version(14, 0, 0), mb.Version(14, 0, 0))), want: "mach-o file (/a.dylib), but incompatible platform (have 'iOS', need 'macOS')", as: WrongPlatform},
		"Catalyst":               {library: dylib("a", built(mb.Catalyst, mb.Version(14, 0, 0), mb.Version(14, 0, 0))), want: "mach-o file (/a.dylib), but incompatible platform (have 'macCatalyst', need 'macOS')", as: WrongPlatform},
		"zippered":               {library: dylib("a", with(mb.Build{Platform: mb.Catalyst, MinOS: mb.Version(14, 0, 0), SDK: mb.Version(14, 0, 0)}))},
		"macOS for Catalyst":     {library: dylib("a"), app: program(needs("@loader_path/a.dylib"), built(mb.Catalyst, mb.Version(14, 0, 0), mb.Version(14, 0, 0)))},
		"a bundle":               {library: plugin(), want: "cannot link against bundle '/a.dylib'", as: NotDlopenable},
		"a program":              {library: program(), want: "cannot link against a main executable '/a.dylib'", as: NotDlopenable},
		"text":                   {library: "hello, this is text", want: "slice is not valid mach-o file", as: BadMachO},
		"text, before":           {library: "hello, this is text", request: Request{Release: "14.0"}, want: "not a mach-o file", as: BadMachO},
		"without a signature":    {library: dylib("a", without[mb.Signed]()), want: "code signing blocked mmap() of '/a.dylib'", as: CodeSignature},
		"no UUID":                {library: dylib("a", without[mb.UUID]()), want: "missing LC_UUID load command", as: BadMachO},
		"no UUID before 15.4":    {library: dylib("a", without[mb.UUID]()), request: Request{Release: "15.3"}},
		"rpath twice":            {library: dylib("a", rpath("/x", "/x"), built(mb.MacOS, mb.Version(11, 0, 0), mb.Version(26, 0, 0))), want: "duplicate LC_RPATH '/x'", as: BadMachO},
		"rpath twice, old SDK":   {library: dylib("a", rpath("/x", "/x"))},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if tt.app.Commands == nil {
				tt.app = app
			}
			p := load(t, files{"/app": tt.app, "/a.dylib": tt.library}, tt.request)
			if tt.want == "" {
				assert.Empty(t, p.Failures)
				return
			}
			if assert.NotEmpty(t, p.Failures) {
				assert.Contains(t, p.Failures[0].Message, "Reason: tried: '/a.dylib' ("+tt.want+")")
				assert.Equal(t, tt.as, p.Failures[0].Category)
			}
		})
	}
}

func TestSlices(t *testing.T) {
	both := mb.Universal(program(intel).Slice(), program().Slice())
	tests := map[string]struct {
		file    any
		request Request
		want    string
	}{
		"Apple silicon takes its own":   {both, Request{}, "arm64"},
		"Intel takes its own":           {both, Request{Processor: "amd64"}, "x86_64"},
		"the one that is asked for":     {both, Request{Arch: "amd64"}, "x86_64"},
		"Rosetta":                       {program(intel), Request{}, "x86_64"},
		"nothing else there is refused": {program(), Request{Processor: "amd64"}, "arm64"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			p := load(t, files{"/app": tt.file}, tt.request)
			assert.Equal(t, tt.want, p.Arch)
			assert.Equal(t, abi.Version("26.0"), p.Release)
		})
	}
	_, err := New(bundle(files{"/app": program()})).Load(Request{Path: "/app", Arch: "amd64"})
	assert.ErrorContains(t, err, "no slice for x86_64: it has arm64")
}

// The program that opens a file decides what the process is.
func TestHost(t *testing.T) {
	all := files{"/app": program(), "/p": mb.Universal(plugin(intel).Slice(), plugin().Slice()), "/q": plugin(intel)}
	p := load(t, all, Request{Path: "/p", Host: "/app", Arch: "x86_64"})
	assert.Equal(t, "arm64", p.Arch)
	assert.Empty(t, p.Failures)
	assert.Equal(t, 1, p.Opened)
	p = load(t, all, Request{Path: "/q", Host: "/app", Release: "14.0"})
	assert.Equal(t, "dlopen(/q, 0x0002): tried: '/q' (mach-o file, but is an incompatible architecture (have 'x86_64', need 'arm64e' or 'arm64'))", p.Failures[0].Message)
	p = load(t, all, Request{Path: "/app", Host: "/app"})
	assert.Len(t, p.Objects, 1, "a program is started, whatever the host")
}
