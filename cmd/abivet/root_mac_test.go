package main

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	mb "github.com/abivet/abivet/internal/machobuild"
)

// mac FILE WORD... writes a Mach-O file: a program, or a library where the file
// ends in .dylib, or a bundle, in .node. A word is needs=LIBRARY, rpath=DIR,
// exports=SYMBOL, calls=SYMBOL (of the last library so far), asks=SYMBOL (of whatever
// is loaded) or arch=amd64; universal adds a slice for each.
func writeMac(ts *testscript.TestScript, _ bool, args []string) {
	data := macImage(args[0], args[1:], false).Bytes()
	for _, word := range args[1:] {
		if word == "universal" {
			data = mb.Universal(macImage(args[0], args[1:], true).Slice(), macImage(args[0], args[1:], false).Slice())
		}
	}
	ts.Check(os.MkdirAll(filepath.Dir(ts.MkAbs(args[0])), 0o755))
	write(ts, args[0], data)
}

func macImage(name string, words []string, intel bool) mb.Image {
	m := mb.Image{CPU: mb.ARM64, Type: mb.Execute, Flags: mb.DyldLink | mb.TwoLevel | mb.PIE, Page: 0x4000, Commands: []mb.Command{
		mb.Segment{Name: "__TEXT", Addr: 1 << 32, Size: 0x8000, MaxProt: 5, InitProt: 5, Header: true, Data: make([]byte, 64)},
		mb.UUID{0xab, 15: 1},
		mb.Build{Platform: mb.MacOS, MinOS: mb.Version(11, 0, 0), SDK: mb.Version(14, 0, 0)},
		mb.Library{Name: "/usr/lib/libSystem.B.dylib"},
	}}
	switch filepath.Ext(name) {
	case ".dylib":
		m.Type = mb.Dylib
		m.Commands = append(m.Commands, mb.Library{Kind: mb.ID, Name: "@rpath/" + filepath.Base(name)})
	case ".node":
		m.Type = mb.Bundle
	default:
		m.Commands = append(m.Commands, mb.Segment{Name: "__PAGEZERO", Size: 1 << 32}, mb.Dylinker("/usr/lib/dyld"), mb.Main{Offset: 0x1000})
	}
	libraries := 1
	var calls []mb.ChainedImport
	for _, word := range words {
		key, value, _ := strings.Cut(word, "=")
		switch key {
		case "needs":
			libraries++
			m.Commands = append(m.Commands, mb.Library{Name: value})
		case "rpath":
			m.Commands = append(m.Commands, mb.RPath(value))
		case "exports":
			m.Commands = append(m.Commands, mb.Blob{Kind: mb.ExportsTrie, Data: mb.Trie(value)})
		case "calls":
			calls = append(calls, mb.ChainedImport{Name: value, Library: libraries})
		case "asks":
			calls = append(calls, mb.ChainedImport{Name: value, Library: -2})
		case "arch":
			intel = intel || value == "amd64"
		}
	}
	if intel {
		m.CPU, m.Subtype = mb.AMD64, mb.SubtypeAMD64
	}
	m.Commands = append(m.Commands, mb.Blob{Kind: mb.ChainedFixups, Data: mb.Chains{Imports: calls}.Bytes()}, mb.Signed{Flags: 0x20002})
	return m
}
