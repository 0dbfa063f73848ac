package machocheck

import (
	"testing"

	"github.com/abivet/abivet/abi/extension"
)

func module(name string, info extension.Info) File {
	f := File{Name: name, Platform: intel, Kind: Bundle, Extensions: []extension.Info{info}}
	if info.Library != "" {
		f.Dylibs = []Dylib{{Name: info.Library}}
	}
	return f
}

func TestExtensionHostABI(t *testing.T) {
	python := extension.Info{Host: extension.CPython, Entries: []string{"PyInit__x"}, Outside: []string{"_PyUnicode_Ready"}}
	for name, test := range map[string]judged{
		"outside the stable ABI": {file: module("_x.abi3.so", python), want: []string{"error: asks CPython for _PyUnicode_Ready"}},
		"it promises nothing":    {file: module("_x.so", python)},
		"the framework of another release": {
			file: module("_x.cpython-311-darwin.so", extension.Info{
				Host: extension.CPython, Entries: []string{"PyInit__x"}, Library: "/Library/Frameworks/Python.framework/Versions/3.9/Python",
			}),
			want: []string{"error: named for CPython 3.11 and needs /Library/Frameworks/Python.framework/Versions/3.9/Python"},
		},
	} {
		t.Run(name, func(t *testing.T) { test.check(t, extensionHostABI) })
	}
}

func TestExtensionLinksHost(t *testing.T) {
	with := func(library string) extension.Info {
		return extension.Info{Host: extension.CPython, Entries: []string{"PyInit__x"}, Library: library}
	}
	for name, test := range map[string]judged{
		"the framework":     {file: module("_x.cpython-311-darwin.so", with("/Library/Frameworks/Python.framework/Versions/3.11/Python")), want: []string{"warning: needs /Library/Frameworks/"}},
		"Xcode's framework": {file: module("_x.so", with("@rpath/Python3.framework/Versions/3.9/Python3")), want: []string{"warning: needs @rpath/"}},
		"none":              {file: module("_x.so", with(""))},
	} {
		t.Run(name, func(t *testing.T) { test.check(t, extensionLinksHost) })
	}
}
