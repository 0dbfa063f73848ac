package elfcheck

import (
	"debug/elf"
	"fmt"
	"strings"
	"testing"

	"github.com/abivet/abivet/abi"
)

// newer is a file of one function that uses AVX2, after a change.
func newer(change func(*File, *Function)) File {
	fn := Function{Name: "sum", Address: 0x1000, Direct: true, Uses: []InstructionUse{
		{Extension: "SSE4.1", Level: "v2", Address: 0x1004, Code: []byte{0x66, 0x0f, 0x38, 0x17, 0xc0}},
		{Extension: "AVX2", Level: "v3", Address: 0x1010, Code: []byte{0xc4, 0xe2, 0x7d, 0x58, 0xc0}},
	}}
	f := File{Platform: amd64, Kind: Shared, Instructions: &Instructions{Decoded: 9}}
	change(&f, &fn)
	f.Instructions.Functions = []Function{fn}
	return f
}

var isaUsedCases = map[string]judged{
	"nothing asks": {newer(func(*File, *Function) {}), debian12, []string{"warning: uses instructions of level v3 (AVX2) in sum, and nothing chooses | debian:12 has processors of level v2"}},
	"the file asks": {newer(func(f *File, _ *Function) { f.Instructions.Dispatch = []string{"import qDetectCpuFeatures"} }), debian12,
		[]string{"note: has instructions of level v3 (AVX2) in sum, which may be guarded: import qDetectCpuFeatures"}},
	"main does not wait for the answer": {newer(func(f *File, fn *Function) { fn.Entry, f.Instructions.Dispatch = true, []string{"CPUID"} }), debian12, []string{"warning: in sum, and nothing chooses"}},
	"reached by pointer alone":          {newer(func(_ *File, fn *Function) { fn.Direct = false }), debian12, []string{"note: reached by pointer alone"}},
	"named for a processor":             {newer(func(_ *File, fn *Function) { fn.Name = "sum_avx2" }), debian12, []string{"note: named for their processor"}},
	"a library for a processor":         {newer(func(f *File, _ *Function) { f.SOName = "ops-x86_64-v3.so" }), debian12, []string{"note: its own name"}},
	"without a name":                    {newer(func(_ *File, fn *Function) { fn.Name = "" }), debian12, []string{"warning: in the function at 0x1000"}},
	"a name for the eye":                {newer(func(_ *File, fn *Function) { fn.Name = "a\x1b[2J" }), debian12, []string{`warning: in "a\x1b[2J"`}},
	"the target has all":                {newer(func(_ *File, fn *Function) { fn.Uses = fn.Uses[:1] }), debian12, nil},
	"no level is promised":              {newer(func(*File, *Function) {}), abi.Target{Name: "x", Platform: amd64}, nil},
	"another architecture":              {newer(func(f *File, _ *Function) { f.Platform = arm64 }), debian12, nil},
	"not asked for":                     {File{Platform: amd64, Kind: Shared}, debian12, nil},
}

// The functions without names serve those that have some.
func TestAllNamedForTheirProcessor(t *testing.T) {
	f := newer(func(*File, *Function) {})
	fn := f.Instructions.Functions[0]
	for _, name := range []string{"_ZGVdN4v_sin", "_ZGVdN4v_cos", ""} {
		fn.Name = name
		f.Instructions.Functions = append(f.Instructions.Functions, fn)
	}
	f.Instructions.Functions = f.Instructions.Functions[1:]
	if have := findingsOf("isa-used", &f, debian12); len(have) != 1 || !strings.Contains(have[0], "may be guarded: all that have names") {
		t.Errorf("have %q", have)
	}
}

func TestISAUsedSaysWhatItCannotJudge(t *testing.T) {
	tests := map[string]struct {
		file File
		want string
	}{
		"no code for it": {File{Platform: abi.Platform{OS: "linux", Arch: "riscv64"}}, "riscv64 is not decoded"},
		"no functions":   {File{Platform: amd64, Instructions: &Instructions{}}, "neither an unwind table nor symbols"},
		"tables":         {File{Platform: amd64, Instructions: &Instructions{Decoded: 3, Undecoded: 1}}, "1 of 4 functions"},
		"an object":      {File{Platform: amd64, Kind: Object}, "linked file alone"},
		"all":            {File{Platform: amd64, Instructions: &Instructions{Decoded: 3}}, ""},
		"Go's own code":  {File{Platform: amd64, Notes: Notes{GoBuildID: true}, Instructions: &Instructions{}}, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			have := isaUsed.Skip(&test.file, debian12)
			if (have == "") != (test.want == "") || !strings.Contains(have, test.want) {
				t.Errorf("have %q, want %q", have, test.want)
			}
		})
	}
}

const sumSource = `
#include <stdlib.h>
double sum(const double *a, int n) { double s = 0; for (int i = 0; i < n; i++) s += a[i] * a[i]; return s; }
int main(int argc, char **argv) {
	double a[64];
	for (int i = 0; i < 64; i++) a[i] = atof(argv[i % argc]);
	return sum(a, 64) > 1;
}
`

// What a real linker lays out: with a table for unwinding, in a static program
// without the segment that leads to it, stripped and not.
func TestInstructionsOfGCC(t *testing.T) {
	v1 := debian12
	v1.ISA = "v1"
	for name, test := range map[string]struct {
		args []string
		want string // a word of the finding
	}{
		"plain":            {[]string{"-O2"}, ""},
		"all of it":        {[]string{"-O2", "-march=x86-64-v3"}, "nothing chooses"},
		"stripped":         {[]string{"-O2", "-march=x86-64-v3", "-s"}, "nothing chooses"},
		"at a fixed place": {[]string{"-O2", "-march=x86-64-v3", "-s", "-no-pie"}, "nothing chooses"},
		"a shared object":  {[]string{"-O2", "-mavx2", "-shared", "-fPIC", "-s"}, "nothing chooses"},
		// glibc brings its own functions for newer processors, and asks.
		"static":           {[]string{"-O2", "-march=x86-64-v3", "-static"}, "in main, and nothing chooses"},
		"static, stripped": {[]string{"-O2", "-march=x86-64-v3", "-static", "-s"}, "nothing chooses"},
		"static, plain":    {[]string{"-O2", "-static"}, "may be guarded"},
	} {
		t.Run(name, func(t *testing.T) {
			f := readFile(t, compile(t, sumSource, test.args...))
			if f.Instructions == nil || f.Instructions.Decoded < 4 {
				t.Fatalf("have %+v", f.Instructions)
			}
			have := strings.Join(findingsOf("isa-used", f, v1), "\n")
			if (have == "") != (test.want == "") || !strings.Contains(have, test.want) {
				t.Errorf("have %q, want %q", have, test.want)
			}
		})
	}
}

// Functions on the same bytes again and again must not be read again and again.
func TestCodeMappedTwice(t *testing.T) {
	image := plainImage()
	image.Segments = append(image.Segments, elf.ProgHeader{Type: elf.PT_LOAD, Flags: elf.PF_R | elf.PF_X, Vaddr: 1 << 32, Filesz: 0xb00, Memsz: 0xb00, Align: 4096},
		elf.ProgHeader{Type: elf.PT_LOAD, Flags: elf.PF_R | elf.PF_X, Vaddr: 2 << 32, Filesz: 0xb00, Memsz: 0xb00, Align: 4096})
	if _, err := readBytes(image.Bytes(), WantInstructions); err == nil || !strings.Contains(err.Error(), "bytes of code") {
		t.Errorf("have error %v", err)
	}
}

// What is looked for by the section headers leaves the dynamic string table as
// it was: here it is too large to lie beside other tables, and extensions are told
// by it at last.
func TestStringTablesApart(t *testing.T) {
	source := "extern int lua_gettop(void *); int luaopen_x(void *l) { return lua_gettop(l); }"
	for i := range 300 {
		source += fmt.Sprintf("int f%d%s(void) { return %[1]d; }\n", i, strings.Repeat("_long", 500))
	}
	name := compile(t, source, "-shared", "-fPIC", "-s", "-Wl,--no-eh-frame-hdr")
	f := readFile(t, name)
	if f.Instructions.Decoded < 300 || len(f.Extensions) != 1 {
		t.Errorf("%d functions, extensions %+v", f.Instructions.Decoded, f.Extensions)
	}
}
