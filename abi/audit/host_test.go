package audit

import (
	"reflect"
	"testing"
	"testing/fstest"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/abi/extension"
	"github.com/abivet/abivet/elfcheck/ldso"
	"github.com/abivet/abivet/internal/elfbuild"
	mb "github.com/abivet/abivet/internal/machobuild"
	"github.com/abivet/abivet/machocheck/dyld"
)

func TestHostsPassOverWhatIsKnown(t *testing.T) {
	node, lua := []extension.Info{{Host: extension.Node}}, []extension.Info{{Host: extension.Lua}}
	both := append(append([]extension.Info(nil), node...), lua...)
	var h hosts
	hold := func(when string, extensions []extension.Info, want bool) {
		t.Helper()
		if got := h.passesOver("linux/amd64", extensions); got != want {
			t.Errorf("%s: passes over %v: %t", when, extensions, got)
		}
	}
	hold("nothing is known", nil, false)
	h.learn("linux/amd64", lua, false)
	hold("it starts", nil, true)
	hold("a file that was not opened says nothing", lua, false)
	h.learn("linux/amd64", lua, true)
	hold("it is no Lua", lua, true)
	hold("it may be Node.js", node, false)
	hold("it may be one of two", both, false)
	if h.passesOver("linux/arm64", nil) {
		t.Error("as another program it may not start")
	}
}

// image is a file for macOS on arm64 that asks its host for a symbol.
func image(kind uint32, asks, offers string, more ...mb.Command) []byte {
	m := mb.Image{CPU: mb.ARM64, Type: kind, Flags: mb.DyldLink | mb.TwoLevel | mb.PIE, Commands: []mb.Command{
		mb.Segment{Name: "__TEXT", Addr: 1 << 32, Size: 0x8000, MaxProt: 5, InitProt: 5, Header: true, Data: make([]byte, 64)},
		mb.UUID{1}, mb.Build{Platform: mb.MacOS, MinOS: mb.Version(11, 0, 0), SDK: mb.Version(14, 0, 0)},
		mb.Library{Name: "/usr/lib/libSystem.B.dylib"},
		mb.Blob{Kind: mb.ExportsTrie, Data: mb.Trie(offers)},
	}}
	m.Commands = append(m.Commands, more...)
	if asks != "" {
		m.Commands = append(m.Commands, mb.Blob{Kind: mb.ChainedFixups, Data: mb.Chains{Imports: []mb.ChainedImport{{Name: asks, Library: -2}}}.Bytes()})
	}
	if kind == mb.Execute {
		m.Commands = append(m.Commands, mb.Segment{Name: "__PAGEZERO", Size: 1 << 32}, mb.Dylinker("/usr/lib/dyld"), mb.Main{Offset: 0x1000})
	}
	m.Commands = append(m.Commands, mb.Signed{Flags: 0x20002})
	return m.Bytes()
}

// Among the files of a directory the host is blamed for its own extensions
// alone, whatever comes first.
func TestHostOpensItsOwn(t *testing.T) {
	fsys := fstest.MapFS{
		"bin/node":     {Data: image(mb.Execute, "", "_napi_create_function"), Mode: 0o755},
		"lib/a.lua.so": {Data: image(mb.Bundle, "_lua_gettop", "_luaopen_a")},
		"lib/b.node":   {Data: image(mb.Bundle, "_node_api_create_property_key_utf16", "_napi_register_module_v1")},
		"lib/c.lua.so": {Data: image(mb.Bundle, "_lua_gettop", "_luaopen_c")},
		"lib/d.dylib":  {Data: image(mb.Bundle, "_whatever", "_d")},
	}
	o := Options{MachOSpace: dyld.New(fsys), LoadMachO: dyld.Request{Host: "/bin/node"}, Only: []string{"symbol-not-found", "extension-host-abi"}, Workers: 1}
	want := map[string][]string{
		"bin/node": nil, "lib/a.lua.so": {"note symbol-not-found"}, "lib/c.lua.so": {"note symbol-not-found"}, "lib/d.dylib": {"note symbol-not-found"},
		"lib/b.node": {"error extension-host-abi", "error symbol-not-found"},
	}
	sources := FilesIn(fsys)
	sources[0].Inside = true
	found := map[string][]string{}
	for r, err := range Results(t.Context(), sources, o) {
		if err != nil || r.Err != nil {
			t.Fatal(err, r.Err)
		}
		found[r.Path] = nil
		for _, f := range r.Findings {
			found[r.Path] = append(found[r.Path], f.Severity.String()+" "+f.Rule)
		}
	}
	if !reflect.DeepEqual(found, want) {
		t.Errorf("found %v, want %v", found, want)
	}
}

// A program that starts on one release may not on another, where that is said of
// whatever it would open: of the first file and of the next ones alike.
func TestHostStartsOnSomeReleases(t *testing.T) {
	gone := mb.Library{Name: "/System/Library/Frameworks/Python.framework/Versions/2.7/Python"} // with 12.3
	fsys := fstest.MapFS{
		"bin/node":     {Data: image(mb.Execute, "", "_napi_create_function", gone), Mode: 0o755},
		"lib/a.lua.so": {Data: image(mb.Bundle, "_lua_gettop", "_luaopen_a")},
		"lib/b.lua.so": {Data: image(mb.Bundle, "_lua_gettop", "_luaopen_b")},
	}
	o := Options{MachOSpace: dyld.New(fsys), LoadMachO: dyld.Request{Host: "/bin/node"}, Only: []string{"library-not-found"}, Workers: 1}
	for _, release := range []abi.Version{"11", "26"} {
		o.Targets = append(o.Targets, abi.TargetSet{{Name: "macos:" + string(release), Platform: abi.Platform{OS: "darwin", Arch: "arm64"}, MinOS: release}})
	}
	sources := FilesIn(fsys)
	sources[0].Inside = true
	for r, err := range Results(t.Context(), sources, o) {
		if err != nil || r.Err != nil {
			t.Fatal(err, r.Err)
		}
		if len(r.Findings) != 1 || r.Findings[0].Target != "macos:26" {
			t.Errorf("%s: %+v", r.Path, r.Findings)
		}
	}
}

// A program whose own loader is missing starts nowhere, which is said of all files.
func TestHostWithoutLoader(t *testing.T) {
	library := elfbuild.Image{SOName: "libx.so"}.Bytes()
	fsys := fstest.MapFS{
		"bin/python": {Data: elfbuild.Image{Interpreter: "/lib64/ld-linux-x86-64.so.2"}.Bytes(), Mode: 0o755},
		"lib/a.so":   {Data: library}, "lib/b.so": {Data: library},
	}
	o := Options{Space: ldso.New(fsys), Load: ldso.Request{Host: "/bin/python"}, Only: []string{"interpreter-missing"}, Workers: 1}
	sources := FilesIn(fsys)
	sources[0].Inside = true
	for r, err := range Results(t.Context(), sources, o) {
		if err != nil || r.Err != nil {
			t.Fatal(err, r.Err)
		}
		if len(r.Findings) != 1 || r.Findings[0].Subject != "/lib64/ld-linux-x86-64.so.2" {
			t.Errorf("%s: %+v", r.Path, r.Findings)
		}
	}
}
