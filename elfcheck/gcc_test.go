package elfcheck

import (
	"debug/elf"
	"encoding/binary"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/abivet/abivet/abi"
)

// compile builds a C source with the system's compiler, or skips the test.
func compile(t *testing.T, source string, args ...string) string {
	t.Helper()
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		t.Skip("the recipes are for linux/amd64")
	}
	gcc, err := exec.LookPath("gcc")
	if err != nil {
		t.Skip("gcc is not installed: no file of a real linker is read")
	}
	dir := t.TempDir()
	in, out := filepath.Join(dir, "x.c"), filepath.Join(dir, "x")
	if err := os.WriteFile(in, []byte(source), 0o644); err != nil {
		t.Fatal(err)
	}
	if text, err := exec.Command(gcc, append([]string{"-o", out, in}, args...)...).CombinedOutput(); err != nil {
		t.Skipf("gcc %q: %v: %s", args, err, text)
	}
	return out
}

// withoutSections takes a file's section headers away, as some strippers do.
func withoutSections(t *testing.T, name string) string {
	t.Helper()
	image, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	shoff := binary.LittleEndian.Uint64(image[40:])
	clear(image[40:48])
	clear(image[58:64])
	bare := name + ".bare"
	if err := os.WriteFile(bare, image[:shoff], 0o644); err != nil {
		t.Fatal(err)
	}
	return bare
}

func readFile(t *testing.T, name string) *File {
	t.Helper()
	f, err := ReadFile(name, everything)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func findingsOf(id string, f *File, target abi.Target) []string {
	var messages []string
	findings, _ := abi.Check(Rules(), f, target)
	for _, x := range findings {
		if x.Rule == id {
			messages = append(messages, x.Message)
		}
	}
	return messages
}

// What the tools of the field get wrong: a need of the loader's own version, a
// file without section headers.
func TestFloorOfLoader(t *testing.T) {
	name := compile(t, "extern int __rseq_offset; int f(void) { return __rseq_offset; }", "-shared", "-fPIC")
	for _, name := range []string{name, withoutSections(t, name)} {
		got := findingsOf("glibc-floor", readFile(t, name), with("GLIBC", "2.31"))
		want := "needs GLIBC_2.35 from ld-linux-x86-64.so.2 (__rseq_offset); old has 2.31"
		if !slices.Contains(got, want) {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

func TestSectionsOfRealFiles(t *testing.T) {
	const source = "#include <stdlib.h>\n#include <stdio.h>\nvoid *p = (void *)free; int main(void) { return p == 0 || puts(\"x\") || fflush(stdout); }"
	for _, args := range [][]string{{"-shared", "-fPIC"}, {"-pie", "-fPIE"}, {"-no-pie", "-fno-pie"}, {"-no-pie", "-fno-pie", "-Wl,--hash-style=sysv"}} {
		name := compile(t, source, args...)
		bare := readFile(t, withoutSections(t, name))
		bare.Name = path.Base(name)
		if fields := differ(readFile(t, name), bare); len(fields) > 0 {
			t.Errorf("gcc %q: without section headers other %q", args, fields)
		}
	}
}

func TestKindOfRealFiles(t *testing.T) {
	const source = "int main(void) { return 0; }"
	for want, recipes := range map[Kind][][]string{
		Shared:     {{"-shared", "-fPIC"}, {"-shared", "-fPIC", "-Wl,-soname,libx.so"}},
		PIE:        {{"-pie", "-fPIE"}, {"-static-pie", "-fPIE"}},
		Executable: {{"-no-pie"}, {"-static"}},
		Object:     {{"-c"}},
	} {
		for _, args := range recipes {
			if f := readFile(t, compile(t, source, args...)); f.Kind != want {
				t.Errorf("gcc %q: %s, want %s", args, f.Kind, want)
			}
		}
	}
}

func TestStackOfRealFiles(t *testing.T) {
	tests := map[string]struct {
		source string
		args   []string
		want   string
	}{
		"asked for":          {"int f(void) { return 0; }", []string{"-shared", "-fPIC", "-Wl,-z,execstack"}, "asks for an executable stack"},
		"not asked for":      {"int f(void) { return 0; }", []string{"-shared", "-fPIC"}, ""},
		"object of assembly": {`asm(".section .note.GNU-stack,\"x\",@progbits");`, []string{"-c"}, "has a .note.GNU-stack that asks"},
		"object of C":        {"int f(void) { return 0; }", []string{"-c"}, ""},
	}
	for reason, test := range tests {
		got := strings.Join(findingsOf("execstack", readFile(t, compile(t, test.source, test.args...)), abi.Target{}), "\n")
		if (got == "") != (test.want == "") || !strings.Contains(got, test.want) {
			t.Errorf("%s: %q, want %q", reason, got, test.want)
		}
	}
}

func TestPackedRelocationsOfRealFiles(t *testing.T) {
	f := readFile(t, compile(t, "#include <stdio.h>\nint a; int *p[9] = {&a, &a, &a, &a}; int f(void) { return puts((char *)p[1]); }", "-shared", "-fPIC", "-Wl,-z,pack-relative-relocs"))
	if !f.RELR {
		t.Skip("this linker does not pack relative relocations")
	}
	lacks := abi.Target{Name: "old", Platform: amd64, Markers: map[string]bool{"GLIBC_ABI_DT_RELR": false}}
	if got := findingsOf("glibc-marker", f, lacks); len(got) != 1 || !strings.Contains(got[0], "needs GLIBC_ABI_DT_RELR from libc.so.6; old does not have it") {
		t.Errorf("%q", got)
	}
}

// BIND_NOW alone is not RELRO.
func TestRELROOfRealFiles(t *testing.T) {
	f := readFile(t, compile(t, "int main(void) { return 0; }", "-Wl,-z,now,-z,norelro"))
	if _, relro := f.Segment(elf.PT_GNU_RELRO); relro || f.DynFlags1&elf.DF_1_NOW == 0 {
		t.Errorf("RELRO %v, flags %#x, want none and DF_1_NOW", relro, f.DynFlags1)
	}
}

func TestDebugInformationOfRealFiles(t *testing.T) {
	for _, args := range [][]string{{"-g"}, {"-g", "-static"}, {"-g", "-shared", "-fPIC"}} {
		for _, tool := range []string{"objcopy", "eu-strip"} {
			name := compile(t, "int main(void) { return 0; }", args...)
			path, err := exec.LookPath(tool)
			if err != nil {
				t.Logf("%s is not installed: what it separates is not read", tool)
				continue
			}
			command := exec.Command(path, "--only-keep-debug", name, name+".debug")
			if tool == "eu-strip" {
				command = exec.Command(path, "-f", name+".debug", "-o", name+".stripped", name)
			}
			if text, err := command.CombinedOutput(); err != nil {
				t.Fatalf("%s: %v: %s", tool, err, text)
			}
			if f := readFile(t, name+".debug"); f.Kind != DebugInfo || f.Dynamic {
				t.Errorf("gcc %q, %s: kind %s, dynamic %v", args, tool, f.Kind, f.Dynamic)
			}
		}
	}
}

// Go's shared libraries for C ask for a fixed place in the thread's storage.
func TestGoLibrary(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: Go's linker is not asked")
	}
	compile(t, "int main(void) { return 0; }") // cgo needs the compiler
	dir := t.TempDir()
	for name, text := range map[string]string{"go.mod": "module example.com/x\n", "x.go": "package main\n\nimport \"C\"\n\n//export f\nfunc f() {}\n\nfunc main() {}\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	build := exec.Command("go", "build", "-buildmode=c-shared", "-o", "x.so", ".")
	build.Dir, build.Env = dir, append(os.Environ(), "CGO_ENABLED=1", "GOFLAGS=", "GOWORK=off")
	if text, err := build.CombinedOutput(); err != nil {
		t.Skipf("go build: %v: %s", err, text)
	}
	f := readFile(t, filepath.Join(dir, "x.so"))
	if f.Kind != Shared || f.DynFlags&elf.DF_STATIC_TLS == 0 || f.Relocations.OwnTLS == 0 || f.Go == nil || f.Go.Settings["-buildmode"] != "c-shared" {
		t.Errorf("kind %s, flags %#x, relocations %+v, Go %+v", f.Kind, uint(f.DynFlags), f.Relocations, f.Go)
	}
	if got := findingsOf("accidental-cgo", f, abi.Target{}); len(got) > 0 {
		t.Errorf("%q of a library for C", got)
	}
	image, err := os.ReadFile(filepath.Join(dir, "x.so"))
	if err != nil {
		t.Fatal(err)
	}
	holdRules(t, image)
}
