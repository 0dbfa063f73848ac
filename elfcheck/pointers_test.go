package elfcheck

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"io"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/abivet/abivet/abi/extension"
)

type countedReads struct {
	io.ReaderAt
	n int
}

func (c *countedReads) ReadAt(b []byte, off int64) (int, error) {
	c.n++
	return c.ReaderAt.ReadAt(b, off)
}

// A relocation without addend has it in its place: these are read together, and
// nothing is read once the caller has enough.
func TestPointersOfREL(t *testing.T) {
	const count, places, table = 20_000, 0x4000, 0x40000
	le := binary.LittleEndian
	b := make([]byte, table+8*count)
	for i := range count {
		le.PutUint32(b[places+4*i:], uint32(7*i))
		le.PutUint32(b[table+8*i:], uint32(places+4*i))
		le.PutUint32(b[table+8*i+4:], 8) // R_386_RELATIVE
	}
	decode := func() (*decoder, *countedReads) {
		in := &countedReads{ReaderAt: bytes.NewReader(b)}
		d := &decoder{scratch: scratches.New().(*scratch), r: in, size: int64(len(b)), f: &File{
			Machine: elf.EM_386, Segments: []Segment{{Type: ptLoad, FileSize: table, MemSize: table}},
		}}
		d.dyn.rel, d.dyn.relsz = table, 8*count
		return d, in
	}
	d, in := decode()
	n := uint64(0)
	require.NoError(t, d.pointers(func(p extension.Pointer) error {
		require.Equal(t, extension.Pointer{Place: places + 4*n, To: 7 * n, Own: true}, p)
		n++
		return nil
	}))
	assert.EqualValues(t, count, n)
	assert.Less(t, in.n, 50)

	enough := errors.New("enough")
	d, in = decode()
	assert.Equal(t, enough, d.pointers(func(extension.Pointer) error { return enough }))
	assert.Equal(t, 2, in.n, "a piece of the table, and a place")
}
