package machocheck

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"testing"

	macho "github.com/blacktop/go-macho"
	"github.com/blacktop/go-macho/types"

	mb "github.com/abivet/abivet/internal/machobuild"
)

// oracleCommands are what go-macho is asked for. It reads the symbol table and
// the signature in ways that end the process on damaged files, so they are left
// out; the files here are sound, though.
var oracleCommands = []types.LoadCmd{
	types.LC_SEGMENT, types.LC_SEGMENT_64, types.LC_LOAD_DYLIB, types.LC_LOAD_WEAK_DYLIB, types.LC_REEXPORT_DYLIB,
	types.LC_LOAD_UPWARD_DYLIB, types.LC_LAZY_LOAD_DYLIB, types.LC_ID_DYLIB, types.LC_RPATH, types.LC_UUID,
	types.LC_BUILD_VERSION, types.LC_VERSION_MIN_MACOSX, types.LC_VERSION_MIN_IPHONEOS, types.LC_LOAD_DYLINKER,
}

// TestDifferential compares the facts with those of go-macho, over built files
// and, where ABIVET_MACHO_CORPUS names some, published ones.
func TestDifferential(t *testing.T) {
	built := map[string][]byte{
		"program-amd64": program(mb.AMD64).Bytes(), "program-arm64": program(mb.ARM64).Bytes(),
		"library": library(mb.ARM64).Bytes(), "narrow": narrow().Bytes(), "object": object().Bytes(), "go": goProgram().Bytes(),
		"universal": mb.Universal(library(mb.AMD64).Slice(), program(mb.ARM64).Slice()),
	}
	for name, data := range built {
		t.Run(name, func(t *testing.T) { compareWithOracle(t, bytes.NewReader(data), int64(len(data))) })
	}
	t.Run("corpus", func(t *testing.T) {
		for _, path := range corpus(t) {
			r, err := os.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			info, err := r.Stat()
			if err != nil {
				t.Fatal(err)
			}
			compareWithOracle(t, r, info.Size())
			r.Close()
		}
	})
}

func compareWithOracle(t *testing.T, r io.ReaderAt, size int64) {
	t.Helper()
	files, err := Read(r, size, 0)
	if errors.Is(err, ErrArchive) {
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		slice := io.NewSectionReader(r, f.Slice.Offset, f.Slice.Size)
		o, err := macho.NewFile(slice, macho.FileConfig{LoadIncluding: oracleCommands})
		if err != nil {
			t.Fatalf("go-macho: %v", err)
		}
		ours, theirs := differentialFacts(f), oracleFacts(o)
		if !slices.Equal(ours, theirs) {
			t.Errorf("slice %s:\n%s", f.Arch, difference(ours, theirs))
		}
	}
}

func differentialFacts(f *File) []string {
	var facts []string
	add := func(format string, args ...any) { facts = append(facts, fmt.Sprintf(format, args...)) }
	for _, s := range f.Segments {
		add("segment %s %#x %#x %#x %#x %v %v %d", s.Name, s.Addr, s.Size, s.Offset, s.FileSize, s.MaxProt, s.InitProt, s.Flags)
		for _, x := range s.Sections {
			add("section %s,%s %#x %#x %#x", x.Segment, x.Name, x.Addr, x.Size, x.Flags)
		}
	}
	for _, l := range f.Dylibs {
		add("needs %s %s %s", l.Name, l.Current, l.Compatibility)
	}
	for _, p := range f.RPaths {
		add("rpath %s", p)
	}
	for _, b := range f.Builds {
		add("build %s %s", b.MinOS, b.SDK)
	}
	if f.ID.Name != "" {
		add("id %s %s %s", f.ID.Name, f.ID.Current, f.ID.Compatibility)
	}
	if f.UUID != "" {
		add("uuid %s", f.UUID)
	}
	if f.Dylinker != "" {
		add("dylinker %s", f.Dylinker)
	}
	slices.Sort(facts)
	return facts
}

func oracleFacts(o *macho.File) []string {
	var facts []string
	add := func(format string, args ...any) { facts = append(facts, fmt.Sprintf(format, args...)) }
	// Its own way to write a version leaves out a patch level behind ".0".
	library := func(v types.Version) string { return string(libraryVersion(uint32(v))) }
	release := func(v types.Version) string { return string(releaseOf(uint32(v))) }
	dylib := func(l macho.Dylib) {
		add("needs %s %s %s", l.Name, library(l.CurrentVersion), library(l.CompatVersion))
	}
	for _, load := range o.Loads {
		switch l := load.(type) {
		case *macho.Segment:
			add("segment %s %#x %#x %#x %#x %v %v %d", l.Name, l.Addr, l.Memsz, l.Offset, l.Filesz, l.Maxprot, l.Prot, uint32(l.Flag))
		case *macho.LoadDylib:
			dylib(l.Dylib)
		case *macho.WeakDylib:
			dylib(l.Dylib)
		case *macho.ReExportDylib:
			dylib(l.Dylib)
		case *macho.UpwardDylib:
			dylib(l.Dylib)
		case *macho.LazyLoadDylib:
			dylib(l.Dylib)
		case *macho.IDDylib:
			add("id %s %s %s", l.Name, library(l.CurrentVersion), library(l.CompatVersion))
		case *macho.Rpath:
			add("rpath %s", l.Path)
		case *macho.UUID:
			add("uuid %s", l.UUID)
		case *macho.BuildVersion:
			add("build %s %s", release(l.Minos), release(l.Sdk))
		case *macho.VersionMinMacOSX:
			add("build %s %s", release(l.Version), release(l.Sdk))
		case *macho.VersionMiniPhoneOS:
			add("build %s %s", release(l.Version), release(l.Sdk))
		case *macho.LoadDylinker:
			add("dylinker %s", l.Name)
		}
	}
	for _, x := range o.Sections {
		add("section %s,%s %#x %#x %#x", x.Seg, x.Name, x.Addr, x.Size, uint32(x.Flags))
	}
	slices.Sort(facts)
	return facts
}
