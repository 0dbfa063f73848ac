package ldso

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/elfcheck"
	"github.com/abivet/abivet/internal/elfbuild"
	"github.com/abivet/abivet/internal/luabuild"
	"github.com/abivet/abivet/luajit"
)

// luaProcess is a program whose library embeds a LuaJIT that offers some
// functions; the changes are to the program.
func luaProcess(gc64 luajit.Answer, api int, changes ...func(*elfcheck.File)) *Process {
	return twoObjects(func(program, library *Object) {
		amd64 := abi.Platform{OS: "linux", Arch: "amd64"}
		program.File.Platform, library.File.Platform = amd64, amd64
		program.File.LuaJIT = &luajit.Info{Role: luajit.Linked}
		library.File.LuaJIT = &luajit.Info{Role: luajit.Embedded, Version: "2.1.0-beta3", GC64: gc64, FFI: luajit.Yes, API: api, Evidence: []string{"as if it were"}}
		for _, change := range changes {
			change(program.File)
		}
	})
}

func bytecode(flags uint32) func(*elfcheck.File) {
	return func(f *elfcheck.File) {
		f.LuaJIT.Bytecode = []luajit.Bytecode{{Version: 2, Flags: flags, Prototypes: 1}}
	}
}

func imports(names ...string) func(*elfcheck.File) {
	return func(f *elfcheck.File) {
		for _, name := range names {
			f.Imports = append(f.Imports, elfcheck.Symbol{Name: name})
		}
	}
}

func embeds(api int) func(*elfcheck.File) {
	return func(f *elfcheck.File) {
		f.LuaJIT = &luajit.Info{Role: luajit.Embedded, GC64: luajit.Yes, API: api}
	}
}

// TestLuaJITIsFound loads a program that was built on Debian 11, with bytecode
// for the library there, beside the library of either release.
func TestLuaJITIsFound(t *testing.T) {
	const chunk = "\x1bLJ\x02\x00\x02=x\x0c\x00\x00\x02\x00\x00\x00\x01\x00\x48\x00\x01\x00\x00"
	program := so("", "libluajit-5.1.so.2", "libc.so.6")
	program.Interpreter = glibcLoader
	program.Data = []byte(chunk)
	for gc64, want := range map[bool][]string{true: {"luajit-bytecode-mode"}, false: {"luajit-low-memory"}} {
		library := so("libluajit-5.1.so.2", "libc.so.6")
		library.Symbols = []elfbuild.Symbol{def("lua_gettop")}
		root := fakeRoot("2.36")
		addFile(root, nil, "/usr/bin/app", program)
		addFile(root, nil, multiarch+"libluajit-5.1.so.2", luabuild.VM{GC64: gc64, Version: "2.1.0-beta3"}.ELF(library))
		p, err := New(root).Load(Request{Path: "/usr/bin/app"})
		require.NoError(t, err)
		findings, _ := abi.Check(Rules(), p, abi.Target{})
		var got []string
		for _, f := range findings {
			got = append(got, f.Rule)
		}
		require.Equal(t, want, got, "%+v", p.Failures)
	}
}
