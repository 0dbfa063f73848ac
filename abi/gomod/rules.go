package gomod

import (
	"fmt"
	"path"
	"path/filepath"
	"strings"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/elfcheck"
)

// Rules lists the rules over a build of Go, by ID.
func Rules() []abi.Rule[*Build] {
	return []abi.Rule[*Build]{
		accidentalCgo,
		luajitCgoFlags,
	}
}

var accidentalCgo = abi.Rule[*Build]{
	Doc:   elfcheck.AccidentalCgoDoc,
	Check: checkAccidentalCgo,
}

// needCgo are packages of the standard library that do nothing without cgo.
var needCgo = map[string]bool{"plugin": true, "runtime/race": true, "runtime/msan": true, "runtime/asan": true}

func checkAccidentalCgo(b *Build, _ abi.Target) []abi.Finding {
	std, others := b.Cgo()
	if len(std) == 0 || len(others) > 0 || b.Platform.OS == "darwin" || b.Platform.OS == "ios" || b.Platform.OS == "android" {
		return nil // Apple's systems have one C library, and Go calls it without cgo too
	}
	var evidence []string
	for _, p := range std {
		if needCgo[p.ImportPath] {
			return nil
		}
		evidence = append(evidence, p.ImportPath+" uses cgo ("+strings.Join(p.CgoFiles, ", ")+")")
	}
	return []abi.Finding{{
		Message:  fmt.Sprintf("only packages of the standard library use cgo (%s): CGO_ENABLED=0 is enough", strings.Join(names(std), ", ")),
		Evidence: evidence,
		Subject:  "CGO_ENABLED",
	}}
}

var luajitCgoFlags = abi.Rule[*Build]{
	Doc: abi.Doc{
		ID:       "luajit-cgo-flags",
		Title:    "a cgo line asks for flags of LuaJIT that the go command refuses",
		Severity: abi.Error,
		Why: `A program for macOS on Intel that embeds a LuaJIT without GC64 must be linked with a
small page zero. A package cannot ask for that: the go command lets only flags of its
own list through from #cgo lines, and stops the build of everybody who imports the
package with "invalid flag in #cgo LDFLAGS: -pagezero_size". Only who links the
program can. Where a package links LuaJIT for darwin/amd64 and asks for nothing, a note
reminds of it: which LuaJIT that is cannot be read from the line.`,
		Fix: `take the flags out of the #cgo line and let programs be linked with
-ldflags '-extldflags "-Wl,-pagezero_size,0x10000"' on darwin/amd64, or build LuaJIT with
GC64, which needs none; CGO_LDFLAGS_ALLOW in the environment lets the line through`,
		Refs: []string{
			"https://luajit.org/install.html#embed",
			"https://go.dev/s/invalidflag",
		},
	},
	Check: checkLuaJITCgoFlags,
}

func checkLuaJITCgoFlags(b *Build, _ abi.Target) []abi.Finding {
	var refused, linked []abi.Finding
	for _, p := range b.Packages {
		for _, flag := range p.CgoLDFLAGS {
			if strings.Contains(flag, "-pagezero_size") || strings.Contains(flag, "-image_base") {
				refused = append(refused, abi.Finding{
					Message:  fmt.Sprintf("%s asks for %q, which the go command refuses in a #cgo line", p, flag),
					Evidence: []string{"#cgo LDFLAGS: " + p.Flags()},
					Subject:  p.ImportPath + " " + flag,
				})
			}
		}
		if name, line := p.luaJIT(); name != "" && b.Platform.OS == "darwin" && b.Platform.Arch == "amd64" {
			linked = append(linked, abi.Finding{
				Severity: abi.Note, // which LuaJIT that is, only the machine that links knows
				Message:  fmt.Sprintf("%s links %s: a program for Intel Macs has to be linked for it, unless it is built with GC64", p, name),
				Evidence: []string{line, "LuaJIT has GC64 on x64 by default since 2019-12-08 (commit bd00094c)"},
				Subject:  p.ImportPath + " " + name,
			})
		}
	}
	if len(refused) > 0 {
		return refused
	}
	return linked
}

// luaJIT is the library, archive or package of pkg-config (luajit of LuaJIT
// itself, luajit-5.1, luajit2) that a package has linked, and the line that says
// so; or "".
func (p Package) luaJIT() (name, line string) {
	is := func(name string) bool { return strings.HasPrefix(strings.TrimPrefix(name, "lib"), "luajit") }
	for _, w := range p.linkWords() {
		if w.kind != searchDir && is(path.Base(filepath.ToSlash(w.value))) {
			return w.value, "#cgo LDFLAGS: " + p.Flags()
		}
	}
	for _, name := range p.CgoPkgConfig {
		if is(name) {
			return name, "#cgo pkg-config: " + strings.Join(p.CgoPkgConfig, " ")
		}
	}
	return "", ""
}
