package extension

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/abivet/abivet/abi"
)

func TestTables(t *testing.T) {
	for name, table := range map[string]map[string]string{
		"cpython": stableABI(), "python": pythonNames(), "node": nodeAPI(), "nodeabi": nodeModules(),
		"noderelease": nodeReleases(), "php": phpReleases(), "lua": luaNames(), "erlang": nifReleases(), "erlangruntime": otpReleases(), "brought": decoded(broughtData),
	} {
		assert.Greater(t, len(table), 6, name)
	}
	for name, known := range stableABI() {
		since, condition, _ := strings.Cut(known, " ")
		_, err := abi.ParseVersion(since)
		assert.NoError(t, err, name)
		if condition == "" && abi.Version(since).Less("3.15") {
			assert.NotEmpty(t, pythonNames()[name], "%s is of the stable ABI, and no library has it", name)
			assert.Regexp(t, `-$`, pythonNames()[name], name)
		}
	}
	for _, version := range nodeAPI() {
		assert.NotEmpty(t, nodeReleases()[version], version)
	}
}

func TestLibraries(t *testing.T) {
	for _, name := range []string{"libpython3.11.so.1.0", "libpython3.7m.so.1.0", "libpython3.so", "@rpath/libpython3.12.dylib", "libpypy3-c.so", "/Library/Frameworks/Python.framework/Versions/3.11/Python"} {
		assert.True(t, isPythonLibrary(name), name)
	}
	for _, name := range []string{"liblua5.4.so.0", "liblua.so.5.4", "liblua5.3-c++.so.0", "liblua-5.4.so", "libluajit-5.1.so.2", "liblua.5.4.dylib"} {
		assert.True(t, isLuaLibrary(name), name)
	}
	for _, name := range []string{"liblua5.4-socket.so.2", "libluabind.so.1", "libpythonize.so"} {
		assert.False(t, isLuaLibrary(name) || isPythonLibrary(name), name)
	}
}
