package luajit

import (
	"debug/elf"
	"debug/macho"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/abivet/abivet/abi"
)

// openImage reads a file as the readers of this module do, by the standard
// library. It returns false for what is neither ELF nor thin Mach-O.
func openImage(t testing.TB, name string) (Image, bool) {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		return Image{}, false
	}
	t.Cleanup(func() { f.Close() })
	magic := make([]byte, 4)
	if _, err := io.ReadFull(f, magic); err != nil {
		return Image{}, false
	}
	switch string(magic) {
	case "\x7fELF":
		return elfImage(f)
	case "\xcf\xfa\xed\xfe":
		return machoImage(f)
	}
	return Image{}, false
}

var elfArch = map[elf.Machine]string{elf.EM_X86_64: "amd64", elf.EM_386: "386", elf.EM_AARCH64: "arm64", elf.EM_ARM: "arm", elf.EM_S390: "s390x"}

func elfImage(r io.ReaderAt) (Image, bool) {
	f, err := elf.NewFile(r)
	if err != nil {
		return Image{}, false
	}
	img := Image{Platform: abi.Platform{OS: "linux", Arch: elfArch[f.Machine]}}
	for _, p := range f.Progs {
		if p.Type == elf.PT_LOAD && p.Filesz > 0 {
			img.Regions = append(img.Regions, Region{r, int64(p.Off), int64(p.Filesz), p.Flags&elf.PF_X != 0})
		}
	}
	symbols, _ := f.Symbols()
	dynamic, _ := f.DynamicSymbols()
	for _, s := range append(symbols, dynamic...) {
		if s.Section == elf.SHN_UNDEF {
			img.Imported = append(img.Imported, s.Name)
		} else {
			img.Defined = append(img.Defined, s.Name)
		}
	}
	img.Libraries, _ = f.ImportedLibraries()
	return img, true
}

func machoImage(r io.ReaderAt) (Image, bool) {
	f, err := macho.NewFile(r)
	if err != nil {
		return Image{}, false
	}
	arch := map[macho.Cpu]string{macho.CpuAmd64: "amd64", macho.CpuArm64: "arm64"}[f.Cpu]
	img := Image{Platform: abi.Platform{OS: "darwin", Arch: arch}}
	for _, l := range f.Loads {
		if s, ok := l.(*macho.Segment); ok && s.Filesz > 0 && s.Prot != 0 {
			img.Regions = append(img.Regions, Region{r, int64(s.Offset), int64(s.Filesz), s.Prot&4 != 0})
		}
	}
	if f.Symtab != nil {
		for _, s := range f.Symtab.Syms {
			name := strings.TrimPrefix(s.Name, "_")
			if s.Type&0xe == 0 {
				img.Imported = append(img.Imported, name)
			} else {
				img.Defined = append(img.Defined, name)
			}
		}
	}
	img.Libraries, _ = f.ImportedLibraries()
	return img, true
}
