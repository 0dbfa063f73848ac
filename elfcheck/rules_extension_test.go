package elfcheck

import (
	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/abi/extension"
)

// module is an extension under a name, with what it needs.
func module(name string, info extension.Info, needed ...string) File {
	return File{Name: name, Platform: amd64, Kind: Shared, Dynamic: true, Needed: needed, Extensions: []extension.Info{info}}
}

func cpython(floor abi.Version, outside ...string) extension.Info {
	x := extension.Info{Host: extension.CPython, Entries: []string{"PyInit__x"}, Outside: outside, Releases: []string{"3.9", "3.10", "3.11"}}
	if len(outside) == 0 {
		x.Floor, x.Raise = floor, []string{"PyType_GetName"}
	}
	return x
}

func linked3(x extension.Info, library string) extension.Info {
	x.Library = library
	return x
}

var extensionHostABICases = map[string]judged{
	"outside the stable ABI": {file: module("_x.abi3.so", cpython("", "_PyUnicode_Ready", "PyUnicode_AsUTF8")),
		want: []string{"error: named for the stable ABI (abi3) | _PyUnicode_Ready, PyUnicode_AsUTF8"}},
	"with an architecture in the name": {file: module("_x.abi3-x86_64-linux-gnu.so", cpython("", "_PyUnicode_Ready")), want: []string{"error: stable ABI"}},
	"a library of the stable ABI may have it": {
		file: module("QtCore.abi3.so", cpython("", "PyRun_String"), "libshiboken6.abi3.so.6.8")},
	"keeps to it":             {file: module("_x.abi3.so", cpython("3.11"))},
	"the name promises none":  {file: module("_x.so", cpython("", "_PyUnicode_Ready"))},
	"of no name that is told": {file: module("", cpython("", "_PyUnicode_Ready"))},
	"newer than is promised": {file: module("_x.abi3.so", cpython("3.11")), target: abi.Target{Name: "ours", Symbols: map[string]abi.Version{"PYTHON": "3.8"}},
		want: []string{"error: needs CPython 3.11 for PyType_GetName | ours has 3.8"}},
	"as old as is promised": {file: module("_x.abi3.so", cpython("3.7")), target: abi.Target{Symbols: map[string]abi.Version{"PYTHON": "3.8"}}},
	"a release that lacks it": {file: module("_x.cpython-38-x86_64-linux-gnu.so", cpython("", "PyUnicode_AsUTF8")),
		want: []string{"error: named for CPython 3.8 | these do: 3.9, 3.10, 3.11"}},
	"a release that has it":       {file: module("_x.cpython-311-x86_64-linux-gnu.so", cpython("", "PyUnicode_AsUTF8"))},
	"a release of the future":     {file: module("_x.cpython-340-x86_64-linux-gnu.so", cpython("", "PyUnicode_AsUTF8"))},
	"without the lock is another": {file: module("_x.cpython-38t-x86_64-linux-gnu.so", cpython("", "PyUnicode_AsUTF8"))},
	"the library of another release": {file: module("_x.cpython-311-x86_64-linux-gnu.so", linked3(cpython("", "PyUnicode_AsUTF8"), "libpython3.9.so.1.0")),
		want: []string{"error: named for CPython 3.11 and needs libpython3.9.so.1.0"}},
	"more of Node-API than is promised": {
		file:   module("x.node", extension.Info{Host: extension.Node, Floor: "9", Raise: []string{"node_api_symbol_for"}}),
		target: abi.Target{Symbols: map[string]abi.Version{"NAPI": "8"}},
		want:   []string{"error: needs Node-API 9 for node_api_symbol_for | the target has 8"}},
	"a Lua that never was":         {file: module("x.so", extension.Info{Host: extension.Lua}), want: []string{"error: no release has together"}},
	"a Lua that there is":          {file: module("x.so", extension.Info{Host: extension.Lua, Releases: []string{"5.4"}})},
	"no extension of any language": {file: File{Name: "libx.abi3.so", Platform: amd64, Kind: Shared}},
}

func brings(host extension.Host, library string) extension.Info {
	return extension.Info{Host: host, Entries: []string{"x"}, Brings: []extension.Brought{{Library: library, Calls: []string{"a", "b"}}}}
}

var extensionExportsCases = map[string]judged{
	"a host may have it":             {file: module("x.so", brings(extension.Ruby, "zlib")), want: []string{"note: exports the zlib | (a, b): where its host has one"}},
	"the host has it":                {file: module("x.node", brings(extension.Node, "zlib")), want: []string{"warning: takes that of Node.js"}},
	"a library that Node.js has not": {file: module("x.node", brings(extension.Node, "libpng")), want: []string{"note: exports the libpng"}},
	"an entry alone":                 {file: module("x.node", extension.Info{Host: extension.Node, Entries: []string{"napi_register_module_v1"}})},
}

var extensionLinksHostCases = map[string]judged{
	"the stable ABI of one release": {file: module("_x.abi3.so", linked3(cpython("3.7"), "libpython3.11.so.1.0")),
		want: []string{"warning: every release of CPython has | libpython3.11.so.1.0"}},
	"the stable ABI's own library": {file: module("_x.abi3.so", linked3(cpython("3.7"), "libpython3.so"))},
	"one release, as Samba does":   {file: module("_x.cpython-311-x86_64-linux-gnu.so", linked3(cpython("3.7"), "libpython3.11.so.1.0"))},
	"a second Lua": {file: module("x.so", extension.Info{Host: extension.Lua, Library: "liblua5.4.so.0"}),
		want: []string{"warning: liblua5.4.so.0"}},
	"an engine of PHP":          {file: module("x.so", extension.Info{Host: extension.PHP, Library: "libphp.so"}), want: []string{"warning: libphp.so"}},
	"Ruby, as distributions do": {file: module("x.so", extension.Info{Host: extension.Ruby, Library: "libruby-3.1.so.3.1"})},
	"a host within a host": {file: File{Platform: amd64, Kind: Shared, Name: "x.abi3.so", Extensions: []extension.Info{
		linked3(cpython("3.7"), "libpython3.11.so.1.0"), {Host: extension.PostgreSQL},
	}}},
}
