package machocheck

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/abivet/abivet/abi"
	mb "github.com/abivet/abivet/internal/machobuild"
)

// mutate changes a file in one of the ways that find faults in readers: a
// number of the load commands, of what stands at the end of the file, a bit
// anywhere, or its length.
func mutate(random *rand.Rand, sound []byte) []byte {
	data := bytes.Clone(sound)
	numbers := []uint32{0, 1, 4, 8, 0x7f, 0xff, 0x1000, 0xffff, 0x10000, 0xffffff, 0x7fffffff, 0x80000000, 0xfffffff8, 0xffffffff, uint32(len(data)), uint32(len(data) - 8)}
	word := func(from, to int) {
		if to-from >= 4 {
			at := from + random.IntN(to-from-3)&^3
			v := numbers[random.IntN(len(numbers))]
			if random.IntN(2) == 0 {
				v = random.Uint32()
			}
			binary.LittleEndian.PutUint32(data[at:], v)
		}
	}
	for range 1 + random.IntN(3) {
		switch random.IntN(10) {
		case 0:
			word(0, min(32, len(data)))
		case 1, 2, 3, 4:
			word(32, min(32+3000, len(data)))
		case 5, 6, 7:
			at := len(data) - 1 - random.IntN(max(1, len(data)/3))
			data[at] ^= byte(1 << random.IntN(8))
			word(at, len(data))
		case 8:
			data[random.IntN(len(data))] = byte(random.Uint32())
		default:
			data = data[:1+random.IntN(len(data))]
		}
	}
	return data
}

// survive reads a mutant with all facts and runs all rules. Neither may take
// long, nor memory out of proportion.
func survive(t *testing.T, data []byte, what string) {
	t.Helper()
	most := uint64(64*len(data) + 8<<20)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := time.Now()
	files, err := Read(bytes.NewReader(data), int64(len(data)), WantAll)
	for _, f := range files {
		for _, release := range []abi.Version{"", "11.0", "26.0"} {
			abi.Check(Rules(), f, abi.Target{Platform: abi.Platform{OS: darwin, Arch: f.Platform.Arch}, MinOS: release})
		}
	}
	abi.Check(UniversalRules(), files, abi.Target{})
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > most {
		t.Errorf("%s: %d bytes allocated for a file of %d (%v)", what, n, len(data), err)
	}
	if took := time.Since(start); took > time.Minute {
		t.Errorf("%s: took %s (%v)", what, took, err)
	}
}

func TestMutants(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	sound := [][]byte{
		program(mb.ARM64).Bytes(), library(mb.AMD64).Bytes(), goProgram().Bytes(), object().Bytes(),
		signed(mb.ARM64, mb.Signed{XML: []byte(jitPlist), DER: jitDER, CMS: cms, Scatter: true, Hash: []byte{mb.SHA1, mb.SHA256}}),
		binding(mb.Blob{Kind: mb.ChainedFixups, Data: mb.Chains{Imports: someImports, Pointer: 6, Segments: 4}.Bytes()}).Bytes(),
		binding(mb.DyldInfo{Bind: mb.Binds(someImports...), LazyBind: mb.LazyBinds(someImports...), WeakBind: mb.WeakBinds(someImports...), Exports: mb.Trie("_x", "_y")}).Bytes(),
		mb.Universal(library(mb.AMD64).Slice(), program(mb.ARM64).Slice()),
	}
	for i := range 4000 {
		data := mutate(random, sound[i%len(sound)])
		survive(t, data, "mutant")
	}
}

// TestCorpusMutants does the same with published files of up to 1 MiB.
func TestCorpusMutants(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 8))
	count := 0
	for _, path := range corpus(t) {
		info, err := os.Stat(path)
		if err != nil || info.Size() > 1<<20 {
			continue
		}
		sound, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for range 200 {
			survive(t, mutate(random, sound), path)
			count++
		}
	}
	t.Logf("%d mutants", count)
}
