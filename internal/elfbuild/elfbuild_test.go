package elfbuild

import (
	"bytes"
	"debug/elf"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// images is one of each form that the loaders know.
func images() map[string]Image {
	forms := map[string]Image{
		"amd64":   {},
		"x32":     {Narrow: true},
		"386":     {Machine: elf.EM_386, Narrow: true, NoAddend: true},
		"arm64":   {Machine: elf.EM_AARCH64, Page: 0x10000},
		"s390x":   {Machine: elf.EM_S390, BigEndian: true},
		"ppc":     {Machine: elf.EM_PPC, Narrow: true, BigEndian: true},
		"mips64":  {Machine: elf.EM_MIPS},
		"program": {Type: elf.ET_EXEC, Interpreter: "/lib64/ld-linux-x86-64.so.2"},
		"sysv":    {Hash: SysV},
		"both":    {Hash: Both},
		"padded":  {StringsPad: 1 << 20, VersionsGap: 8 << 10},
	}
	for name, m := range forms {
		m.SOName, m.Needed, m.RunPath = "libx.so.1", []string{"libc.so.6", "libm.so.6"}, []string{"$ORIGIN"}
		m.Needs = []Need{{"libc.so.6", []NeedVersion{{Name: "GLIBC_2.34"}, {Name: "GLIBC_2.17", Weak: true}}}, {"libm.so.6", []NeedVersion{{Name: "GLIBC_2.29"}}}}
		m.Defs = []Def{{Name: "libx.so.1", Base: true}, {Name: "X_1"}, {Name: "X_2", Parents: []string{"X_1"}}}
		m.Symbols = []Symbol{
			{Name: "free", Version: "GLIBC_2.17", Library: "libc.so.6", Bind: elf.STB_GLOBAL, Type: elf.STT_FUNC},
			{Name: "puts", Version: "GLIBC_2.34", Library: "libc.so.6", Bind: elf.STB_GLOBAL, Type: elf.STT_FUNC, Hashed: true},
			{Name: "log", Version: "GLIBC_2.29", Library: "libm.so.6", Bind: elf.STB_WEAK, Type: elf.STT_FUNC},
			{Name: "x_open", Version: "X_1", Hidden: true, Bind: elf.STB_GLOBAL, Type: elf.STT_FUNC, Section: 1, Value: 0x10, Size: 4},
			{Name: "x_open", Version: "X_2", Bind: elf.STB_GLOBAL, Type: elf.STT_FUNC, Section: 1, Value: 0x20, Size: 4},
			{Name: "x_plain", Bind: elf.STB_GLOBAL, Type: elf.STT_OBJECT, Section: 1, Value: 0x30, Size: 8},
		}
		m.Relocations = []Relocation{{Offset: 0x2000, Symbol: 1, Type: 6}}
		m.Notes = []Note{ABITag(0, 3, 2, 0), BuildID(1, 2, 3)}
		m.Stack, m.RELRO, m.TLS = elf.PF_R|elf.PF_W, true, 16
		forms[name] = m
	}
	return forms
}

// The standard library's reader, which goes by section headers, must find in an
// image what was asked for.
func TestImage(t *testing.T) {
	for name, m := range images() {
		t.Run(name, func(t *testing.T) {
			f, err := elf.NewFile(bytes.NewReader(m.Bytes()))
			if err != nil {
				t.Fatal(err)
			}
			if f.Machine != m.machine() || (f.Class == elf.ELFCLASS32) != m.Narrow || (f.Data == elf.ELFDATA2MSB) != m.BigEndian {
				t.Errorf("header %+v", f.FileHeader)
			}
			for tag, want := range map[elf.DynTag][]string{elf.DT_NEEDED: m.Needed, elf.DT_SONAME: {m.SOName}, elf.DT_RUNPATH: m.RunPath} {
				if got, err := f.DynString(tag); err != nil || !slices.Equal(got, want) {
					t.Errorf("%s: %q, %v, want %q", tag, got, err, want)
				}
			}
			symbols, err := f.DynamicSymbols()
			if err != nil {
				t.Fatal(err)
			}
			var got, want []string
			for _, s := range symbols {
				got = append(got, fmt.Sprint(s.Name, s.Library, s.Version, s.Info, s.Value, s.Size))
			}
			for _, s := range m.Symbols {
				want = append(want, fmt.Sprint(s.Name, s.Library, s.Version, elf.ST_INFO(s.Bind, s.Type), s.Value, s.Size))
			}
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Errorf("symbols:\n%q\nwant:\n%q", got, want)
			}
		})
	}
}

// readelf checks much that debug/elf does not look at.
func TestReadelfAccepts(t *testing.T) {
	readelf, err := exec.LookPath("readelf")
	if err != nil {
		t.Skip("readelf is not installed: nothing holds the images against it")
	}
	files := map[string][]byte{
		"object":  Object{StackNote: true, Symbols: []Symbol{{Name: "f", Bind: elf.STB_GLOBAL, Section: 1}}}.Bytes(),
		"object2": Object{Narrow: true, BigEndian: true, Machine: elf.EM_PPC, Sections: 3, NoSymbols: true}.Bytes(),
		"static":  Image{Type: elf.ET_EXEC, Static: true, Data: []byte("data")}.Bytes(),
		"empty":   Image{}.Bytes(),
	}
	for name, m := range images() {
		files[name] = m.Bytes()
		m.NoSections = true
		files[name+"-bare"] = m.Bytes()
	}
	for name, image := range files {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), name)
			if err := os.WriteFile(path, image, 0o644); err != nil {
				t.Fatal(err)
			}
			options := []string{"-aW"}
			if strings.HasSuffix(name, "-bare") {
				options = []string{"-hldW"} // what needs no section headers
			}
			cmd := exec.Command(readelf, append(options, path)...)
			cmd.Env = append(os.Environ(), "LC_ALL=C")
			var stderr bytes.Buffer
			cmd.Stderr = &stderr
			out, err := cmd.Output()
			if err != nil || stderr.Len() > 0 {
				t.Errorf("readelf: %v: %s\n%s", err, stderr.String(), out)
			}
		})
	}
}
