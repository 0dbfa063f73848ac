package main

import (
	"bufio"
	"debug/elf"
	"debug/macho"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"strings"

	gomacho "github.com/blacktop/go-macho"
	"github.com/blacktop/go-macho/types"

	"github.com/abivet/abivet/elfcheck"
	"github.com/abivet/abivet/machocheck"
)

// A reader reads one file and returns its needed libraries and undefined
// symbols.
type reader func(name string) (needed, undefined int, err error)

var readers = map[string]reader{
	"elfcheck":          elfcheckFacts(0),
	"elfcheck-imports":  elfcheckFacts(elfcheck.WantImports),
	"debug-elf":         debugELF(false),
	"debug-elf-symbols": debugELF(true),
	"least-macho":       leastMachO,
	"machocheck":        machocheckFacts(0),
	"machocheck-rules":  machocheckFacts(machocheck.WantRules | machocheck.WantSignature | machocheck.WantGo),
	"debug-macho":       debugMachO,
	"go-macho":          goMachO(gomacho.FileConfig{}),
	"go-macho-filtered": goMachO(gomacho.FileConfig{LoadIncluding: []types.LoadCmd{
		types.LC_SEGMENT_64, types.LC_LOAD_DYLIB, types.LC_LOAD_WEAK_DYLIB, types.LC_REEXPORT_DYLIB, types.LC_RPATH, types.LC_BUILD_VERSION, types.LC_VERSION_MIN_MACOSX, types.LC_ID_DYLIB,
	}}),
}

// readList reads all files of a list, and counts on stderr.
func readList(name, list string) error {
	read, ok := readers[name]
	if !ok {
		return fmt.Errorf("%q: no such reader", name)
	}
	f, err := os.Open(list)
	if err != nil {
		return err
	}
	defer f.Close()
	files, needed, undefined, failed := 0, 0, 0, 0
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		n, u, err := read(lines.Text())
		if err != nil {
			failed++
		}
		files, needed, undefined = files+1, needed+n, undefined+u
	}
	fmt.Fprintf(os.Stderr, "COUNT files=%d failed=%d needed=%d undefined=%d\n", files, failed, needed, undefined)
	return lines.Err()
}

func elfcheckFacts(want elfcheck.Want) reader {
	return func(name string) (int, int, error) {
		f, err := elfcheck.ReadFile(name, want)
		if err != nil {
			return 0, 0, err
		}
		return len(f.Needed), len(f.Imports), nil
	}
}

func debugELF(symbols bool) reader {
	return func(name string) (int, int, error) {
		f, err := elf.Open(name)
		if err != nil {
			return 0, 0, err
		}
		defer f.Close()
		needed, err := f.ImportedLibraries()
		if err != nil {
			return 0, 0, err
		}
		if _, err := f.DynamicVersionNeeds(); err != nil && !symbols {
			return len(needed), 0, nil // no versions: not an error here
		}
		if !symbols {
			return len(needed), 0, nil
		}
		all, err := f.DynamicSymbols()
		undefined := 0
		for _, s := range all {
			if s.Section == elf.SHN_UNDEF && s.Name != "" {
				undefined++
			}
		}
		return len(needed), undefined, err
	}
}

// leastMachO walks the load commands of the first slice and keeps the names
// of libraries: a bar, as least.c is for ELF.
func leastMachO(name string) (needed, _ int, err error) {
	f, err := os.Open(name)
	if err != nil {
		return 0, 0, err
	}
	defer f.Close()
	var head [32]byte
	base := int64(0)
	if _, err := f.ReadAt(head[:], 0); err != nil {
		return 0, 0, err
	}
	slices := uint32(1)
	fat := make([]byte, 0)
	if binary.BigEndian.Uint32(head[:]) == 0xcafebabe {
		slices = min(binary.BigEndian.Uint32(head[4:]), 40)
		fat = make([]byte, 20*slices)
		if _, err := f.ReadAt(fat, 8); err != nil {
			return 0, 0, err
		}
	}
	for i := range slices {
		if len(fat) > 0 {
			base = int64(binary.BigEndian.Uint32(fat[20*i+8:]))
			if _, err := f.ReadAt(head[:], base); err != nil {
				return 0, 0, err
			}
		}
		n, err := leastCommands(f, base, head[:])
		if err != nil {
			return 0, 0, err
		}
		needed += n
	}
	return needed, 0, nil
}

var commands [1 << 20]byte

func leastCommands(f io.ReaderAt, base int64, head []byte) (needed int, err error) {
	b := commands[:min(int(binary.LittleEndian.Uint32(head[20:])), len(commands))]
	start := base + 28
	if head[0] == 0xcf {
		start += 4
	}
	if _, err := f.ReadAt(b, start); err != nil {
		return 0, err
	}
	for len(b) >= 24 {
		size := int(binary.LittleEndian.Uint32(b[4:]))
		if size < 8 || size > len(b) {
			break
		}
		switch types.LoadCmd(binary.LittleEndian.Uint32(b)) {
		case types.LC_LOAD_DYLIB, types.LC_LOAD_WEAK_DYLIB, types.LC_REEXPORT_DYLIB, types.LC_LOAD_UPWARD_DYLIB, types.LC_LAZY_LOAD_DYLIB:
			_ = strings.TrimRight(string(b[min(24, size):size]), "\x00")
			needed++
		}
		b = b[size:]
	}
	return needed, nil
}

func machocheckFacts(want machocheck.Want) reader {
	return func(name string) (needed, _ int, err error) {
		slices, err := machocheck.ReadFile(name, want)
		for _, f := range slices {
			needed += len(f.Dylibs)
		}
		return needed, 0, err
	}
}

func debugMachO(name string) (needed, _ int, err error) {
	count := func(f *macho.File) {
		libraries, _ := f.ImportedLibraries() // never an error
		needed += len(libraries)
	}
	if fat, err := macho.OpenFat(name); err == nil {
		defer fat.Close()
		for _, a := range fat.Arches {
			count(a.File)
		}
		return needed, 0, nil
	}
	f, err := macho.Open(name)
	if err != nil {
		return 0, 0, err
	}
	defer f.Close()
	count(f)
	return needed, 0, nil
}

func goMachO(config gomacho.FileConfig) reader {
	return func(name string) (needed, _ int, err error) {
		if fat, err := gomacho.OpenFat(name); err == nil {
			defer fat.Close()
			for _, a := range fat.Arches {
				needed += len(a.File.ImportedLibraries())
			}
			return needed, 0, nil
		}
		r, err := os.Open(name)
		if err != nil {
			return 0, 0, err
		}
		defer r.Close()
		f, err := gomacho.NewFile(r, config)
		if err != nil {
			return 0, 0, err
		}
		return len(f.ImportedLibraries()), 0, nil
	}
}
