package elfcheck

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"io"
	"reflect"
	"testing"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/internal/elfbuild"
)

// A file that is cut anywhere is an error, or nothing that is read was cut:
// never a shorter table.
func TestTruncation(t *testing.T) {
	for name, image := range images() {
		if len(image) > 64<<10 {
			continue
		}
		whole := mustRead(t, image, everything)
		silent := 0
		for n := range image {
			f, err := readBytes(image[:n], everything)
			if (f == nil) != (err != nil) {
				t.Fatalf("%s: cut at %d: %v, %v", name, n, f, err)
			}
			if err == nil {
				silent++
				if !reflect.DeepEqual(f, whole) {
					t.Fatalf("%s: cut at %d of %d: other %q", name, n, len(image), differ(f, whole))
				}
			}
		}
		if whole.Kind == Object && silent > 0 {
			t.Errorf("%s: %d cuts of an object went unseen", name, silent)
		}
	}
}

// extremes replaces, at every place of a small image, a word by values that no
// count and no offset has. All must end in an error or in facts, in little
// memory and time.
func TestExtremes(t *testing.T) {
	if testing.Short() {
		t.Skip("-short")
	}
	values := []uint64{0, 1, 0x7fff, 0xffff, 0x10000, 1<<31 - 1, 1 << 31, 1<<32 - 1, 1 << 32, 1<<63 - 1, 1 << 63, 1<<64 - 1, 1<<64 - 8}
	for _, name := range []string{"shared", "x32", "s390x", "object", "go", "long-strings"} {
		image := images()[name]
		for at := 0; at+8 <= len(image); at += 4 {
			if at > 4096 && len(image)-at > 4096 {
				continue // filler
			}
			for _, v := range values {
				mutant := image[at : at+8]
				before := bytes.Clone(mutant)
				binary.LittleEndian.PutUint64(mutant, v)
				holdMutant(t, image)
				binary.BigEndian.PutUint32(mutant, uint32(v))
				holdMutant(t, image)
				copy(mutant, before)
			}
		}
	}
}

// holdMutant reads a damaged image and holds the result against what Read
// promises.
func holdMutant(t *testing.T, image []byte) *File {
	t.Helper()
	f, err := readBytes(image, everything)
	var damage *abi.FormatError
	switch {
	case (f == nil) != (err != nil):
		t.Fatalf("Read returned %v and error %v", f, err)
	case err != nil && !errors.Is(err, abi.ErrFormat) && !errors.As(err, &damage):
		t.Fatalf("error %v is neither ErrFormat nor a *FormatError", err)
	case f == nil:
		return nil
	}
	if f.Kind != DebugInfo && (len(f.Imports) != f.ImportCount || len(f.Exports) != f.ExportCount) {
		t.Fatalf("%d of %d imports, %d of %d exports", len(f.Imports), f.ImportCount, len(f.Exports), f.ExportCount)
	}
	// maxNames, twice for the strings that are listed twice, and its floor.
	if n, limit := namesOf(f), 16*len(image)+4*minNames; n > limit {
		t.Fatalf("%d bytes of names out of a file of %d", n, len(image))
	}
	return f
}

func namesOf(f *File) int {
	n := len(f.SOName) + len(f.Interpreter)
	for _, list := range [][]string{f.Needed, f.RPath, f.RunPath, f.Auxiliary, f.Filter, f.LibcEvidence} {
		for _, s := range list {
			n += len(s)
		}
	}
	for _, need := range f.VersionNeeds {
		n += len(need.Version) // its File is shared by its neighbours
	}
	for _, d := range f.VersionDefs {
		n += len(d.Name)
	}
	for _, list := range [][]Symbol{f.Imports, f.Exports} {
		for _, s := range list {
			n += len(s.Name)
		}
	}
	return n
}

// One long name that many symbols share must not cost its length each time.
func TestNamesAreBounded(t *testing.T) {
	m := plainImage()
	long := longName(400 << 10)
	m.Symbols = nil
	for range 5000 {
		m.Symbols = append(m.Symbols, long)
	}
	if f, err := readBytes(m.Bytes(), WantImports); err == nil {
		t.Errorf("%d symbols, %d bytes of names", f.ImportCount, namesOf(f))
	}
}

// A table that ends before its count says so is an error although the bytes are
// all there.
func TestTamperedTables(t *testing.T) {
	plain := plainWith()
	names := mustRead(t, plain, 0)
	if len(names.VersionNeeds) != 3 || len(names.VersionDefs) != 3 {
		t.Fatal("the image has changed: the places below are wrong")
	}
	dynamic, _ := names.Segment(elf.PT_DYNAMIC)
	tag := func(n elf.DynTag) int { // where its value is
		at := int(dynamic.Offset)
		for binary.LittleEndian.Uint64(plain[at:]) != uint64(n) {
			at += 16
		}
		return at + 8
	}
	table := func(n elf.DynTag) int { return int(binary.LittleEndian.Uint64(plain[tag(n):])) }
	needs, defs, hash := table(elf.DT_VERNEED), table(elf.DT_VERDEF), table(elf.DT_GNU_HASH)
	tests := map[string]struct {
		at    int
		value uint32
		want  Want
	}{
		"one version need of two":         {tag(elf.DT_VERNEEDNUM), 1, WantImports},
		"three version needs of two":      {tag(elf.DT_VERNEEDNUM), 3, 0},
		"the chain of libraries ends":     {needs + 12, 0, 0},
		"the chain of versions ends":      {needs + 16 + 12, 0, 0},
		"the chain leaves the file":       {needs + 12, 0x7fffffff, 0},
		"a need of another form":          {needs, 2, 0},
		"the chain of definitions ends":   {defs + 16, 0, 0},
		"a definition without a name":     {defs + 4, 2, 0}, // version 2, of no names
		"a bucket below the hashed part":  {hash + 16 + 8, 1, WantImports},
		"more buckets than the file":      {hash, 0x7fffffff, WantImports},
		"a chain without end":             {hash + 16 + 8, 0x7fffffff, WantImports},
		"symbols of another size":         {tag(elf.DT_SYMENT), 16, WantImports},
		"part of a relocation":            {tag(elf.DT_RELASZ), 25, WantRelocations},
		"calls of no known form":          {tag(elf.DT_PLTREL), 255, 0},
		"calls of a form beyond a byte":   {tag(elf.DT_PLTREL), 0x107, 0},
		"a string table beyond the file":  {tag(elf.DT_STRSZ), 1 << 30, 0},
		"a string table cut":              {tag(elf.DT_STRSZ), 9, 0},
		"version needs without a number":  {tag(elf.DT_VERNEEDNUM), 0, 0},
		"a table outside of all segments": {tag(elf.DT_SYMTAB), 1 << 30, 0},
	}
	for reason, test := range tests {
		image := bytes.Clone(plain)
		binary.LittleEndian.PutUint32(image[test.at:], test.value)
		f, err := readBytes(image, test.want)
		var damage *abi.FormatError
		if f != nil || !errors.As(err, &damage) {
			t.Errorf("%s: %v", reason, err)
		}
	}
}

// A table that begins with the last byte of its segment, or over the header of the
// file, is none, also where another says the same.
func TestTablesAtEdges(t *testing.T) {
	whole := plainWith(func(m *elfbuild.Image) { m.Type, m.Hash, m.Base = elf.ET_EXEC, elfbuild.Both, 0x400000 })
	f := mustRead(t, whole, 0)
	dynamic, _ := f.Segment(elf.PT_DYNAMIC)
	first, _ := f.Segment(elf.PT_LOAD)
	for _, tag := range []elf.DynTag{elf.DT_STRTAB, elf.DT_SYMTAB, elf.DT_HASH, elf.DT_GNU_HASH, elf.DT_VERSYM, elf.DT_VERNEED, elf.DT_VERDEF} {
		at := int(dynamic.Offset)
		for binary.LittleEndian.Uint64(whole[at:]) != uint64(tag) {
			at += 16
		}
		for _, addr := range []uint64{first.VAddr, first.VAddr + first.FileSize - 1} {
			image := bytes.Clone(whole)
			binary.LittleEndian.PutUint64(image[at+8:], addr)
			if _, err := readBytes(image, WantImports); err == nil {
				t.Errorf("%s at %#x of a segment from %#x to %#x: no error", tag, addr, first.VAddr, first.VAddr+first.FileSize)
			}
		}
	}
}

// A faultyReader fails from some read on.
type faultyReader struct {
	io.ReaderAt
	reads *int
	short bool
}

var errDisk = errors.New("the disk is on fire")

func (r faultyReader) ReadAt(b []byte, off int64) (int, error) {
	if *r.reads--; *r.reads >= 0 {
		return r.ReaderAt.ReadAt(b, off)
	}
	if r.short {
		n, _ := r.ReaderAt.ReadAt(b[:len(b)/2], off)
		return n, io.EOF
	}
	return 0, errDisk
}

// A read that fails is an error that names its cause, and never facts.
func TestReaderFails(t *testing.T) {
	for name, image := range images() {
		for _, short := range []bool{false, true} {
			for fail := 0; ; fail++ {
				left := fail
				f, err := Read(faultyReader{bytes.NewReader(image), &left, short}, int64(len(image)), everything)
				if left >= 0 {
					break // it needs no more reads
				}
				if f != nil || err == nil {
					t.Fatalf("%s: read %d fails (short %v): facts", name, fail, short)
				}
				if !short && !errors.Is(err, errDisk) {
					t.Fatalf("%s: read %d fails: %v, which does not wrap the cause", name, fail, err)
				}
			}
		}
	}
}

// The size that is given may be more than what is there.
func TestReaderEndsEarly(t *testing.T) {
	image := elfbuild.Image{}.Bytes()
	f, err := Read(bytes.NewReader(image[:len(image)/2]), int64(len(image)), everything)
	var damage *abi.FormatError
	if f != nil || !errors.As(err, &damage) {
		t.Errorf("%v, %v", f, err)
	}
}
