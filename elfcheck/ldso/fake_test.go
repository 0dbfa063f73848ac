package ldso

import (
	"bufio"
	"debug/elf"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/abivet/abivet/elfcheck"
	"github.com/abivet/abivet/internal/elfbuild"
)

// libcs are the releases that the cases are held against.
var libcs = []string{"2.31", "2.36", "2.41", "2.43", "musl"}

const (
	glibcLoader = "/lib64/ld-linux-x86-64.so.2"
	muslLoader  = "/lib/ld-musl-x86_64.so.1"
	multiarch   = "/usr/lib/x86_64-linux-gnu/"
)

// fakeLibc has of a C library what its loader and what asks for it look at.
func fakeLibc(libc string) files {
	if libc == "musl" {
		return files{"/usr/lib/ld-musl-x86_64.so.1": elfbuild.Image{
			SOName: "libc.so", Stack: plain, Data: []byte("\x001.2.5\x00"), Symbols: []elfbuild.Symbol{def("puts"), def("open"), def("memcpy"), def("__libc_start_main"), def("stdin")},
		}, "/etc/ld-musl-x86_64.path": "/lib/x86_64-linux-musl\n/usr/lib/x86_64-linux-musl\n"}
	}
	banner := fmt.Sprintf("\x00ld.so (Debian GLIBC %s-1) stable release version %s.\n\x00", libc, libc)
	versions := []elfbuild.Def{{Name: "libc.so.6", Base: true}, {Name: "GLIBC_2.2.5"}, {Name: "GLIBC_2.14"}}
	if libc != "2.31" {
		versions = append(versions, elfbuild.Def{Name: "GLIBC_2.34"}, elfbuild.Def{Name: "GLIBC_ABI_DT_RELR"})
	}
	c := elfbuild.Image{SOName: "libc.so.6", Needed: []string{"ld-linux-x86-64.so.2"}, Stack: plain, Defs: versions, TLS: map[string]uint64{"2.31": 0x90, "2.36": 0x90, "2.41": 0x88, "2.43": 0x80}[libc]}
	c.Symbols = []elfbuild.Symbol{defv("puts", "GLIBC_2.2.5"), defv("open64", "GLIBC_2.2.5"), defv("memcpy", "GLIBC_2.14"), hidden(defv("memcpy", "GLIBC_2.2.5"))}
	return files{
		"/usr/lib64/ld-linux-x86-64.so.2": link(multiarch + "ld.so"),
		multiarch + "ld.so":               elfbuild.Image{SOName: "ld-linux-x86-64.so.2", Stack: plain, Data: []byte(banner + "/lib/x86_64-linux-gnu/\x00/usr/lib/x86_64-linux-gnu/\x00/lib/\x00/usr/lib/\x00")},
		multiarch + "libc.so.6":           c,
		multiarch + "libdl.so.2":          so("libdl.so.2", "libc.so.6"),
		multiarch + "libpthread.so.0":     so("libpthread.so.0", "libc.so.6"),
		multiarch + "libm.so.6":           so("libm.so.6", "libc.so.6"),
		multiarch + "libresolv.so.2":      so("libresolv.so.2", "libc.so.6"),
	}
}

const plain = elf.PF_R | elf.PF_W // of a stack

// so is a shared object, with a soname or none, that needs others.
func so(name string, needs ...string) elfbuild.Image {
	return elfbuild.Image{SOName: name, Needed: needs, Stack: plain}
}

// program is one that a kernel starts.
func program(needs ...string) elfbuild.Image {
	m := so("", needs...)
	m.Interpreter = glibcLoader
	return m
}

// with changes a copy of an image.
func with(m elfbuild.Image, change ...func(*elfbuild.Image)) elfbuild.Image {
	for _, f := range change {
		f(&m)
	}
	return m
}

func runpath(p ...string) func(*elfbuild.Image) { return func(m *elfbuild.Image) { m.RunPath = p } }
func rpath(p ...string) func(*elfbuild.Image)   { return func(m *elfbuild.Image) { m.RPath = p } }

func tag(t elf.DynTag, v uint64) func(*elfbuild.Image) {
	return func(m *elfbuild.Image) {
		m.Tags = append(m.Tags[:len(m.Tags):len(m.Tags)], elfbuild.Tag{Tag: t, Value: v})
	}
}

func named(t elf.DynTag, name string) func(*elfbuild.Image) {
	return func(m *elfbuild.Image) {
		m.Tags = append(m.Tags[:len(m.Tags):len(m.Tags)], elfbuild.Tag{Tag: t, Name: name})
	}
}

func flags1(f elf.DynFlag1) func(*elfbuild.Image) { return tag(elf.DT_FLAGS_1, uint64(f)) }

func defs(versions ...string) func(*elfbuild.Image) {
	return func(m *elfbuild.Image) {
		m.Defs = []elfbuild.Def{{Name: m.SOName, Base: true}}
		for _, v := range versions {
			m.Defs = append(m.Defs, elfbuild.Def{Name: v})
		}
	}
}

func needs(library string, versions ...elfbuild.NeedVersion) func(*elfbuild.Image) {
	return func(m *elfbuild.Image) {
		m.Needs = append(m.Needs, elfbuild.Need{Library: library, Versions: versions})
	}
}

func v(name string) elfbuild.NeedVersion    { return elfbuild.NeedVersion{Name: name} }
func weak(name string) elfbuild.NeedVersion { return elfbuild.NeedVersion{Name: name, Weak: true} }

func has(symbols ...elfbuild.Symbol) func(*elfbuild.Image) {
	return func(m *elfbuild.Image) { m.Symbols = append(m.Symbols[:len(m.Symbols):len(m.Symbols)], symbols...) }
}

// def is a function that an image defines.
func def(name string) elfbuild.Symbol {
	return elfbuild.Symbol{Name: name, Bind: elf.STB_GLOBAL, Type: elf.STT_FUNC, Section: 1, Value: 0x100, Size: 8}
}

func defv(name, version string) elfbuild.Symbol {
	s := def(name)
	s.Version = version
	return s
}

func hidden(s elfbuild.Symbol) elfbuild.Symbol {
	s.Hidden = true
	return s
}

func typed(t elf.SymType, s elfbuild.Symbol) elfbuild.Symbol {
	s.Type = t
	return s
}

// ref is a symbol that an image asks for, of any or of one version.
func ref(name string, from ...string) elfbuild.Symbol {
	s := elfbuild.Symbol{Name: name, Bind: elf.STB_GLOBAL, Type: elf.STT_NOTYPE}
	if len(from) == 2 {
		s.Version, s.Library = from[0], from[1]
	}
	return s
}

func isWeak(s elfbuild.Symbol) elfbuild.Symbol {
	s.Bind = elf.STB_WEAK
	return s
}

// calls asks for symbols through the procedure linkage table.
func calls(symbols ...elfbuild.Symbol) func(*elfbuild.Image) {
	return func(m *elfbuild.Image) {
		for _, s := range symbols {
			has(s)(m)
			m.PLT = append(m.PLT[:len(m.PLT):len(m.PLT)], elfbuild.Relocation{Symbol: len(m.Symbols), Type: uint32(elf.R_X86_64_JMP_SLOT)})
		}
	}
}

// relocates asks for symbols by relocations of one type.
func relocates(kind elf.R_X86_64, symbols ...elfbuild.Symbol) func(*elfbuild.Image) {
	return func(m *elfbuild.Image) {
		for _, s := range symbols {
			has(s)(m)
			m.Relocations = append(m.Relocations[:len(m.Relocations):len(m.Relocations)], elfbuild.Relocation{Symbol: len(m.Symbols), Type: uint32(kind)})
		}
	}
}

func takes(symbols ...elfbuild.Symbol) func(*elfbuild.Image) {
	return relocates(elf.R_X86_64_GLOB_DAT, symbols...)
}

// build writes an image that a real loader can relocate: with room for what
// relocations change, at its end.
func build(m elfbuild.Image) []byte {
	if m.Static {
		return m.Bytes()
	}
	m.Data = append(m.Data[:len(m.Data):len(m.Data)], make([]byte, 64+8*(len(m.Relocations)+len(m.PLT)))...)
	if m.Interpreter != "" { // a loader finds out by it where the program is
		base := m.Base
		if base == 0 && m.Type == elf.ET_EXEC {
			base = 0x400000
		}
		header := elf.ProgHeader{Type: elf.PT_PHDR, Flags: elf.PF_R, Off: 64, Vaddr: base + 64, Filesz: 56, Memsz: 56, Align: 8}
		m.Segments = append(m.Segments[:len(m.Segments):len(m.Segments)], header)
	}
	if len(m.PLT) > 0 {
		tag(elf.DT_PLTGOT, 1)(&m)
	}
	f, err := elfcheck.Read(strings.NewReader(string(m.Bytes())), int64(len(m.Bytes())), elfcheck.WantLoading) // some are damaged
	if err != nil {
		panic(err)
	}
	writable := f.Segments[1] // headers are in the order of elfbuild here
	end := writable.VAddr + writable.FileSize
	place := func(list []elfbuild.Relocation) []elfbuild.Relocation {
		list = append([]elfbuild.Relocation(nil), list...)
		for i := range list {
			end -= 8
			if list[i].Offset == 0 {
				list[i].Offset = end
			}
		}
		return list
	}
	m.Relocations, m.PLT = place(m.Relocations), place(m.PLT)
	for i := range m.Tags {
		if m.Tags[i].Tag == elf.DT_PLTGOT {
			m.Tags[i].Value = end - 64
		}
	}
	b := m.Bytes()
	if m.Interpreter != "" && !m.Narrow && !m.BigEndian {
		// The loader needs PT_PHDR before what it places by it.
		const entry = 56
		table := b[64 : 64+entry*int(b[56])]
		last := slices.Clone(table[len(table)-entry:])
		copy(table[entry:], table)
		copy(table, last)
	}
	return b
}

// An answer is what a loader says: "ok", or a category and its first line.
type answer struct{ category, message string }

// readSaid reads what real loaders said of the cases: a line each, of the name
// of the case, the C library, the category and the message.
func readSaid(t *testing.T) map[string]map[string]answer {
	f, err := os.Open("testdata/said.txt")
	require.NoError(t, err)
	defer f.Close()
	said := map[string]map[string]answer{}
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), "#") {
			continue
		}
		part := strings.SplitN(lines.Text(), "\t", 4)
		require.Len(t, part, 4, lines.Text())
		if said[part[0]] == nil {
			said[part[0]] = map[string]answer{}
		}
		said[part[0]][part[1]] = answer{part[2], part[3]}
	}
	require.NoError(t, lines.Err())
	return said
}

func writeRequest(t *testing.T, base, name string, l loading) {
	b, err := json.MarshalIndent(struct {
		Name string
		Request
	}{name, l.request}, "", " ")
	require.NoError(t, err)
	require.NoError(t, os.MkdirAll(filepath.Join(base, "root"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(base, "request.json"), b, 0o644))
}
