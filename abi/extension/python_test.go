package extension

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/abivet/abivet/abi"
)

// lookPython asks the tables for no other names.
func TestPythonNames(t *testing.T) {
	for _, table := range []map[string]string{stableABI(), pythonNames()} {
		for name := range table {
			assert.True(t, begins(name, "Py", "_Py"), name)
		}
	}
}

func TestReadPythonTag(t *testing.T) {
	tests := map[string]PythonTag{
		"_x.cpython-311-x86_64-linux-gnu.so":     {"cpython", "3.11", "", "x86_64-linux-gnu"},
		"_x.cpython-37m-darwin.so":               {"cpython", "3.7", "m", "darwin"},
		"_x.cpython-314td-x86_64-linux-gnu.so":   {"cpython", "3.14", "td", "x86_64-linux-gnu"},
		"_x.pypy310-pp73-x86_64-linux-gnu.so":    {"pypy", "3.10", "", "pp73-x86_64-linux-gnu"},
		"_x.abi3.so":                             {Implementation: "abi3"},
		"_x.abi3t.so":                            {Implementation: "abi3t"},
		"_rust.abi3-x86_64-linux-gnu.so":         {Implementation: "abi3", Platform: "x86_64-linux-gnu"},
		"_x.so":                                  {},
		"libshiboken6.abi3.so.6.8":               {},
		"_xabi3.so":                              {},
		"_x.cpython-311-x86_64-linux-gnu.so.bak": {},
	}
	for name, want := range tests {
		assert.Equal(t, want, ReadPythonTag(name), name)
	}
}

func TestStableABI(t *testing.T) {
	tests := map[string]struct {
		imports        []string
		floor          abi.Version
		raise, outside []string
	}{
		"the oldest":            {[]string{"PyArg_Parse", "malloc"}, "3.2", []string{"PyArg_Parse"}, nil},
		"of Windows":            {[]string{"PyErr_SetFromWindowsErr"}, "", nil, []string{"PyErr_SetFromWindowsErr"}},
		"of every Unix":         {[]string{"PyOS_AfterFork_Child"}, "3.7", []string{"PyOS_AfterFork_Child"}, nil},
		"3.10 is above 3.9":     {[]string{"PyCMethod_New", "Py_NewRef"}, "3.10", []string{"Py_NewRef"}, nil},
		"private, and promised": {[]string{"_Py_Dealloc"}, "3.2", []string{"_Py_Dealloc"}, nil},
		"twice":                 {[]string{"_PyObject_New", "PyUnicode_AsUTF8", "PyUnicode_AsUTF8"}, "3.2", []string{"_PyObject_New"}, []string{"PyUnicode_AsUTF8"}},
		"not CPython's":         {[]string{"PyDateTimeAPI", "Pyxis", "_Python"}, "", nil, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			floor, raise, outside := inStableABI(test.imports)
			assert.Equal(t, test.floor, floor)
			assert.Equal(t, test.raise, raise)
			assert.Equal(t, test.outside, outside)
		})
	}
}
