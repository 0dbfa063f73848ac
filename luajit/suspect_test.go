package luajit

import (
	"fmt"
	"strings"
	"testing"
)

func TestSuspect(t *testing.T) {
	libc := []string{"libm.so.6", "libc.so.6"}
	math := []string{"exit", "sinh", "cosh", "tanh"}
	memory := []string{"exit", "mmap64", "munmap", "mremap"}
	big := []Region{{Size: 30 << 10, Executable: true}, {Size: 30 << 10, Executable: true}}
	small := []Region{{Size: 30 << 10, Executable: true}, {Size: 30 << 20}}
	tests := map[string]struct {
		img  Image
		want bool
	}{
		"a program of the C library":     {Image{Regions: big, Libraries: libc, Imported: []string{"exit", "puts", "sinh"}}, false},
		"what the interpreter calls":     {Image{Regions: big, Libraries: libc, Imported: math}, true},
		"what the allocator calls":       {Image{Regions: big, Libraries: libc[1:], Imported: memory}, true},
		"the same beside a libm":         {Image{Regions: big, Libraries: libc, Imported: append([]string{"pow"}, memory...)}, false},
		"mathematics that never exits":   {Image{Regions: big, Libraries: libc, Imported: math[1:]}, false},
		"too little code":                {Image{Regions: small, Libraries: libc, Imported: math}, false},
		"static":                         {Image{Regions: big}, true},
		"static and small":               {Image{Regions: small}, false},
		"imports not read":               {Image{Regions: big, Libraries: libc}, true},
		"defines Lua's API":              {Image{Libraries: libc, Defined: []string{"main", "luaL_newstate"}}, true},
		"defines the interpreter":        {Image{Defined: []string{"lj_vm_call"}}, true},
		"a module of any Lua":            {Image{Libraries: libc, Imported: []string{"lua_gettop"}}, false},
		"asks for LuaJIT's own function": {Image{Libraries: libc, Imported: []string{"luaJIT_setmode"}}, true},
		"needs the library":              {Image{Libraries: []string{"libluajit-5.1.so.2"}}, true},
		"needs it by a path":             {Image{Libraries: []string{"/opt/luajit/lib/libm.dylib"}}, false},
	}
	for reason, test := range tests {
		t.Run(reason, func(t *testing.T) {
			if got := Suspect(test.img); got != test.want {
				t.Errorf("got %t, want %t", got, test.want)
			}
		})
	}
}

func TestLeads(t *testing.T) {
	for _, name := range []string{"exit", "sinh", "cosh", "tanh", "mmap64", "mremap", "fmod", "lua_gettop", "luaL_newstate", "luaJIT_setmode", "lj_vm_call"} {
		for n := range len(name) + 1 {
			if !Leads(name[:n]) || !Leads([]byte(name[:n])) {
				t.Errorf("%q of %q: want it to lead somewhere", name[:n], name)
			}
		}
	}
	for _, name := range []string{"malloc", "m_exit", "Lua_gettop", "luac", "sqrt", "_Z3foov"} {
		if Leads(name) {
			t.Errorf("%q: want it to lead nowhere", name)
		}
	}
}

func BenchmarkSuspect(b *testing.B) {
	img := Image{Regions: []Region{{Size: 1 << 20, Executable: true}}, Libraries: []string{"libc.so.6"}}
	for i := range 1000 {
		img.Defined = append(img.Defined, fmt.Sprintf("function_%d", i))
		img.Imported = append(img.Imported, strings.Repeat("s", i%20)+"import")
	}
	for b.Loop() {
		if Suspect(img) {
			b.Fatal("suspect")
		}
	}
}
