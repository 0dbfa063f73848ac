package elfcheck

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"runtime/metrics"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/abivet/abivet/abi"
)

func FuzzRead(f *testing.F) {
	for _, image := range images() {
		if len(image) < 16<<10 {
			f.Add(image)
		}
	}
	for _, name := range []string{"isa-used", "isa-used-guarded"} { // with a table for unwinding
		image, err := os.ReadFile("../testdata/elf/" + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(image)
	}
	f.Fuzz(func(t *testing.T, image []byte) {
		first := holdMutant(t, image)
		if second := holdMutant(t, image); !reflect.DeepEqual(first, second) {
			t.Fatalf("the second read differs: %+v, %+v", first, second)
		}
		holdEachSymbol(t, image)
		holdRules(t, image)
	})
}

// Each rule has its fixture.
func TestRulesOfFixtures(t *testing.T) {
	files, err := filepath.Glob("../testdata/elf/*")
	if err != nil || len(files) < 50 {
		t.Fatalf("%d fixtures, %v", len(files), err)
	}
	for _, name := range files {
		image, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		holdRules(t, image)
	}
}

// holdRules: where nothing is found with WantRules nothing is with all imports, and
// what is not judged is the same.
func holdRules(t *testing.T, image []byte) {
	t.Helper()
	const others = WantTextRelocations | WantLuaJIT | WantGo | WantCallers | WantSupplies | WantExtensions | WantNameService
	some, someErr := Read(bytes.NewReader(image), int64(len(image)), WantRules|others)
	all, err := Read(bytes.NewReader(image), int64(len(image)), WantImports|others)
	if err != nil {
		return // it may be of a name that is not asked for
	}
	if someErr != nil {
		t.Fatalf("for the rules: %v; with all imports it can be read", someErr)
	}
	if some.ImportCount != all.ImportCount || some.ExportCount != all.ExportCount || !reflect.DeepEqual(some.LuaJIT, all.LuaJIT) || !reflect.DeepEqual(some.Extensions, all.Extensions) {
		t.Fatalf("for the rules: %+v, with all imports %+v", some, all)
	}
	strong := func(a, b VersionNeed) bool { return a.Strong == b.Strong }
	if !slices.EqualFunc(some.VersionNeeds, all.VersionNeeds, strong) || all.Go != nil && len(some.Imports) != len(all.Imports) {
		t.Fatalf("for the rules: %+v and %d imports, with all %+v and %d", some.VersionNeeds, len(some.Imports), all.VersionNeeds, len(all.Imports))
	}
	for _, version := range []abi.Version{"", "2.3", "2.17", "2.34"} {
		for _, target := range []abi.Target{
			{Platform: all.Platform, Symbols: map[string]abi.Version{"GLIBC": version, "GLIBCXX": version}},
			{Platform: all.Platform, Libc: abi.Musl, LibcVersion: version},
		} {
			found, skipped := abi.Check(Rules(), some, target)
			want, wantSkipped := abi.Check(Rules(), all, target)
			if (len(found) == 0) != (len(want) == 0) || !slices.Equal(skipped, wantSkipped) {
				t.Fatalf("target %+v: found %v for the rules, %v with all imports; not judged %v and %v", target, found, want, skipped, wantSkipped)
			}
		}
	}
}

// holdEachSymbol: what EachSymbol gives is what Read keeps.
func holdEachSymbol(t *testing.T, image []byte) {
	t.Helper()
	want, err := Read(bytes.NewReader(image), int64(len(image)), WantSymbols|WantRefs|WantRelocations|WantLoading)
	var imports, exports []Symbol
	got, eachErr := EachSymbol(bytes.NewReader(image), int64(len(image)), WantFindable, func(name []byte, s *Symbol, imported bool) {
		list := &exports
		if imported {
			list = &imports
		}
		*list = append(*list, *s)
		(*list)[len(*list)-1].Name = string(name)
	})
	if fmt.Sprint(err) != fmt.Sprint(eachErr) {
		t.Fatalf("Read says %v, EachSymbol %v", err, eachErr)
	}
	if err != nil || want.Kind == Object || want.Kind == DebugInfo { // of debug information the tables may be given until one makes no sense
		return
	}
	if !slices.Equal(imports, want.Imports) || !slices.Equal(exports, want.Exports) {
		t.Fatalf("EachSymbol gives %d imports and %d exports other than Read's %d and %d, or in another order", len(imports), len(exports), len(want.Imports), len(want.Exports))
	}
	if !reflect.DeepEqual(got.Relocations, want.Relocations) {
		t.Fatalf("relocations %+v, want %+v", got.Relocations, want.Relocations)
	}
}

// A mutator changes words where a file keeps its counts and offsets.
type mutator struct {
	*rand.Rand
}

// mutate returns a copy of an image with some words changed: in the headers, in
// the dynamic table, or anywhere.
func (m mutator) mutate(image []byte, f *File) []byte {
	mutant := slices.Clone(image)
	for range 1 + m.IntN(3) {
		lo, hi := 0, len(mutant)
		switch m.IntN(4) {
		case 0:
			hi = min(hi, 64)
		case 1:
			hi = min(hi, 64+56*max(1, len(f.Segments)))
		case 2:
			if len(f.Segments) > 0 {
				s := f.Segments[m.IntN(len(f.Segments))]
				lo, hi = int(s.Offset), min(hi, int(s.Offset+s.FileSize))
			}
		}
		if hi-lo < 9 {
			continue
		}
		at := lo + m.IntN(hi-lo-8)&^3
		m.spoil(mutant[at : at+8])
	}
	return mutant
}

func (m mutator) spoil(b []byte) {
	switch m.IntN(5) {
	case 0: // one bit
		b[m.IntN(8)] ^= 1 << m.IntN(8)
	case 1: // one byte
		b[m.IntN(8)] = byte(m.Uint32())
	case 2: // a word of ones, or of zeros
		fill := byte(0)
		if m.IntN(2) == 0 {
			fill = 0xff
		}
		for i := range 1 << m.IntN(4) {
			b[i] = fill
		}
	case 3: // a little more or less
		b[0] += byte(m.IntN(9) - 4)
	case 4: // a word of something
		for i := range 4 {
			b[i] = byte(m.Uint32())
		}
	}
}

// TestMutants damages built files, or those that ABIVET_ELF_FILES names, one to
// a line, where it hurts. Each must be read or refused within a second, and in
// memory that its size accounts for.
func TestMutants(t *testing.T) {
	sources := images()
	rounds := 20000
	if testing.Short() {
		rounds = 2000
	}
	if list := os.Getenv("ABIVET_ELF_FILES"); list != "" {
		sources = readAll(t, list)
	}
	names := slices.Sorted(maps.Keys(sources))
	m := mutator{rand.New(rand.NewPCG(1, 2))}
	read := 0
	for i := range rounds {
		name := names[i%len(names)]
		image := sources[name]
		f, err := readBytes(image, 0)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		mutant := m.mutate(image, f)
		start, allocated := time.Now(), heapAllocs()
		if holdMutant(t, mutant) != nil {
			read++
		}
		if took := time.Since(start); took > time.Minute {
			t.Errorf("mutant %d of %s took %v", i, name, took)
		}
		if n, limit := heapAllocs()-allocated, uint64(64<<20+2*len(image)); n > limit {
			t.Errorf("mutant %d of %s allocated %d bytes for a file of %d", i, name, n, len(image))
		}
	}
	t.Logf("%d of %d mutants could be read", read, rounds)
	if read == 0 || read == rounds {
		t.Errorf("%d of %d mutants could be read: the mutator does no work", read, rounds)
	}
}

func heapAllocs() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

// readAll reads the ELF files that a list names.
func readAll(t *testing.T, list string) map[string][]byte {
	lines, err := os.ReadFile(list)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for name := range strings.FieldsSeq(string(lines)) {
		image, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := readBytes(image, 0); err == nil {
			files[name] = image
		}
	}
	return files
}

func TestEachSymbolGivesWhatReadKeeps(t *testing.T) {
	found := 0
	for _, image := range images() {
		holdEachSymbol(t, image)
		if f, err := EachSymbol(bytes.NewReader(image), int64(len(image)), WantFindable, func([]byte, *Symbol, bool) { found++ }); err == nil && f.Exports != nil {
			t.Errorf("%d symbols are kept", len(f.Exports))
		}
	}
	if found < 100 {
		t.Errorf("%d symbols do not exercise much", found)
	}
}
