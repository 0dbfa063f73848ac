package machocheck

import (
	"bytes"
	"errors"
	"reflect"
	"runtime"
	"testing"

	"github.com/abivet/abivet/abi"
	mb "github.com/abivet/abivet/internal/machobuild"
)

func FuzzRead(f *testing.F) {
	for _, data := range [][]byte{
		program(mb.AMD64).Bytes(), program(mb.ARM64).Bytes(), library(mb.AMD64).Bytes(), narrow().Bytes(),
		object().Bytes(), goProgram().Bytes(), mb.Universal(library(mb.AMD64).Slice(), narrow().Slice()),
		mb.Universal64(object().Slice()), mb.Universal(mb.Part{CPU: mb.ARM64, Data: mb.Archive(object().Bytes())}),
		luaProgram(mb.AMD64, interpreter(false), 1<<32).Bytes(),
		{0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 52}, {},
	} {
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		files, err := Read(bytes.NewReader(data), int64(len(data)), WantAll)
		if (err == nil) != (len(files) > 0) || err != nil && files != nil {
			t.Fatalf("Read returned %v and the error %v", files, err)
		}
		var format *abi.FormatError
		if err != nil && !errors.Is(err, abi.ErrFormat) && !errors.Is(err, ErrArchive) && !errors.As(err, &format) {
			t.Fatalf("%v: want ErrFormat, ErrArchive or a FormatError", err)
		}
		if format != nil && (format.Offset < 0 || format.Offset > int64(len(data))) {
			t.Fatalf("%v: the file has %#x bytes", err, len(data))
		}
		again, _ := Read(bytes.NewReader(data), int64(len(data)), WantAll)
		if !reflect.DeepEqual(files, again) {
			t.Fatalf("read twice:\n%+v\n%+v", files, again)
		}
		cheap, cheapErr := Read(bytes.NewReader(data), int64(len(data)), 0)
		if err == nil && (cheapErr != nil || len(cheap) != len(files)) {
			t.Fatalf("%d files; with the zero Want %d, %v", len(files), len(cheap), cheapErr)
		}
		holdRules(t, data)
		for _, file := range files {
			holdInside(t, file, data)
			for _, release := range []abi.Version{"", "11.0", "15.4", "26.0"} {
				abi.Check(Rules(), file, abi.Target{Platform: abi.Platform{OS: darwin, Arch: "arm64"}, MinOS: release})
			}
		}
	})
}

// holdRules holds that rules find with WantRules what they find with all names.
func holdRules(t *testing.T, data []byte) {
	t.Helper()
	const others = WantLuaJIT | WantGo | WantSignature | WantExtensions
	some, someErr := Read(bytes.NewReader(data), int64(len(data)), WantRules|others)
	all, err := Read(bytes.NewReader(data), int64(len(data)), WantSymbols|others)
	if err != nil {
		return // what is wrong may be where rules do not look
	}
	if someErr != nil {
		t.Fatalf("for the rules: %v; with all symbols it can be read", someErr)
	}
	for i := range all {
		for _, release := range []abi.Version{"", "10.9", "11.0", "15.4", "26.0"} {
			target := abi.Target{Platform: abi.Platform{OS: darwin, Arch: "arm64"}, MinOS: release}
			found, _ := abi.Check(Rules(), some[i], target)
			want, _ := abi.Check(Rules(), all[i], target)
			if !reflect.DeepEqual(found, want) {
				t.Fatalf("target %q: found %v with the names for the rules, %v with all", release, found, want)
			}
		}
	}
}

// holdInside holds everything that a file says against its bytes.
func holdInside(t *testing.T, f *File, data []byte) {
	t.Helper()
	s := f.Slice
	if s.Offset < 0 || s.Size < 0 || s.Offset+s.Size > int64(len(data)) {
		t.Fatalf("slice %+v of %#x bytes", s, len(data))
	}
	slice := data[s.Offset : s.Offset+s.Size]
	for _, g := range f.Segments {
		if f.Kind != Stub && !within(g.Offset, g.FileSize, s.Size) && g.FileSize > 0 {
			t.Fatalf("segment %+v of a slice of %#x bytes", g, s.Size)
		}
		for _, x := range g.Sections {
			if f.Kind != Stub && x.Offset > 0 && !within(x.Offset, x.Size, s.Size) {
				t.Fatalf("section %+v of a slice of %#x bytes", x, s.Size)
			}
		}
	}
	words := append(append([]string{f.ID.Name, f.Dylinker}, f.RPaths...), f.Environment...)
	for _, l := range f.Dylibs {
		words = append(words, l.Name)
	}
	for _, i := range f.Imports {
		words = append(words, i.Name)
	}
	for _, w := range words {
		if !bytes.Contains(slice, []byte(w)) {
			t.Fatalf("%q does not stand in the file", w)
		}
	}
}

// TestReadMemory changes each word of a file to large numbers: no count may
// make Read take much more memory than the file has bytes.
func TestReadMemory(t *testing.T) {
	const most = 4 << 20
	var before, after runtime.MemStats
	for _, sound := range [][]byte{program(mb.AMD64).Bytes(), library(mb.ARM64).Bytes(), mb.Universal(narrow().Slice())} {
		for at := 0; at+4 <= len(sound) && at < 8192; at += 4 {
			for _, v := range []uint32{0xffffffff, 0x7fffffff, 0x00ffffff, 0x01000000} {
				data := put(sound, at, v)
				runtime.ReadMemStats(&before)
				_, _ = Read(bytes.NewReader(data), int64(len(data)), WantAll)
				runtime.ReadMemStats(&after)
				if n := after.TotalAlloc - before.TotalAlloc; n > most {
					t.Fatalf("word %#x at %#x: %d bytes allocated for a file of %d", v, at, n, len(data))
				}
			}
		}
	}
}
