package main

import (
	"debug/elf"
	"os"
	"path/filepath"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/abivet/abivet/internal/elfbuild"
)

// root DIR RELEASE writes a user space with a loader and a C library of a
// release of glibc.
func writeRoot(ts *testscript.TestScript, _ bool, args []string) {
	dir, release := ts.MkAbs(args[0]), args[1]
	banner := "\x00ld.so (test) stable release version " + release + ".\n\x00/lib/\x00/usr/lib/\x00"
	defs := []elfbuild.Def{{Name: "libc.so.6", Base: true}, {Name: "GLIBC_2.2.5"}}
	if release != "2.31" {
		defs = append(defs, elfbuild.Def{Name: "GLIBC_2.34"})
	}
	global := func(name string) elfbuild.Symbol {
		return elfbuild.Symbol{Name: name, Version: "GLIBC_2.2.5", Bind: elf.STB_GLOBAL, Type: elf.STT_FUNC, Section: 1, Value: 0x10}
	}
	for name, m := range map[string]elfbuild.Image{
		"lib64/ld-linux-x86-64.so.2": {SOName: "ld-linux-x86-64.so.2", Stack: elf.PF_R | elf.PF_W, Data: []byte(banner)},
		"lib/libc.so.6":              {SOName: "libc.so.6", Stack: elf.PF_R | elf.PF_W, Defs: defs, Symbols: []elfbuild.Symbol{global("puts"), global("exit")}},
		"lib/libdl.so.2":             {SOName: "libdl.so.2", Needed: []string{"libc.so.6"}, Stack: elf.PF_R | elf.PF_W},
		"lib/libpthread.so.0":        {SOName: "libpthread.so.0", Needed: []string{"libc.so.6"}, Stack: elf.PF_R | elf.PF_W},
	} {
		writeImage(ts, filepath.Join(dir, name), m)
	}
}

// program FILE WORD... and library FILE WORD... write ELF files: a word is
// needs=LIBRARY, version=VERSION (of libc.so.6), calls=SYMBOL (of that version),
// runpath=DIR or defines=SYMBOL.
func writeProgram(ts *testscript.TestScript, _ bool, args []string) {
	m := imageOf(ts, args[1:])
	m.Type, m.Interpreter = elf.ET_EXEC, "/lib64/ld-linux-x86-64.so.2" // a PIE would need PT_PHDR
	for i := range m.PLT {
		m.PLT[i].Offset += 0x400000
	}
	for i := range m.Tags {
		m.Tags[i].Value += 0x400000
	}
	writeImage(ts, ts.MkAbs(args[0]), m)
}

func writeLibrary(ts *testscript.TestScript, _ bool, args []string) {
	m := imageOf(ts, args[1:])
	m.SOName = filepath.Base(args[0])
	writeImage(ts, ts.MkAbs(args[0]), m)
}

func imageOf(ts *testscript.TestScript, words []string) elfbuild.Image {
	m := elfbuild.Image{Stack: elf.PF_R | elf.PF_W}
	const jumpSlot, table, slot = 7, 0x1fc0, 0x1ff8
	version := ""
	for _, word := range words {
		key, value, _ := strings.Cut(word, "=")
		switch key {
		case "needs":
			m.Needed = append(m.Needed, value)
		case "runpath":
			m.RunPath = append(m.RunPath, value)
		case "version":
			version = value
			m.Needs = append(m.Needs, elfbuild.Need{Library: "libc.so.6", Versions: []elfbuild.NeedVersion{{Name: value}}})
		case "calls":
			m.PLT = append(m.PLT, elfbuild.Relocation{Offset: slot, Symbol: len(m.Symbols) + 1, Type: jumpSlot})
			m.Tags = []elfbuild.Tag{{Tag: elf.DT_PLTGOT, Value: table}}
			s := elfbuild.Symbol{Name: value, Bind: elf.STB_GLOBAL, Type: elf.STT_FUNC}
			if version != "" {
				s.Version, s.Library = version, "libc.so.6"
			}
			m.Symbols = append(m.Symbols, s)
		case "defines":
			m.Symbols = append(m.Symbols, elfbuild.Symbol{Name: value, Bind: elf.STB_GLOBAL, Type: elf.STT_FUNC, Section: 1, Value: 0x1000})
		default:
			ts.Fatalf("word %q: want needs=, runpath=, version=, calls= or defines=", word)
		}
	}
	return m
}

func writeImage(ts *testscript.TestScript, name string, m elfbuild.Image) {
	ts.Check(os.MkdirAll(filepath.Dir(name), 0o777))
	ts.Check(os.WriteFile(name, m.Bytes(), 0o777))
}
