package machocheck

import (
	"bytes"
	"testing"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/abi/extension"
	mb "github.com/abivet/abivet/internal/machobuild"
)

// asks is a program, or a bundle, that imports functions of libSystem.
func asks(kind, cpu uint32, code []byte, names ...string) []byte {
	m := program(cpu)
	var imports []mb.ChainedImport
	for _, name := range names {
		imports = append(imports, mb.ChainedImport{Name: name, Library: 1})
	}
	m.Type, m.Commands[1] = kind, text(code)
	m.Commands[4] = mb.Blob{Kind: mb.ChainedFixups, Data: mb.Chains{Imports: imports}.Bytes()}
	m.Commands[len(m.Commands)-1] = mb.Signed{Flags: HardenedRuntime}
	if kind != mb.Execute {
		m.Commands = m.Commands[1:]
	}
	return m.Bytes()
}

// TestNamesThatAreLookedAt has each kind of name by which a file is told, among
// others, where nothing else speaks for it.
func TestNamesThatAreLookedAt(t *testing.T) {
	const want = WantRules | WantLuaJIT | WantSignature | WantExtensions
	read := func(data []byte) *File {
		t.Helper()
		holdRules(t, data)
		files, err := Read(bytes.NewReader(data), int64(len(data)), want)
		if err != nil {
			t.Fatal(err)
		}
		return files[0]
	}
	found := func(f *File, id string) bool {
		t.Helper()
		findings, _ := abi.Check(Rules(), f, abi.Target{Platform: f.Platform, MinOS: "11.0"})
		for _, finding := range findings {
			if finding.Rule == id {
				return true
			}
		}
		return false
	}
	code := make([]byte, 64)

	f := read(asks(mb.Execute, mb.ARM64, code, "_puts", "_pthread_jit_write_protect_np", "_freadlink"))
	if !found(f, "hardened-runtime-jit") || !found(f, "symbol-newer-than-minos") {
		t.Errorf("of a compiler, with a function of macOS 13: %+v", f.Imports)
	}
	if len(f.Imports) != 2 {
		t.Errorf("imports %+v: want those alone that a rule looks at", f.Imports)
	}
	f = read(asks(mb.Bundle, mb.ARM64, code, "_puts", "_node_module_register"))
	if len(f.Extensions) != 1 || f.Extensions[0].Host != extension.Node {
		t.Errorf("an addon that registers itself: %+v", f.Extensions)
	}
	f = read(asks(mb.Execute, mb.AMD64, interpreter(false), "_puts", "_exit", "_sinh", "_cosh", "_tanh"))
	if f.LuaJIT == nil || len(f.Imports) != 5 {
		t.Errorf("LuaJIT without its names: %+v, imports %+v; want all where there is one", f.LuaJIT, f.Imports)
	}
	if f = read(asks(mb.Execute, mb.AMD64, interpreter(false), "_puts")); f.LuaJIT != nil {
		t.Errorf("what calls none of LuaJIT's functions: %+v", f.LuaJIT)
	}
}
