package extension

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestFor(t *testing.T) {
	tests := map[string]struct {
		info Info
		name string
		want string
	}{
		"abi3":            {Info{Host: CPython, Floor: "3.7"}, "_x.abi3.so", "CPython, named for the stable ABI (abi3), keeps to the stable ABI of 3.7"},
		"one":             {Info{Host: CPython, Releases: []string{"3.9", "3.10"}}, "_x.cpython-39-darwin.so", "CPython, named for cpython 3.9, what it asks for is in 3.9 to 3.10"},
		"node":            {Info{Host: Node, Built: "108"}, "x.node", "Node.js, NODE_MODULE_VERSION 108 (node-18.0.0)"},
		"napi":            {Info{Host: Node, Floor: "8"}, "x.node", "Node.js, Node-API 8 (Node.js 12.22.0, 14.17.0, 15.12.0, 16.0.0 and later)"},
		"napi, declared":  {Info{Host: Node, Floor: "8", Declared: "10"}, "x.node", "Node.js, Node-API 8 (Node.js 12.22.0, 14.17.0, 15.12.0, 16.0.0 and later), built for Node-API 10"},
		"napi, looked up": {Info{Host: Node, Entries: []string{"napi_register_module_v1"}}, "x.node", "Node.js, Node-API, whose functions it looks up itself"},
		"lua":             {Info{Host: Lua, Releases: []string{"5.1", "jit"}}, "x.so", "Lua, fits 5.1, LuaJIT"},
		"php":             {Info{Host: PHP, Built: "API20220829,TS,debug"}, "x.so", "PHP, PHP 8.2, API20220829,TS,debug"},
		"erlang":          {Info{Host: Erlang, Built: "erts-14.0"}, "x.so", "Erlang, runtime erts-14.0 (OTP 26) or later"},
		"nif":             {Info{Host: Erlang, Built: "erts-14.0", Floor: "2.18"}, "x.so", "Erlang, NIF 2.18 (OTP 29.0 or later)"},
	}
	for name, test := range tests {
		assert.Equal(t, test.want, test.info.For(test.name), name)
	}
}
