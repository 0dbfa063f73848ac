package elfcheck

import (
	"debug/elf"
	"encoding/binary"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
)

// Many relocations at a time come to the same as one after the other.
func TestRelocationsAlike(t *testing.T) {
	const entry, table = 24, 400
	segments := []Segment{
		{Type: ptLoad, Flags: elf.PF_R | elf.PF_X, VAddr: 0, MemSize: 0x2000},
		{Type: ptLoad, Flags: elf.PF_R | elf.PF_W, VAddr: 0x4000, MemSize: 0x1000},
		{Type: ptLoad, Flags: elf.PF_R | elf.PF_W, VAddr: 0x8000, MemSize: 0x1000},
	}
	places := []uint64{0x1000, 0x4000, 0x4ff8, 0x5000, 0x8000, 0x8008, 1 << 63}
	kinds := []uint32{0, 1, 5, 6, 7, 8, 18, 37, 99} // of x86-64, and one that is none
	count := func(b []byte, at int, here int64, like uint32, loading bool) (*File, []Refs) {
		f := &File{Machine: elf.EM_X86_64, Segments: segments}
		if loading {
			f.Loading = &Loading{}
		}
		d := &decoder{scratch: &scratch{refs: make([]Refs, 5)}, f: f, wide: true, want: WantRefs}
		c := relocationCounter{decoder: d, kinds: kindsOf(f.Machine), known: true, places: writer{segments: segments}, like: like, here: here}
		for ; len(b) > 0; b = b[min(at, len(b)):] {
			c.count(b[:min(at, len(b))], entry)
		}
		return f, d.refs
	}
	for seed := range uint64(400) {
		r := rand.New(rand.NewPCG(seed, 1))
		var b []byte
		kind := kinds[0]
		for range table {
			if r.IntN(4) == 0 {
				kind = kinds[r.IntN(len(kinds))]
			}
			b = binary.LittleEndian.AppendUint64(b, places[r.IntN(len(places))])
			b = binary.LittleEndian.AppendUint64(b, r.Uint64N(7)<<32|uint64(kind)) // of five symbols
			b = binary.LittleEndian.AppendUint64(b, 0x1000)
		}
		here, like, loading := int64(0), kinds[5]*uint32(seed%2), seed%3 > 0
		if loading {
			here = r.Int64N(table)
		}
		f, refs := count(b, len(b), here, like, loading)
		one, oneRefs := count(b, entry, here, like, loading)
		if !reflect.DeepEqual(f, one) || !slices.Equal(refs, oneRefs) {
			t.Fatalf("seed %d: %+v %+v %v, one by one %+v %+v %v", seed, f.Relocations, f.Loading, refs, one.Relocations, one.Loading, oneRefs)
		}
	}
}

func kindsOf(m elf.Machine) relocationKinds { return kinds[m] }
