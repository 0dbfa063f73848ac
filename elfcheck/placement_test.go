package elfcheck

import (
	"encoding/binary"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/abivet/abivet/abi"
)

// A placement says of all addresses what the segments one by one do, also where they lie over one another.
func TestPlacement(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		d := &decoder{f: &File{}}
		for range 1 + r.IntN(6) {
			d.f.Segments = append(d.f.Segments, Segment{Type: ptLoad, Offset: r.Uint64N(40), VAddr: r.Uint64N(40), FileSize: r.Uint64N(20)})
		}
		p := d.placement()
		for addr := range uint64(64) {
			off, rest, ok := d.offset(addr)
			haveOff, haveRest, haveOK := p.offset(addr)
			if off != haveOff || rest != haveRest || ok != haveOK {
				t.Fatalf("%v, address %d: have %d %d %v, want %d %d %v", d.f.Segments, addr, haveOff, haveRest, haveOK, off, rest, ok)
			}
		}
	}
}

// No loader reads the table for unwinding: where it is damaged, that is said of what
// needs it.
func TestDamagedFrames(t *testing.T) {
	file, err := os.ReadFile("../testdata/elf/isa-used")
	require.NoError(t, err)
	sound, err := readBytes(file, WantInstructions)
	require.NoError(t, err)
	_, ok := sound.Segment(0x6474e550)
	require.True(t, ok)
	require.NotEmpty(t, sound.Instructions.Functions)
	head, _ := sound.Segment(0x6474e550)

	// A linker that folds functions counts them once, and keeps all entries.
	binary.LittleEndian.PutUint32(file[head.Offset+8:], 0)
	f, err := readBytes(file, WantInstructions)
	require.NoError(t, err)
	assert.Equal(t, sound.Instructions, f.Instructions)

	frames := head.Offset + 4 + uint64(int64(int32(binary.LittleEndian.Uint32(file[head.Offset+4:]))))
	binary.LittleEndian.PutUint32(file[frames:], 1<<20)
	f, err = readBytes(file, WantInstructions)
	require.NoError(t, err)
	assert.Contains(t, f.Instructions.Damage, ".eh_frame: an entry of 1048576 bytes")
	assert.Contains(t, skipISAUsed(f, abi.Target{ISA: "v1"}), ".eh_frame: an entry")
}
