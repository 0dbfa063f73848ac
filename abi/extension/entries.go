package extension

import (
	"bytes"
	"iter"
	"slices"
	"strings"
)

// An entry is the beginning, or all, of the name of a function that a host
// enters an extension by.
type entry struct {
	host  Host
	name  string
	whole bool
}

// entries, by the letter that they begin with.
var entries = [256][]entry{
	'I': {{Ruby, "Init_", false}},
	'J': {{Java, "JNI_OnLoad", false}, {Java, "Java_", false}},
	'P': {{CPython, "PyInit_", false}, {CPython, "PyInitU_", false}, {CPython, "PyModExport_", false}, {PostgreSQL, postgresEntry, true}},
	'R': {{R, "R_init_", false}},
	'b': {{Perl, "boot_", false}},
	'g': {{PHP, "get_module", true}},
	'l': {{Lua, "luaopen_", false}},
	'n': {
		{Erlang, "nif_init", true},
		{Node, "napi_register_module_v", false}, {Node, nodeDeclares, false}, {Node, "node_register_module_v", false},
		// These two are asked for, not offered: constructors call them.
		{Node, nodeRegister, true}, {Node, napiRegister, true},
	},
	'z': {{PHP, "zend_extension_entry", true}},
}

const (
	nodeRegister = "node_module_register"
	napiRegister = "napi_module_register"
)

// hostOf tells whose extension has a symbol of that name, if any's has.
func hostOf[Name string | []byte](name Name) Host {
	if len(name) == 0 {
		return ""
	}
	for _, e := range entries[name[0]] {
		if len(name) >= len(e.name) && string(name[:len(e.name)]) == e.name && (!e.whole || len(name) == len(e.name)) {
			return e.host
		}
	}
	return ""
}

// HostAt tells whose extension has a symbol whose name stands at the start of
// what is left of a table of strings, if any's has, by whether the file asks for
// the symbol or defines it. It looks for no end of other names: a reader may ask
// it of every symbol.
func HostAt(table []byte, asked bool) Host {
	if len(table) == 0 || entries[table[0]] == nil {
		return "" // as nearly all: so much is compiled into the caller
	}
	return hostAt(table, asked)
}

func hostAt(table []byte, asked bool) Host {
	for _, e := range entries[table[0]] {
		if n := len(e.name); len(table) > n && string(table[:n]) == e.name && (!e.whole || table[n] == 0) && isRegister(e.name) == asked {
			return e.host
		}
	}
	return ""
}

// isRegister reports whether a name is one of those that constructors of Node.js's
// extensions call. All others are offered.
func isRegister(name string) bool { return name == nodeRegister || name == napiRegister }

// Asked reports whether a file with the entries of some hosts asks for what the
// extensions of one of them ask their host for.
func Asked(hosts []Host, imports iter.Seq[string]) bool {
	var words []string
	for _, host := range hosts {
		asks := kindOf(host).asks
		if len(asks) == 0 {
			return true
		}
		words = append(words, asks...)
	}
	return anyBegins(imports, words)
}

func anyBegins(names iter.Seq[string], words []string) bool {
	if len(words) == 0 {
		return false
	}
	for name := range names {
		if begins(name, words...) {
			return true
		}
	}
	return false
}

// IsEntry reports whether a symbol of that name speaks for an extension.
func IsEntry[Name string | []byte](name Name) bool { return hostOf(name) != "" }

// IsOffered reports whether it does so where the file defines the symbol. A host
// defines what its extensions ask for.
func IsOffered[Name string | []byte](name Name) bool {
	return IsEntry(name) && !isRegister(string(name))
}

// tails are the whole names that a linker may store as the end of another.
var tails = [...]struct {
	host Host
	name string
}{{PHP, "get_module"}, {Erlang, "nif_init"}, {PostgreSQL, postgresEntry}}

// Suspect reports whether a table of strings, each with a NUL after it, has the
// name of a function that a host enters an extension by, and the imports one that
// its extensions ask for. Nothing else of most files need be read to know that
// they are none.
func Suspect(table []byte, imports iter.Seq[string]) bool {
	var words []string // what an import must begin with, of the hosts found so far
	for len(table) > 0 {
		end := bytes.IndexByte(table, 0)
		if end < 0 {
			end = len(table)
		}
		if host := suspected(table[:end]); host != "" {
			asks := kindOf(host).asks
			if name := string(table[:end]); isRegister(name) {
				asks = []string{name} // of Node.js itself it is an export
			}
			if len(asks) == 0 {
				return true
			}
			if !slices.Contains(words, asks[0]) {
				words = append(words, asks...)
			}
		}
		table = table[min(end+1, len(table)):]
	}
	return anyBegins(imports, words)
}

func suspected(name []byte) Host {
	switch {
	case len(name) < 5:
		return ""
	case entries[name[0]] != nil:
		if host := hostOf(name); host != "" {
			return host
		}
	}
	return tailOf(name)
}

// tailOf tells whose entry the end of a name is: a linker may store one name as
// the end of another.
func tailOf(name []byte) Host {
	switch name[len(name)-1] {
	case 'e', 't', 'c':
		for _, tail := range &tails {
			if at := len(name) - len(tail.name); at >= 0 && string(name[at:]) == tail.name {
				return tail.host
			}
		}
	}
	return ""
}

// IsHostName reports whether a symbol is of an interface that extensions ask
// their host for, so that nothing else of a system has it.
func IsHostName(name string) bool {
	if isNodeName(name) || begins(name, "rb_", "Perl_", "enif_") {
		return true
	}
	if begins(name, "lua") {
		_, known := luaNames()[name]
		return known
	}
	if begins(name, "Py", "_Py") {
		_, known := pythonNames()[name]
		return known
	}
	return false
}

// begins reports whether a name begins with one of some words.
func begins(name string, words ...string) bool {
	for _, w := range words {
		if strings.HasPrefix(name, w) {
			return true
		}
	}
	return false
}
