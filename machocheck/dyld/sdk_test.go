package dyld

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const tbd4 = `--- !tapi-tbd
tbd-version:     4
targets:         [ x86_64-macos, x86_64-maccatalyst, arm64-macos, arm64e-macos,
                   arm64e-maccatalyst ]
install-name:    '/usr/lib/libSystem.B.dylib'
current-version: 1311
reexported-libraries:
  - targets:         [ x86_64-macos, arm64e-macos ]
    libraries:       [ '/usr/lib/system/libc.dylib', '/usr/lib/system/libgone.dylib' ]
exports:
  - targets:         [ x86_64-macos, arm64e-macos ]
    symbols:         [ '$ld$hide$os10.4$_old', _mine, '_with, comma',
                       _more ]
    weak-symbols:    [ _weak ]
    objc-classes:    [ Thing ]
    objc-eh-types:   [ Thing ]
    objc-ivars:      [ Thing.field ]
  - targets:         [ x86_64-macos ]
    symbols:         [ '_only$INODE64' ]
--- !tapi-tbd
tbd-version:     4
targets:         [ x86_64-macos, arm64e-macos ]
install-name:    '/usr/lib/system/libc.dylib'
parent-umbrella:
  - targets:         [ x86_64-macos, arm64e-macos ]
    umbrella:        System
exports:
  - targets:         [ x86_64-macos, arm64e-macos ]
    symbols:         [ _puts ]
...
`

const tbd2 = `--- !tapi-tbd-v2
archs:           [ i386, x86_64 ]
uuids:           [ 'i386: 00000000-0000-0000-0000-000000000000' ]
platform:        macosx
install-name:    /usr/lib/libold.dylib
exports:
  - archs:           [ x86_64 ]
    re-exports:      [ /usr/lib/libother.dylib ]
    symbols:         [ _f ]
    objc-classes:    [ _Thing ]
...
`

const tbd5 = `{
 "tapi_tbd_version": 5,
 "main_library": {
  "target_info": [ {"target": "x86_64-macos"}, {"target": "arm64-macos"} ],
  "install_names": [ {"name": "/usr/lib/libnew.dylib"} ],
  "reexported_libraries": [ {"names": ["/usr/lib/libother.dylib"]} ],
  "exported_symbols": [ {
    "data": {"global": ["_d"], "objc_class": ["Thing"], "thread_local": ["_t"]},
    "text": {"global": ["_f"], "weak": ["_w"]} },
   {"targets": ["arm64-macos"], "text": {"global": ["_apple"]}} ]
 }
}`

func TestReadTBD(t *testing.T) {
	tests := map[string]struct {
		text string
		want []Stub
	}{
		"version 4": {tbd4, []Stub{
			{InstallName: "/usr/lib/libSystem.B.dylib", Exports: []StubExports{
				{Archs: []string{"x86_64", "arm64e"}, Reexports: []string{"/usr/lib/system/libc.dylib", "/usr/lib/system/libgone.dylib"}},
				{Archs: []string{"x86_64", "arm64e"}, Symbols: []string{"_mine", "_with, comma", "_more", "_weak", "_OBJC_CLASS_$_Thing", "_OBJC_METACLASS_$_Thing", "_OBJC_EHTYPE_$_Thing", "_OBJC_IVAR_$_Thing.field"}},
				{Archs: []string{"x86_64"}, Symbols: []string{"_only$INODE64"}},
			}},
			{InstallName: "/usr/lib/system/libc.dylib", Exports: []StubExports{{Archs: []string{"x86_64", "arm64e"}, Symbols: []string{"_puts"}}}},
		}},
		"version 2": {tbd2, []Stub{{InstallName: "/usr/lib/libold.dylib", Exports: []StubExports{
			{Archs: []string{"x86_64"}, Reexports: []string{"/usr/lib/libother.dylib"}, Symbols: []string{"_f", "_OBJC_CLASS_$_Thing", "_OBJC_METACLASS_$_Thing"}},
		}}}},
		"version 5": {tbd5, []Stub{{InstallName: "/usr/lib/libnew.dylib", Exports: []StubExports{
			{Archs: []string{"x86_64", "arm64"}, Reexports: []string{"/usr/lib/libother.dylib"}},
			{Archs: []string{"x86_64", "arm64"}, Symbols: []string{"_f", "_w", "_d", "_t", "_OBJC_CLASS_$_Thing", "_OBJC_METACLASS_$_Thing"}},
			{Archs: []string{"arm64"}, Symbols: []string{"_apple"}},
		}}}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := ReadTBD([]byte(tt.text))
			require.NoError(t, err)
			assert.Equal(t, tt.want, got)
			// A file of Windows' line ends is the same.
			got, err = ReadTBD([]byte(strings.ReplaceAll(tt.text, "\n", "\r\n")))
			require.NoError(t, err)
			assert.Equal(t, tt.want, got)
		})
	}
	for name, text := range map[string]string{
		"nothing":              "",
		"another text":         "hello\n",
		"no name":              "--- !tapi-tbd\ntbd-version: 4\n...\n",
		"a list without end":   "--- !tapi-tbd\ninstall-name: x\nexports:\n  - symbols: [ _a, _b",
		"a quote without end":  "--- !tapi-tbd\ninstall-name: x\nexports:\n  - symbols: [ '_a, _b ]\n",
		"JSON of another kind": "{}",
		"JSON cut short":       tbd5[:200],
		"a word alone":         "--- !tapi-tbd\ninstall-name: x\nnonsense\n",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ReadTBD([]byte(text))
			assert.Error(t, err)
		})
	}
}

func FuzzTBD(f *testing.F) {
	for _, seed := range []string{tbd4, tbd2, tbd5, "--- !tapi-tbd\ninstall-name: x\nexports:\n  - symbols: [ "} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		stubs, err := ReadTBD(data)
		if (err == nil) == (len(stubs) == 0) {
			t.Fatalf("ReadTBD returned %d libraries and error %v", len(stubs), err)
		}
		total := 0
		for _, s := range stubs {
			for _, e := range s.Exports {
				for _, name := range e.Symbols {
					total += len(name)
				}
			}
		}
		if most := 64 * (len(data) + 1); total > most {
			t.Fatalf("%d bytes of names from %d: want %d at most", total, len(data), most)
		}
	})
}

// With an SDK, symbols and libraries of the system are judged.
func TestSDK(t *testing.T) {
	sdk := NewSDK(fstest.MapFS{
		"usr/lib/libSystem.tbd": {Data: []byte(tbd4)}, "usr/lib/libnew.tbd": {Data: []byte(tbd5)}, "usr/lib/libbad.tbd": {Data: []byte("x")},
	})
	tests := map[string]struct {
		app  any
		want []string
		say  string // of what is not judged
	}{
		"its own symbol":                   {program(imports(symbol("_mine", 1))), nil, ""},
		"one of a library that it offers":  {program(imports(symbol("_puts", 1))), nil, ""},
		"of a class":                       {program(imports(symbol("_OBJC_CLASS_$_Thing", 1))), nil, ""},
		"perhaps of one that is not there": {program(imports(symbol("_nobody", 1))), nil, "1 symbols of 1 libraries of the system (an SDK tells: --sdk)"},
		"a library of the SDK alone":       {program(needs("/usr/lib/libnew.dylib"), imports(symbol("_apple", 2))), nil, ""},
		"a library that nobody has":        {program(needs("/usr/lib/libbad.dylib")), nil, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			space := New(bundle(files{"/app": tt.app}))
			space.SDK = sdk
			p, err := space.Load(Request{Path: "/app"})
			require.NoError(t, err)
			assert.ElementsMatch(t, tt.want, found(p))
			if tt.say != "" {
				assert.Contains(t, p.NotJudged, tt.say)
			} else {
				assert.Empty(t, p.NotJudged)
			}
			assert.Equal(t, name == "a library that nobody has", p.Unknown != "", p.Unknown)
		})
	}
	known := NewSDK(fstest.MapFS{"usr/lib/libSystem.tbd": {Data: []byte(strings.ReplaceAll(tbd4, ", '/usr/lib/system/libgone.dylib'", ""))}})
	space := New(bundle(files{"/app": program(imports(symbol("_nobody", 1), symbol("_flat", -2)))}))
	space.SDK = known
	p, err := space.Load(Request{Path: "/app"})
	require.NoError(t, err)
	require.Len(t, p.Failures, 2)
	assert.Equal(t, "/usr/lib/libSystem.B.dylib", p.Failures[0].Provider)
	assert.Equal(t, "symbol not found in flat namespace '_flat'", p.Failures[1].Message)
}

func TestSystemTable(t *testing.T) {
	assert.Greater(t, len(since()), 500)
	for name, release := range since() {
		assert.True(t, isSystem(name), name)
		assert.NotEmpty(t, release)
	}
	assert.Len(t, departures(), 4)
}
