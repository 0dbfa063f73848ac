package main

import (
	"debug/elf"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/abivet/abivet/abi"
)

// A library is what a package unpacked to.
type library struct {
	kind    string // libstdc++, libgcc, libbsd, musl, glibc
	dir     string
	arch    string
	release string // of musl, and of the libc among the libraries of glibc
	symbols []elf.Symbol
}

var libraryNames = []struct {
	kind string
	name *regexp.Regexp
}{
	{"libstdc++", regexp.MustCompile(`^libstdc\+\+\.so\.6\.0\.\d+$`)},
	{"libbsd", regexp.MustCompile(`^libbsd\.so\.0\.[0-9.]+$`)},
	{"libgcc", regexp.MustCompile(`^libgcc_s\.so\.1$`)},
	{"glibc", regexp.MustCompile(`^lib(c|m|pthread|dl|rt|util|resolv|nsl|anl|BrokenLocale)(\.so\.\d|-2\.\d+\.so)$`)},
	// A link, to libc.so of another directory or the other way about.
	{"musl", regexp.MustCompile(`^libc\.so$|^ld-musl-.*\.so\.1$`)},
}

// findLibraries reads every library below a directory.
func findLibraries(dir string) ([]library, error) {
	var all []library
	err := filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		for _, l := range libraryNames {
			if !l.name.MatchString(e.Name()) {
				continue
			}
			found, err := readLibrary(l.kind, name)
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			if found.arch != "" {
				all = append(all, found)
			}
		}
		return nil
	})
	return all, err
}

var glibcVersion = regexp.MustCompile(`release version (2\.\d+)`)

var muslVersion = regexp.MustCompile(`[^0-9.](1\.[0-9]\.[0-9]+)\x00`)

func readLibrary(kind, name string) (library, error) {
	data, err := os.ReadFile(name)
	if err != nil || !strings.HasPrefix(string(data), elf.ELFMAG) {
		return library{}, err // a linker script
	}
	f, err := elf.Open(name)
	if err != nil {
		return library{}, err
	}
	defer f.Close()
	l := library{kind: kind, dir: filepath.Dir(name), arch: goarch(f)}
	if m := glibcVersion.FindSubmatch(data); kind == "glibc" && m != nil {
		l.release = string(m[1])
	}
	if kind == "musl" {
		m := muslVersion.FindSubmatch(data)
		if m == nil {
			return library{}, nil // another libc.so
		}
		l.release = string(m[1])
	}
	symbols, err := f.DynamicSymbols()
	for _, s := range symbols {
		if bind := elf.ST_BIND(s.Info); s.Section != elf.SHN_UNDEF && (bind == elf.STB_GLOBAL || bind == elf.STB_WEAK) {
			l.symbols = append(l.symbols, s)
		}
	}
	return l, err
}

func goarch(f *elf.File) string {
	wide := f.Class == elf.ELFCLASS64
	switch m := f.Machine; {
	case m == elf.EM_X86_64 && wide:
		return "amd64"
	case m == elf.EM_S390 && wide:
		return "s390x"
	case m == elf.EM_RISCV && wide:
		return "riscv64"
	case m == elf.EM_PPC64 && f.Data == elf.ELFDATA2LSB:
		return "ppc64le"
	case m == elf.EM_MIPS && wide:
		return "mips64le"
	}
	return map[elf.Machine]string{elf.EM_386: "386", elf.EM_AARCH64: "arm64", elf.EM_ARM: "arm", elf.EM_LOONGARCH: "loong64"}[f.Machine]
}

// libstdcxxFacts takes the oldest version that a name has anywhere. The versions
// for another long double (GLIBCXX_LDBL_3.4) give way to the plain ones.
func libstdcxxFacts(libraries []library) (facts, error) {
	f := facts{names: map[string]answer{}}
	newest, arches := "", map[string]bool{}
	for _, l := range libraries {
		if l.kind != "libstdc++" {
			continue
		}
		arches[l.arch] = true
		for _, s := range l.symbols {
			namespace, v, numbered := abi.SplitSymbolVersion(s.Version)
			if !numbered || s.Size == 0 && elf.ST_TYPE(s.Info) == elf.STT_OBJECT || !strings.HasPrefix(namespace, "GLIBCXX") && !strings.HasPrefix(namespace, "CXXABI") {
				continue
			}
			if namespace == "GLIBCXX" && less(newest, string(v)) {
				newest = string(v)
			}
			if old, ok := f.names[s.Name]; !ok || older(s.Version, old["*"][1]) {
				f.names[s.Name] = answer{"*": {"libstdc++", s.Version}}
			}
		}
	}
	f.origin = fmt.Sprintf("dynamic symbols of Debian's libstdc++6 on %d architectures, up to GLIBCXX_%s", len(arches), newest)
	return f, nil
}

// older reports whether a version is preferred to another one of a name.
func older(a, b string) bool {
	an, av, _ := abi.SplitSymbolVersion(a)
	bn, bv, _ := abi.SplitSymbolVersion(b)
	if len(an) != len(bn) {
		return len(an) < len(bn) // GLIBCXX, not GLIBCXX_LDBL
	}
	return av.Less(bv)
}

var word = regexp.MustCompile(`[A-Za-z_][A-Za-z0-9_]*`)

// none stands for an empty word.
const none = "-"

// elsewhereFacts lists what other libraries than a C library have.
func elsewhereFacts(r repository, libraries []library) (facts, error) {
	f := facts{
		origin: "dynamic symbols of Debian's libgcc-s1 and libbsd0; sunrpc/Versions and nis/Versions of glibc 2.31",
		names:  map[string]answer{},
	}
	for _, moved := range []struct{ file, library string }{{"sunrpc/Versions", "libtirpc"}, {"nis/Versions", "libnsl"}} {
		text, err := r.git("show", "glibc-2.31:"+moved.file)
		if err != nil {
			return facts{}, err
		}
		for line := range strings.Lines(string(text)) {
			line, _, _ = strings.Cut(line, "#")
			if strings.Contains(line, "{") || strings.Contains(line, "}") {
				continue
			}
			for _, name := range word.FindAllString(line, -1) {
				f.names[name] = answer{"*": {moved.library, none}}
			}
		}
	}
	for _, l := range libraries {
		for _, s := range l.symbols {
			if l.kind == "libbsd" {
				f.names[s.Name] = answer{"*": {l.kind, none}}
			}
			if l.kind == "libgcc" {
				f.addLibgcc(s.Name, s.Version)
			}
		}
	}
	// GCC 9.4 and 10 put these into programs for arm64; they stand in libgcc.a
	// alone. Those GCCs are told by their libstdc++.
	for _, operation := range []string{"cas", "swp", "ldadd", "ldclr", "ldeor", "ldset"} {
		for _, size := range []string{"1", "2", "4", "8", "16"} {
			for _, order := range []string{"relax", "acq", "rel", "acq_rel", "sync"} {
				if size != "16" || operation == "cas" {
					f.names["__aarch64_"+operation+size+"_"+order] = answer{"arm64": {"libgcc", "GLIBCXX_3.4.28"}}
				}
			}
		}
	}
	return f, nil
}

// addLibgcc keeps the oldest version of a name. On some processors it is one of
// glibc, which had the name first: none, then.
func (f facts) addLibgcc(name, version string) {
	namespace, _, numbered := abi.SplitSymbolVersion(version)
	if namespace != "GCC" || !numbered {
		version = none
	}
	old, ok := f.names[name]
	if !ok || version == none || old["*"][1] != none && older(version, old["*"][1]) {
		f.names[name] = answer{"*": {"libgcc", version}}
	}
}
