package extension

import (
	"encoding/binary"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/abivet/abivet/abi"
)

func constants(text string) []Region {
	return []Region{{Data: strings.NewReader(text), Size: int64(len(text))}}
}

func double(f float64) string {
	return string(binary.LittleEndian.AppendUint64(nil, math.Float64bits(f)))
}

var newLuas = []string{"5.2", "5.3", "5.4", "5.5"}

func TestRecognise(t *testing.T) {
	tests := map[string]struct {
		img  Image
		want []Info
	}{
		"nothing": {Image{Defined: []string{"main", "get_modules", "nif_initialise"}, Imported: []string{"Py_Initialize"}}, nil},
		"CPython, stable": {
			Image{Defined: []string{"PyInit__x"}, Imported: []string{"PyLong_FromLong", "PyType_GetName"}, Weak: []string{"_PyUnicode_Ready"}},
			[]Info{{Host: CPython, Entries: []string{"PyInit__x"}, Floor: "3.11", Raise: []string{"PyType_GetName"}, Releases: []string{"3.11", "3.12", "3.13", "3.14", "3.15"}}},
		},
		"CPython, of one release": {
			Image{Defined: []string{"PyInit__x"}, Imported: []string{"PyUnicode_AsUTF8", "_PyUnicode_Ready", "PySide_Own"}, Libraries: []string{"libpython3.11.so.1.0"}},
			[]Info{{
				Host: CPython, Entries: []string{"PyInit__x"}, Outside: []string{"PyUnicode_AsUTF8", "_PyUnicode_Ready"}, Raise: []string{"_PyUnicode_Ready"},
				Releases: []string{"3.6", "3.7", "3.8", "3.9", "3.10", "3.11"}, Library: "libpython3.11.so.1.0",
			}},
		},
		"CPython itself": {Image{Defined: []string{"PyInit__io", "Py_InitializeEx"}}, nil},
		"PyPy":           {Image{Defined: []string{"PyInit__x"}, Imported: []string{"PyPyLong_FromLong"}}, []Info{{Host: PyPy, Entries: []string{"PyInit__x"}}}},
		"Ruby": {
			Image{Defined: []string{"Init_x"}, Imported: []string{"rb_define_module"}, Libraries: []string{"libc.so.6", "libruby-3.1.so.3.1"}},
			[]Info{{Host: Ruby, Entries: []string{"Init_x"}, Library: "libruby-3.1.so.3.1", Built: "3.1"}},
		},
		"words that Ruby uses": {Image{Defined: []string{"Init_Table"}, Imported: []string{"malloc"}}, nil},
		"Perl": {
			Image{Defined: []string{"boot_X__Y"}, Imported: []string{"Perl_xs_handshake"}, Constants: constants("X.c\x00v5.36.0\x001.02\x00")},
			[]Info{{Host: Perl, Entries: []string{"boot_X__Y"}, Built: "v5.36.0"}},
		},
		"PHP, and a Zend extension in one": {
			Image{Defined: []string{"get_module", "zend_extension_entry"}, Imported: []string{"zend_parse_arg"}, Constants: constants("\x00API420220829,NTS\x00API20220829,NTS\x00")},
			[]Info{{Host: PHP, Entries: []string{"get_module", "zend_extension_entry"}, Built: "API20220829,NTS"}},
		},
		"PHP, two marks that differ": {
			Image{Defined: []string{"get_module"}, Imported: []string{"zend_parse_arg"}, Constants: constants("\x00API20220829,NTS\x00\x00API20220829,TS,debug\x00")},
			[]Info{{Host: PHP, Entries: []string{"get_module"}}},
		},
		"Node-API": {
			Image{Defined: []string{"napi_register_module_v1"}, Imported: []string{"napi_create_object", "napi_create_date", "uv_run"}},
			[]Info{{Host: Node, Entries: []string{"napi_register_module_v1"}, Floor: "5", Raise: []string{"napi_create_date"}}},
		},
		"Node.js, by its own classes": {
			Image{Defined: []string{"node_register_module_v108"}, Imported: []string{"_ZN2v87Isolate10GetCurrentEv", "_ZNK2v85Value8IsNumberEv"}},
			[]Info{{Host: Node, Entries: []string{"node_register_module_v108"}, Built: "108", Outside: []string{"_ZN2v87Isolate10GetCurrentEv", "_ZNK2v85Value8IsNumberEv"}}},
		},
		"Node.js, by a constructor": {
			Image{Imported: []string{"node_module_register"}},
			[]Info{{Host: Node, Entries: []string{"node_module_register"}, Outside: []string{"node_module_register"}}},
		},
		"Java": {Image{Defined: []string{"JNI_OnLoad_x", "Java_a_B_c"}}, []Info{{Host: Java, Entries: []string{"JNI_OnLoad_x", "Java_a_B_c"}}}},
		"Lua 5.3": {
			Image{Defined: []string{"luaopen_x"}, Imported: []string{"lua_newuserdata", "lua_rotate"}},
			[]Info{{Host: Lua, Entries: []string{"luaopen_x"}, Releases: []string{"5.3"}, Raise: []string{"lua_newuserdata", "lua_rotate"}}},
		},
		"Lua, by the number that it checks": {
			Image{Defined: []string{"luaopen_x"}, Imported: []string{luaCheck, "lua_pushinteger"}, Constants: constants("version\x00" + double(503))},
			[]Info{{Host: Lua, Entries: []string{"luaopen_x"}, Releases: []string{"5.3"}, Raise: []string{luaCheck}, Evidence: []string{"luaL_checkversion_ is handed the number of Lua 5.3"}}},
		},
		"Lua, two such numbers":                   {Image{Defined: []string{"luaopen_x"}, Imported: []string{luaCheck}, Constants: constants(double(503) + double(502))}, []Info{{Host: Lua, Entries: []string{"luaopen_x"}, Releases: newLuas, Raise: []string{luaCheck}}}},
		"Lua, a number across words":              {Image{Defined: []string{"luaopen_x"}, Imported: []string{luaCheck}, Constants: constants("1234" + double(503) + "5678")}, []Info{{Host: Lua, Entries: []string{"luaopen_x"}, Releases: newLuas, Raise: []string{luaCheck}}}},
		"Lua, a number that is no check":          {Image{Defined: []string{"luaopen_x"}, Imported: []string{"lua_getuservalue"}, Constants: constants(double(504))}, []Info{{Host: Lua, Entries: []string{"luaopen_x"}, Releases: []string{"5.2", "5.3"}, Raise: []string{"lua_getuservalue"}}}},
		"Lua, a number of another release":        {Image{Defined: []string{"luaopen_x"}, Imported: []string{luaCheck, "lua_getuservalue"}, Constants: constants(double(504))}, []Info{{Host: Lua, Entries: []string{"luaopen_x"}, Releases: []string{"5.2", "5.3"}, Raise: []string{luaCheck, "lua_getuservalue"}}}},
		"Lua itself":                              {Image{Defined: []string{"luaopen_base", "lua_newstate"}, Imported: []string{"lua_x"}}, nil},
		"a host that hands its own module to Lua": {Image{Defined: []string{"luaopen_trie"}, Imported: []string{"luaL_newstate", "lua_pcall"}, Libraries: []string{"libluajit-5.1.so.2"}}, nil},
		"a module with threads": {
			Image{Defined: []string{"luaopen_lanes_core"}, Imported: []string{"luaL_newstate", "lua_rotate"}},
			[]Info{{Host: Lua, Entries: []string{"luaopen_lanes_core"}, Releases: []string{"5.3", "5.4", "5.5"}, Raise: []string{"lua_rotate"}}},
		},
		"R": {Image{Defined: []string{"R_init_x"}, Imported: []string{"R_registerRoutines"}, Libraries: []string{"libRblas.so", "libR.so"}}, []Info{{Host: R, Entries: []string{"R_init_x"}, Library: "libR.so"}}},
		"Erlang": {
			Image{Defined: []string{"nif_init"}, Imported: []string{"enif_make_int"}, Constants: constants("beam.vanilla\x00erts-14.0\x00")},
			[]Info{{Host: Erlang, Entries: []string{"nif_init"}, Built: "erts-14.0"}},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := Recognise(test.img)
			require.NoError(t, err)
			assert.Equal(t, test.want, got)
		})
	}
}

func FuzzSuspect(f *testing.F) {
	f.Add("\x00malloc\x00PyInit_x\x00")
	f.Add("zend_x_get_module\x00x\x00")
	f.Fuzz(func(t *testing.T, table string) {
		all := func(yield func(string) bool) {
			if !yield(nodeRegister) || !yield(napiRegister) {
				return
			}
			for _, k := range kinds {
				if len(k.asks) > 0 && !yield(k.asks[0]) {
					return
				}
			}
		}
		suspect := Suspect([]byte(table), all)
		at, asked := 0, Asked(nil, all)
		for name := range strings.SplitSeq(table, "\x00") {
			if hostOf(name) != "" && len(name) > 4 && !suspect {
				t.Fatalf("%q speaks for an extension, and the table is no suspect", name)
			}
			offers, asks := HostAt([]byte(table + "\x00")[at:], false), HostAt([]byte(table + "\x00")[at:], true)
			at += len(name) + 1
			if (offers != "") != IsOffered(name) || (offers != "" || asks != "") != IsEntry(name) {
				t.Fatalf("%q is of %q where it is offered and of %q where it is asked for", name, offers, asks)
			}
			asked = asked || offers != "" && Asked([]Host{offers}, all)
		}
		if asked && !suspect {
			t.Fatalf("a symbol of %q speaks for an extension, and the table is no suspect", table)
		}
	})
}

func FuzzRecognise(f *testing.F) {
	f.Add("Pg_magic_func boot_x PL_x", string(block(binary.LittleEndian, "PostgreSQL", 56, 1500, 100, 32, 64, 1)))
	f.Add("PyInit_x PyList_New get_module zend_x", "\x00API20220829,NTS\x00")
	f.Fuzz(func(t *testing.T, names, data string) {
		words := strings.Fields(names)
		infos, err := Recognise(Image{Defined: words, Imported: words, Libraries: words, Constants: constants(data)})
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range infos {
			for _, name := range slices.Concat(x.Entries, x.Raise, x.Outside) {
				if !slices.Contains(words, name) {
					t.Fatalf("%s: %q is no name of the file", x.Host, name)
				}
			}
			File{Info: x, Name: "_x.abi3.so", Libraries: words}.Undecided()
			File{Info: x, Name: "_x.cpython-37-darwin.so"}.checkHostABI(abi.Target{})
			x.For("_x.so")
		}
	})
}

func TestAsked(t *testing.T) {
	imports := slices.Values([]string{"malloc", "rb_define_method"})
	assert.False(t, Asked(nil, imports), "no symbol speaks for a host")
	assert.False(t, Asked([]Host{Lua, Perl}, imports))
	assert.True(t, Asked([]Host{Lua, Ruby}, imports))
	assert.True(t, Asked([]Host{CPython}, imports), "the entry alone is proof")
}

func TestSuspectNeedsBoth(t *testing.T) {
	assert.False(t, Suspect([]byte("\x00napi_module_register\x00"), slices.Values([]string{"malloc"})), "Node.js itself has it")
	for table, want := range map[string]bool{
		"\x00Init_x\x00rb_define_method\x00": true,
		"\x00Init_Table\x00malloc\x00":       false,
		"\x00PyInit_x\x00malloc\x00":         true,
		"\x00xx_get_module\x00zend_hash\x00": true, // get_module may be the end of it
		"\x00malloc\x00R_\x00":               false,
	} {
		imports := slices.Values(strings.Split(table, "\x00"))
		assert.Equal(t, want, Suspect([]byte(table), imports), table)
	}
}

func TestLeads(t *testing.T) {
	for _, list := range entries {
		for _, e := range list {
			for n := range len(e.name) + 1 {
				require.True(t, Leads(e.name[:n]), "%q of %q", e.name[:n], e.name)
			}
			require.Equal(t, !e.whole, Leads(e.name+"x") && IsEntry(e.name+"x"), e.name)
		}
	}
	require.False(t, Leads("malloc"))
	require.False(t, Leads([]byte("Pyx")))
}

// Whatever a name is looked at for, it is among those that are kept.
func TestIsAsked(t *testing.T) {
	words := []string{nodeRegister, napiRegister, "_ZN2v87Isolate10GetCurrentEv", "_ZNK4node6BufferE"}
	for _, k := range kinds {
		words = append(append(words, k.asks...), k.makes...)
		for _, name := range k.has {
			assert.True(t, Leads(name), name)
		}
	}
	for _, table := range []map[string]string{stableABI(), pythonNames(), nodeAPI(), luaNames()} {
		words = slices.AppendSeq(words, maps.Keys(table))
	}
	for _, word := range words {
		assert.True(t, IsAsked(word), word)
		assert.True(t, IsAsked([]byte(word+"x")), word)
	}
	for _, name := range []string{"", "exit", "_ZNSt6vectorIiE", "_Z", "_Z1fv", "malloc", "P"} {
		assert.False(t, IsAsked(name), name)
	}
}

// What is recognised by those names is what all names tell.
func TestKeptNamesTell(t *testing.T) {
	for _, entry := range []string{"PyInit_x", "Init_x", "boot_X", "get_module", "napi_register_module_v1", "JNI_OnLoad", "luaopen_x", "R_init_x", "nif_init", "Pg_magic_func"} {
		for _, k := range kinds {
			all := Image{
				Defined:   append([]string{"f", entry, "ruby_abi_version"}, k.has...),
				Imported:  append([]string{"malloc", "PyDict_New", "napi_create_async_work", "_ZN2v87IsolateE", "lua_rawlen", "enif_alloc", "R_alloc"}, k.asks...),
				Weak:      []string{"g", "rb_funcall"},
				Libraries: []string{"libpython3.9.so.1.0"},
			}
			full, err := Recognise(all)
			require.NoError(t, err)
			some := all
			leads, asked := func(name string) bool { return !Leads(name) }, func(name string) bool { return !IsAsked(name) }
			some.Defined = slices.DeleteFunc(slices.Clone(all.Defined), leads)
			some.Imported = slices.DeleteFunc(slices.Clone(all.Imported), asked)
			some.Weak = slices.DeleteFunc(slices.Clone(all.Weak), asked)
			kept, err := Recognise(some)
			require.NoError(t, err)
			assert.Equal(t, full, kept, "%s, and the names of %s", entry, k.host)
		}
	}
}
