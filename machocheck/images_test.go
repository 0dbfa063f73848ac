package machocheck

import (
	"bytes"
	"testing"

	mb "github.com/abivet/abivet/internal/machobuild"
)

// read reads a built image that must be sound and not universal.
func read(t *testing.T, data []byte, want Want) *File {
	t.Helper()
	files := readAll(t, data, want)
	if len(files) != 1 {
		t.Fatalf("%d slices: want 1", len(files))
	}
	return files[0]
}

func readAll(t *testing.T, data []byte, want Want) []*File {
	t.Helper()
	files, err := Read(bytes.NewReader(data), int64(len(data)), want)
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// with returns the image with more load commands.
func with(m mb.Image, commands ...mb.Command) mb.Image {
	m.Commands = append(append([]mb.Command(nil), m.Commands...), commands...)
	return m
}

var (
	pageZero = mb.Segment{Name: "__PAGEZERO", Size: 1 << 32}
	linkEdit = mb.Segment{Name: "__LINKEDIT", Addr: 0x100100000, Size: 0x4000, MaxProt: 1, InitProt: 1, Rest: true}
	system   = mb.Library{Name: "/usr/lib/libSystem.B.dylib", Current: mb.Version(1351, 0, 0), Compatibility: mb.Version(1, 0, 0)}
	uuid     = mb.UUID{0xde, 0xad, 0xbe, 0xef, 4: 1, 15: 0xff}
	macOS13  = mb.Build{Platform: mb.MacOS, MinOS: mb.Version(13, 0, 0), SDK: mb.Version(14, 2, 1)}
)

func text(code []byte) mb.Segment {
	return mb.Segment{
		Name: "__TEXT", Addr: 1 << 32, Size: 0x40000, MaxProt: 5, InitProt: 5, Header: true, Data: code,
		Sections: []mb.Section{{Name: "__text", Addr: 1<<32 + 0x1000, Size: uint64(len(code)), Flags: 0x80000400}},
	}
}

// program is a sound executable for a processor.
func program(cpu uint32) mb.Image {
	m := mb.Image{CPU: cpu, Type: mb.Execute, Flags: mb.NoUndefs | mb.DyldLink | mb.TwoLevel | mb.PIE}
	if cpu == mb.AMD64 {
		m.Subtype = mb.SubtypeAMD64
	}
	m.Commands = []mb.Command{
		pageZero,
		text(make([]byte, 64)),
		mb.Segment{
			Name: "__DATA_CONST", Addr: 0x100040000, Size: 0x4000, MaxProt: 3, InitProt: 3, Flags: readOnlyFlag, Data: make([]byte, 32),
			Sections: []mb.Section{{Name: "__got", Addr: 0x100040000, Size: 32}, {Name: "__bss", Addr: 0x100040020, Size: 0x3000, Flags: 1}},
		},
		linkEdit,
		mb.Blob{Kind: mb.ChainedFixups, Data: make([]byte, 48)},
		mb.Blob{Kind: mb.ExportsTrie, Data: mb.Trie("_main", "__mh_execute_header")},
		mb.Symtab{
			Defined:   []string{"_main"},
			Undefined: []mb.Undefined{{Name: "_puts", Library: 1}, {Name: "_new", Library: 1, Weak: true}, {Name: "_host", Library: 0xfe}},
			Ranges:    true,
		},
		mb.Dylinker("/usr/lib/dyld"),
		uuid, macOS13, mb.Main{Offset: 0x1000},
		system,
		mb.Signed{Flags: AdHoc | LinkerSigned},
	}
	return m
}

// library is a sound dylib with an older version command and fixups.
func library(cpu uint32) mb.Image {
	return mb.Image{
		CPU: cpu, Type: mb.Dylib, Flags: mb.NoUndefs | mb.DyldLink | mb.TwoLevel,
		Commands: []mb.Command{
			text(make([]byte, 32)), linkEdit,
			mb.Library{Kind: mb.ID, Name: "@rpath/libl.1.dylib", Current: mb.Version(1, 0, 8), Compatibility: mb.Version(1, 0, 0)},
			mb.DyldInfo{Exports: mb.Trie("_f", "_g")},
			uuid, mb.MinMacOS{MinOS: mb.Version(10, 15, 4)},
			system,
			mb.Library{Kind: mb.Weak, Name: "@rpath/libweak.dylib", Current: mb.Version(105, 0, 14), Compatibility: mb.Version(13, 0, 0)},
			mb.Library{Kind: mb.Reexport, Name: "@loader_path/libre.dylib"},
			mb.Library{Kind: mb.Upward, Name: "/usr/lib/libup.dylib"},
			mb.Library{Kind: mb.Lazy, Name: "/usr/lib/liblazy.dylib"},
			mb.DylibUse{Name: "/usr/lib/libweakuse.dylib", Flags: 1},
			mb.DylibUse{Name: "/usr/lib/libdelayed.dylib", Flags: 8},
			mb.RPath("@loader_path/../lib"), mb.RPath("/opt/x"), mb.RPath("@loader_path/../lib"),
			mb.Environment("DYLD_LIBRARY_PATH=/x"),
			mb.Raw{Kind: 0x7f, Body: mb.Words(1, 2)},
			mb.Raw{Kind: 0x2c, Body: mb.Words(0, 0, 1, 0)}, // encrypted
			mb.Signed{Flags: HardenedRuntime, XML: []byte(`<plist version="1.0"><dict><key>com.apple.security.cs.allow-jit</key><true/></dict></plist>`)},
		},
	}
}

// narrow is a big-endian file of 32 bits.
func narrow() mb.Image {
	return mb.Image{
		CPU: mb.PPC, Type: mb.Bundle, Narrow: true, BigEndian: true, Flags: mb.TwoLevel,
		Commands: []mb.Command{
			mb.Segment{
				Name: "__TEXT", Addr: 0x1000, Size: 0x1000, MaxProt: 7, InitProt: 5, Data: make([]byte, 24),
				Sections: []mb.Section{{Name: "__text", Addr: 0x1000, Size: 24}},
			},
			mb.Symtab{Defined: []string{"_init"}, Undefined: []mb.Undefined{{Name: "_puts", Library: 1}}},
			system,
		},
	}
}

// object is an object file: one segment without a name.
func object() mb.Image {
	return mb.Image{
		CPU: mb.ARM64, Type: mb.Object,
		Commands: []mb.Command{
			mb.Segment{
				Size: 16, MaxProt: 7, InitProt: 7, Data: make([]byte, 16),
				Sections: []mb.Section{{Segment: "__TEXT", Name: "__text", Size: 8}, {Segment: "__DATA", Name: "__data", Addr: 8, At: 8, Size: 8}},
			},
			mb.Build{Platform: mb.MacOS, MinOS: mb.Version(26, 0, 0)},
			mb.Symtab{Defined: []string{"_f"}, Undefined: []mb.Undefined{{Name: "_g"}}, Ranges: true},
		},
	}
}

// goProgram has what the go command writes into its programs.
func goProgram() mb.Image {
	info := append([]byte("\xff Go buildinf:\x08\x02"), make([]byte, 16)...)
	info = append(append(info, 8), "go1.26.8"...)
	module := "0123456789abcdefpath\texample.com/hello\nbuild\tCGO_ENABLED=0\nbuild\tGOAMD64=v3\nfedcba9876543210"
	info = append(append(info, byte(len(module))), module...)
	m := mb.Image{CPU: mb.AMD64, Subtype: mb.SubtypeAMD64, Type: mb.Execute, Flags: mb.DyldLink | mb.PIE}
	m.Commands = []mb.Command{
		mb.Segment{Name: "__PAGEZERO", Size: goPageZero}, text(make([]byte, 64)),
		mb.Segment{
			Name: "__DATA", Addr: 0x2000000, Size: 0x1000, MaxProt: 3, InitProt: 3, Data: info,
			Sections: []mb.Section{{Name: goBuildSection, Addr: 0x2000000, Size: uint64(len(info))}},
		},
		mb.Raw{Kind: 5, Body: mb.Words(4, 42)}, mb.Dylinker("/usr/lib/dyld"), macOS13,
	}
	return m
}

// debugInformation has the segments of the program that it is of, without
// their bytes, as dsymutil writes it.
func debugInformation() mb.Image {
	return mb.Image{
		CPU: mb.ARM64, Type: mb.DSYM,
		Commands: []mb.Command{
			mb.Segment{
				Name: "__TEXT", Addr: 1 << 32, Size: 0x4000, MaxProt: 5, InitProt: 5,
				Sections: []mb.Section{{Name: "__text", Addr: 1<<32 + 0x1000, At: 0x100000, Size: 0x2000}},
			},
			mb.Segment{Name: "__DWARF", Addr: 1<<32 + 0x8000, Size: 16, MaxProt: 7, InitProt: 3, Data: make([]byte, 16)},
			uuid, macOS13,
		},
	}
}
