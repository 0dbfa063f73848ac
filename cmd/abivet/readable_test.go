package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestReadable(t *testing.T) {
	for line, want := range map[string]string{
		"a.o: _ZSt28__throw_bad_array_new_lengthv is called in _ZN3foo3barEi": "a.o: _ZSt28__throw_bad_array_new_lengthv (std::__throw_bad_array_new_length) is called in _ZN3foo3barEi (foo::bar)",
		"_ZNSt6thread6_StateD2Ev@GLIBCXX_3.4.22 from libstdc++.so.6":          "_ZNSt6thread6_StateD2Ev (std::thread::_State::~_State)@GLIBCXX_3.4.22 from libstdc++.so.6",
		"puts is called in main":  "puts is called in main",
		"_Zx is called in my_Zoo": "_Zx is called in my_Zoo",
	} {
		assert.Equal(t, want, readable(line))
	}
}

// What comes out of a file is no reason to fail, and names are kept.
func FuzzReadable(f *testing.F) {
	f.Add("_ZSt28__throw_bad_array_new_lengthv is called in _RNvC6_123foo3bar")
	f.Fuzz(func(t *testing.T, line string) {
		for _, name := range mangled().FindAllString(line, -1) {
			assert.Contains(t, readable(line), name)
		}
		if len(readable(line)) > len(line)+(len(line)/4+1)*123 {
			t.Fatalf("%d bytes of %d", len(readable(line)), len(line))
		}
	})
}
