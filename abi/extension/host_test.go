package extension

import (
	"encoding/binary"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/abivet/abivet/abi"
)

// pythonOf is what a library of CPython of a release exports.
func pythonOf(release string, more ...string) []string {
	names := append(more, "Py_InitializeEx")
	for name := range pythonNames() {
		if inSpans(pythonNames()[name], abi.Version(release)) {
			names = append(names, name)
		}
	}
	return names
}

func luaOf(release string) (names []string) {
	for name, releases := range luaNames() {
		if strings.Contains(releases, release) {
			names = append(names, name)
		}
	}
	return names
}

func TestProvides(t *testing.T) {
	tests := map[string]struct {
		host Host
		img  Image
		want Offer
	}{
		"CPython":                  {CPython, Image{Defined: pythonOf("3.9")}, Offer{Built: "3.9"}},
		"the newest":               {CPython, Image{Defined: pythonOf("3.15")}, Offer{Built: "3.15"}},
		"a patch with more":        {CPython, Image{Defined: pythonOf("3.11", "_PyObject_LookupSpecialId", "PyNew_Name")}, Offer{Built: "3.11"}},
		"without the lock":         {CPython, Image{Defined: pythonOf("3.13", "_Py_MergeZeroLocalRefcount")}, Offer{Built: "3.13", Flags: "t"}},
		"Lua":                      {Lua, Image{Defined: luaOf("5.3")}, Offer{Built: "5.3"}},
		"LuaJIT":                   {Lua, Image{Defined: luaOf("jit")}, Offer{Built: "jit"}},
		"PHP":                      {PHP, Image{Defined: []string{"zend_startup"}, Constants: constants("\x00API20220829,TS\x00API420220829,TS\x00")}, Offer{Built: "API20220829,TS"}},
		"Perl":                     {Perl, Image{Defined: []string{"perl_alloc"}, Constants: constants("\x00v5.36.0\x00")}, Offer{Built: "v5.36.0"}},
		"PHP of Debian":            {PHP, Image{Defined: []string{"php_module_startup"}, Constants: constants("\x00API20240924,NTS\x00")}, Offer{Built: "API20240924,NTS"}},
		"a later Perl":             {Perl, Image{Defined: []string{"perl_alloc"}, Constants: constants("\x00v5.42.3\x00\x00v5.42.0\x00")}, Offer{Built: "v5.42.0"}},
		"a Perl of two series":     {Perl, Image{Defined: []string{"perl_alloc"}, Constants: constants("\x00v5.42.3\x00\x00v5.40.0\x00")}, Offer{}},
		"Ruby, under three lights": {Ruby, Image{Defined: []string{"ruby_setup"}, Constants: constants("\x00ruby 3.1.2p20 +YJIT\x00ruby 3.1.2p20\x00")}, Offer{Built: "3.1"}},
		"Node.js": {Node, Image{
			Defined:   []string{"napi_create_function", "node_api_symbol_for"},
			Constants: constants("https://nodejs.org/download/release/v18.20.4/node-v18.20.4-headers.tar.gz\x00"),
		}, Offer{Built: "108", Floor: "9"}},
		"R":              {R, Image{Defined: []string{"Rf_initEmbeddedR"}}, Offer{}},
		"Erlang":         {Erlang, Image{Defined: []string{"enif_alloc"}, Constants: constants("Erlang/OTP 25%s [erts-13.1.5] [source]")}, Offer{Built: "erts-13.1.5", Floor: "2.16"}},
		"PostgreSQL":     {PostgreSQL, Image{Defined: []string{"errstart"}, Constants: constants(string(block(binary.LittleEndian, "PostgreSQL", 56, 1700, 100, 32, 64, 1)))}, Offer{Built: "17"}},
		"PostgreSQL 18":  {PostgreSQL, Image{Defined: []string{"errstart"}, Constants: constants("postgres (PostgreSQL) 18.6 (Debian 18.6-3)\n\x00")}, Offer{Built: "18"}},
		"PostgreSQL 9.6": {PostgreSQL, Image{Defined: []string{"errstart"}, Constants: constants("postgres (PostgreSQL) 9.6.24\n\x00")}, Offer{Built: "9.6"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			test.want.Host = test.host
			got, ok, err := Provides(test.host, test.img)
			require.NoError(t, err)
			require.True(t, ok)
			assert.Equal(t, test.want, got)
			_, ok, _ = Provides(test.host, Image{Defined: []string{"main"}, Constants: test.img.Constants})
			assert.False(t, ok, "a program that merely says so")
		})
	}
}

func TestCheckOffer(t *testing.T) {
	python := Info{Host: CPython, Floor: "3.10", Raise: []string{"Py_NewRef"}, Releases: []string{"3.10", "3.11"}}
	old := Info{Host: CPython, Outside: []string{"x"}, Releases: []string{"3.8", "3.9"}}
	tests := map[string]struct {
		info  Info
		name  string
		offer Offer
		want  string
	}{
		"the release of its name":    {python, "_x.cpython-311-darwin.so", Offer{Built: "3.11"}, ""},
		"another release":            {python, "_x.cpython-311-darwin.so", Offer{Built: "3.12"}, "named for CPython 3.11, and the host is 3.12"},
		"a build without the lock":   {python, "_x.cpython-313-darwin.so", Offer{Built: "3.13", Flags: "t"}, "the host is 3.13t"},
		"m went away":                {python, "_x.cpython-37m-darwin.so", Offer{Built: "3.7"}, ""},
		"newer than any known":       {python, "_x.cpython-340-darwin.so", Offer{Built: "3.15"}, ""},
		"newer, the host is not":     {python, "_x.cpython-340-darwin.so", Offer{Built: "3.12"}, "named for CPython 3.40, and the host is 3.12"},
		"older than any known":       {python, "_x.cpython-35m-darwin.so", Offer{Built: "3.6"}, ""},
		"the stable ABI, too new":    {python, "_x.abi3.so", Offer{Built: "3.9", Lacks: []string{"Py_NewRef"}}, "needs CPython 3.10 for Py_NewRef"},
		"the stable ABI":             {python, "_x.abi3.so", Offer{Built: "3.15"}, ""},
		"the stable ABI and no lock": {python, "_x.abi3.so", Offer{Built: "3.13", Flags: "t"}, "without the lock"},
		"no name, and gone":          {old, "_x.so", Offer{Built: "3.12"}, "asks for what CPython 3.12 does not have; these do: 3.8, 3.9"},
		"no name, and there":         {old, "_x.so", Offer{Built: "3.8"}, ""},
		"PHP with threads":           {Info{Host: PHP, Built: "API20220829,NTS"}, "x.so", Offer{Built: "API20220829,TS"}, "built for PHP API20220829,NTS, and /h is API20220829,TS"},
		"the same PHP":               {Info{Host: PHP, Built: "API20220829,NTS"}, "x.so", Offer{Built: "API20220829,NTS"}, ""},
		"it could not be told":       {Info{Host: PHP, Built: "API20220829,NTS"}, "x.so", Offer{}, ""},
		"Node-API":                   {Info{Host: Node, Floor: "9", Raise: []string{"node_api_symbol_for"}}, "x.node", Offer{Built: "93", Floor: "8", Lacks: []string{"node_api_symbol_for"}}, "needs Node-API 9 for node_api_symbol_for, and /h has 8"},
		"declared, too new":          {Info{Host: Node, Floor: "8", Declared: "10"}, "x.node", Offer{Built: "115", Floor: "9"}, "is built for Node-API 10, and /h has 9 and refuses it"},
		"declared, and never asked":  {Info{Host: Node, Floor: "8", Declared: "10"}, "x.node", Offer{Built: "72", Floor: "8"}, ""},
		"declared, and there":        {Info{Host: Node, Floor: "8", Declared: "10"}, "x.node", Offer{Built: "127", Floor: "10"}, ""},
		"Node-API that is there":     {Info{Host: Node, Floor: "8"}, "x.node", Offer{Built: "93", Floor: "8"}, ""},
		"NODE_MODULE_VERSION":        {Info{Host: Node, Built: "108"}, "x.node", Offer{Built: "93", Floor: "8"}, "built for Node.js 108"},
		"another Lua":                {Info{Host: Lua, Releases: []string{"5.1", "jit"}}, "x.so", Offer{Built: "5.4"}, "fits Lua 5.1, jit, and /h is 5.4"},
		"that Lua":                   {Info{Host: Lua, Releases: []string{"5.1", "jit"}}, "x.so", Offer{Built: "jit"}, ""},
		"Erlang, older":              {Info{Host: Erlang, Built: "erts-14.0"}, "x.so", Offer{Built: "erts-13.1.5"}, "built for erts-14.0 or later"},
		"Erlang, newer":              {Info{Host: Erlang, Built: "erts-9.0"}, "x.so", Offer{Built: "erts-13.1.5"}, ""},
		"NIF, newer":                 {Info{Host: Erlang, Floor: "2.18", Built: "erts-14.0"}, "x.so", Offer{Built: "erts-15.2.7", Floor: "2.17"}, "needs NIF 2.18, which is of OTP 29.0, and /h (erts-15.2.7) has 2.17"},
		"NIF, older":                 {Info{Host: Erlang, Floor: "2.17", Built: "erts-14.0"}, "x.so", Offer{Built: "erts-17.1.1", Floor: "2.18"}, ""},
		"NIF, newer than any known":  {Info{Host: Erlang, Floor: "2.30"}, "x.so", Offer{Built: "erts-17.1.1", Floor: "2.18"}, ""},
		"a plugin of another build":  {Info{Host: Go, Built: "go1.26.8"}, "x.so", Offer{Built: "go1.26.8", Differ: []string{"example.com/x"}}, "has another build of example.com/x than /h, which refuses it"},
		"a plugin of another Go":     {Info{Host: Go, Built: "go1.25.0"}, "x.so", Offer{Built: "go1.26.8", Differ: []string{"runtime"}}, "it is of go1.25.0, and the program of go1.26.8; build both together"},
		"a plugin of this build":     {Info{Host: Go, Built: "go1.26.8"}, "x.so", Offer{Built: "go1.26.8"}, ""},
		"PostgreSQL":                 {Info{Host: PostgreSQL, Built: "15"}, "x.so", Offer{Built: "17"}, "built for PostgreSQL 15, and /h is 17"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			test.offer.Path = "/h"
			found := File{Info: test.info, Name: test.name}.checkOffer(test.offer)
			if test.want == "" {
				assert.Empty(t, found)
				return
			}
			require.Len(t, found, 1)
			assert.Contains(t, found[0].Message, test.want)
		})
	}
}

func TestHostHasNamesBeforehand(t *testing.T) {
	f := File{Info: Info{Host: CPython, Floor: "3.12", Raise: []string{"PyObject_Vectorcall"}}, Name: "_x.abi3.so"}
	offer := Offer{Host: CPython, Built: "3.11"}
	found := f.checkOffer(offer)
	require.Len(t, found, 1)
	assert.Equal(t, abi.Note, found[0].Severity)
	assert.Contains(t, found[0].Message, "all the same")
	offer.Lacks = f.Raise
	assert.Zero(t, f.checkOffer(offer)[0].Severity, "that of the rule")
}

func TestUndecidedOffer(t *testing.T) {
	known := Offer{Built: "108", Floor: "8"}
	assert.Contains(t, File{Info: Info{Host: Node, Outside: []string{"node_module_register"}}}.undecidedOffer(known), "does not say")
	assert.Empty(t, File{Info: Info{Host: Node, Floor: "8"}}.undecidedOffer(known))
	assert.Empty(t, File{Info: Info{Host: Node, Built: "108"}}.undecidedOffer(known))
	assert.Contains(t, File{Info: Info{Host: Erlang, Floor: "2.30"}}.undecidedOffer(Offer{Built: "erts-17.1.1", Floor: "2.18"}), "newer than what is known")
	assert.Empty(t, File{Info: Info{Host: Erlang, Floor: "2.18"}}.undecidedOffer(Offer{Built: "erts-15.2", Floor: "2.17"}))
	assert.Contains(t, File{Info: Info{Host: Perl, Built: "v5.36.0"}}.undecidedOffer(Offer{}), "could not be told")
}

func TestFixFitsTheHost(t *testing.T) {
	f := File{Info: Info{Host: Perl, Built: "v5.36.0"}}
	assert.Contains(t, f.checkOffer(Offer{Built: "v5.40.0"})[0].Fix, "Makefile.PL")
}

func TestOTP(t *testing.T) {
	for runtime, want := range map[string]string{"erts-6.4": "17.4", "erts-9.3": "20.3", "erts-10.3.5": "21.3", "erts-10.4": "22.0", "erts-10.7.2": "22.3", "erts-11.1.8": "23.1", "erts-15.2.7": "27.2", "erts-5.10": "", "erts-18.1": "30.1", "": "", "erts-x": ""} {
		assert.Equal(t, want, otpOf(runtime), runtime)
	}
}

func TestNodeAPIOfRelease(t *testing.T) {
	for release, want := range map[abi.Version]abi.Version{
		"12.22.12": "8", "14.16.0": "7", "18.16.0": "8", "18.20.4": "9", "19.9.0": "8", "20.2.0": "8", "20.19.2": "9", "22.13.1": "9", "22.14.0": "10", "23.5.0": "9", "26.0.0": "10", "4.0.0": "",
	} {
		assert.Equal(t, want, nodeAPIOf(release), release)
	}
}
