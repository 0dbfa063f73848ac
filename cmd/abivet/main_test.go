package main

import (
	"archive/zip"
	"bytes"
	"errors"
	"flag"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/abivet/abivet/internal/tiny"
)

var update = flag.Bool("update", false, "write the golden parts of the scripts anew; read the difference")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"abivet": main})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:           "testdata/script",
		UpdateScripts: *update,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"elf":       writeELF,
			"luajit":    writeLuaJIT,
			"macho":     writeMachO,
			"universal": writeUniversal,
			"archive":   writeArchive,
			"object":    writeObject,
			"wheel":     writeZip,
			"deb":       writeDeb,
			"apk":       writeAPK,
			"cut":       cutFile, "behind": writeBehind,
			"code":    wantCode,
			"root":    writeRoot,
			"program": writeProgram,
			"library": writeLibrary,
			"mac":     writeMac,
		},
	})
}

// elf FILE [VERSION:SYMBOL,...]... writes an ELF file that needs these versions
// of libc.so.6. It has a soname unless FILE is said to be nameless.
func writeELF(ts *testscript.TestScript, _ bool, args []string) {
	e := tiny.ELF{SOName: "libtiny.so.1"}
	var versions []tiny.Version
	for _, arg := range args[1:] {
		if arg == "nameless" {
			e.SOName = ""
			continue
		}
		name, symbols, _ := strings.Cut(arg, ":")
		versions = append(versions, tiny.Version{Name: name, Symbols: strings.Split(symbols, ",")})
	}
	e.Needs = []tiny.Need{{Library: "libc.so.6", Versions: versions}}
	write(ts, args[0], e.Bytes())
}

// macho FILE writes a Mach-O dylib for arm64 and macOS 14.
func writeMachO(ts *testscript.TestScript, _ bool, args []string) {
	write(ts, args[0], tiny.MachO{ARM64: true, MinOS: [2]byte{14, 0}}.Bytes())
}

// universal FILE writes one for Intel with macOS 10.15 and arm64 with 14.
func writeUniversal(ts *testscript.TestScript, _ bool, args []string) {
	write(ts, args[0], tiny.Universal(tiny.MachO{MinOS: [2]byte{10, 15}}, tiny.MachO{ARM64: true, MinOS: [2]byte{14, 0}}))
}

// archive FILE MEMBER... writes a static archive of files.
func writeArchive(ts *testscript.TestScript, _ bool, args []string) {
	var members []tiny.Member
	for _, name := range args[1:] {
		data, err := os.ReadFile(ts.MkAbs(name))
		ts.Check(err)
		members = append(members, tiny.Member{Name: name, Data: data})
	}
	write(ts, args[0], tiny.Archive(members...))
}

// wheel FILE MEMBER... writes a zip archive of files.
func writeZip(ts *testscript.TestScript, _ bool, args []string) {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, name := range args[1:] {
		data, err := os.ReadFile(ts.MkAbs(name))
		ts.Check(err)
		f, err := w.Create(name)
		ts.Check(err)
		_, err = f.Write(data)
		ts.Check(err)
	}
	ts.Check(w.Close())
	write(ts, args[0], b.Bytes())
}

// behind FILE SCRIPT OTHER writes a script, and another file behind it.
func writeBehind(ts *testscript.TestScript, _ bool, args []string) {
	write(ts, args[0], []byte(ts.ReadFile(args[1])+ts.ReadFile(args[2])))
}

// cut FILE OTHER N writes the first N bytes of another file.
func cutFile(ts *testscript.TestScript, _ bool, args []string) {
	data, err := os.ReadFile(ts.MkAbs(args[1]))
	ts.Check(err)
	n, err := strconv.Atoi(args[2])
	ts.Check(err)
	write(ts, args[0], data[:n])
}

func write(ts *testscript.TestScript, name string, data []byte) {
	ts.Check(os.WriteFile(ts.MkAbs(name), data, 0o666))
}

// code N ARG... runs abivet with the arguments and wants its exit code.
func wantCode(ts *testscript.TestScript, _ bool, args []string) {
	err := ts.Exec("abivet", args[1:]...)
	code := 0
	var end *exec.ExitError
	if errors.As(err, &end) {
		code = end.ExitCode()
	} else {
		ts.Check(err)
	}
	if want := args[0]; want != strconv.Itoa(code) {
		ts.Fatalf("exit code %d, want %s", code, want)
	}
}
