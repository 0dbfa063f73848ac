package dyld

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/abi/extension"
	mb "github.com/abivet/abivet/internal/machobuild"
	"github.com/abivet/abivet/machocheck"
)

// TestHostIsAsked opens an addon in programs that have Node-API, an older one of
// it, and none.
func TestHostIsAsked(t *testing.T) {
	const newer = "_node_api_create_property_key_utf16" // Node-API 10
	addon := plugin(imports(symbol("_napi_create_function", -2), symbol(newer, -2)), exports("_napi_register_module_v1"))
	all := files{
		"/new": program(exports("_napi_create_function", newer)), "/old": program(exports("_napi_create_function")),
		"/other": program(exports("_main")), "/a.node": addon,
	}
	tests := map[string]struct {
		fails   []string // symbols
		serves  bool
		refused int
	}{
		"/new":   {nil, true, 0},
		"/old":   {[]string{newer}, true, 1},
		"/other": {[]string{"_napi_create_function", newer}, false, 0},
	}
	for host, test := range tests {
		p := load(t, all, Request{Path: "/a.node", Host: host})
		var fails []string
		for _, f := range p.Failures {
			assert.Equal(t, "symbol not found in flat namespace '"+f.Subject+"'", f.Message)
			fails = append(fails, f.Subject)
		}
		assert.Equal(t, test.fails, fails, host)
		assert.Equal(t, test.serves, p.Serves(), host)
		refused, undecided := p.Refused()
		assert.Len(t, refused, test.refused, host)
		assert.Equal(t, test.serves, undecided == "", undecided)
	}
	p := load(t, all, Request{Path: "/a.node"})
	assert.False(t, p.Hosted)
	assert.False(t, p.Serves())
	assert.Empty(t, extensionHostABI.Check(p, abi.Target{}))
	assert.Empty(t, extensionHostABI.Skip(p, abi.Target{}))
}

// A library that the host has brought may be the host.
func TestLibraryOffers(t *testing.T) {
	all := files{
		"/app":       program(needs("@loader_path/lua.dylib")),
		"/lua.dylib": dylib("lua", exports("_lua_newstate", "_lua_gettop")),
		"/m.so":      plugin(imports(symbol("_lua_gettop", -2)), exports("_luaopen_m")),
	}
	p := load(t, all, Request{Path: "/m.so", Host: "/app"})
	require.Len(t, p.Offers, 1)
	assert.Equal(t, "/lua.dylib", p.Offers[0].Path)
	assert.Equal(t, extension.Lua, p.Offers[0].Host)
	assert.Empty(t, p.Failures)
}

// What any image may have is named, and a library of the system may have it.
func TestUnresolvedIsNamed(t *testing.T) {
	all := files{"/app": program(), "/p": plugin(imports(symbol("_lost", -2), symbol("_gone", -2)))}
	p := load(t, all, Request{Path: "/p", Host: "/app"})
	assert.Equal(t, OK, p.Verdict())
	assert.Equal(t, []string{"_lost, looked up in all images, is in none that is a file (2 such symbols); a library of the system may have it"}, p.NotJudged)
}

// A host of one architecture takes that slice and no other.
func TestLoads(t *testing.T) {
	all := files{"/app": program(), "/both": mb.Universal(program(intel).Slice(), program().Slice()), "/p": mb.Universal(plugin(intel).Slice(), plugin().Slice())}
	for host, takes := range map[string]map[string]bool{"/app": {"x86_64": false, "arm64": true}, "/both": {"x86_64": true, "arm64": true}} {
		for arch, want := range takes {
			space := New(bundle(all))
			p, err := space.Load(Request{Path: "/p", Host: host, Arch: arch})
			require.NoError(t, err)
			f, err := space.open("/p")
			require.NoError(t, err)
			asked := &machocheck.File{Slice: f.slices[f.pick([]string{arch})]}
			assert.Equal(t, want, p.Loads(asked), "%s in %s", arch, host)
		}
	}
}
