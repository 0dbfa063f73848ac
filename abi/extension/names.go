package extension

import (
	"strings"
	"sync"
)

// Of the names of a file [Recognise] goes by few: a reader of a format whose
// tables of names can be asked need not take the others out of them.

// owned are the names, by the letter that they begin with, that tell a host from
// its extensions, and what an extension may offer beside its entry.
var owned = sync.OnceValue(func() *[256][]string {
	all := [256][]string{'r': {rubyDevelopment}}
	for i := range kinds {
		for _, name := range kinds[i].has {
			all[name[0]] = append(all[name[0]], name)
		}
	}
	return &all
})

// Leads reports whether a name that begins so may be one that [Recognise] goes
// by where a file defines it.
func Leads[Name string | []byte](beginning Name) bool {
	if len(beginning) == 0 {
		return true
	}
	leads := func(name string) bool {
		n := min(len(name), len(beginning))
		return string(beginning[:n]) == name[:n]
	}
	for _, e := range entries[beginning[0]] {
		if leads(e.name) {
			return true
		}
	}
	for _, name := range owned()[beginning[0]] {
		if leads(name) {
			return true
		}
	}
	return false
}

// asked are beginnings, by the letter that they begin with, of what extensions
// ask their hosts for, but for what of Node.js is written in C++.
var asked = [256][]string{
	'P': {"Py", "Perl_", "PL_"},
	'R': {"R_", "Rf_"},
	'_': {"_Py", "_zend_", "_php_", "_e"},
	'e': {"enif_", "executor_globals"},
	'l': {"lua"},
	'n': {"napi_", "node_api_", nodeRegister},
	'p': {"php_"},
	'r': {"rb_", "ruby_Init_"},
	'z': {"zend_"},
}

// IsAsked reports whether [Recognise] may go by a name where a file asks for it.
func IsAsked[Name string | []byte](name Name) bool {
	if len(name) == 0 {
		return false
	}
	for _, word := range asked[name[0]] {
		if len(name) >= len(word) && string(name[:len(word)]) == word {
			return true
		}
	}
	return name[0] == '_' && isNodeCXX(name)
}

// isNodeCXX knows the functions of V8 and of Node.js by how C++ writes the names
// of their namespaces.
func isNodeCXX[Name string | []byte](name Name) bool {
	if len(name) < 2 || string(name[:2]) != "_Z" {
		return false
	}
	at := 2
	for at < len(name) && strings.IndexByte("NKTVISZ", name[at]) >= 0 {
		at++
	}
	const v8, node = "2v8", "4node"
	return string(name[at:min(len(name), at+len(v8))]) == v8 || string(name[at:min(len(name), at+len(node))]) == node
}
