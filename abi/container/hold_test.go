package container

import (
	"bytes"
	"context"
	"io"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A member is read back as it was, whatever of it stands in a file.
func TestHeldInAFile(t *testing.T) {
	want := make([]byte, (chunksInMemory+9)*chunkSize+77)
	rand.NewChaCha8([32]byte{}).Read(want)
	tests := map[string]struct {
		want    []byte
		dir     string
		fullAt  int // bytes
		inFile  int64
		inChunk int
	}{
		"small":                  {want[:chunksInMemory*chunkSize-1], t.TempDir(), 0, 0, chunksInMemory},
		"as much as stays":       {want[:chunksInMemory*chunkSize], t.TempDir(), 0, 0, chunksInMemory + 1},
		"large":                  {want, t.TempDir(), 0, 9, chunksInMemory + 1},
		"no directory for files": {want, filepath.Join(t.TempDir(), "none"), 0, 0, chunksInMemory + 10},
		"the disk gets full":     {want, t.TempDir(), (chunksInMemory + 4) * chunkSize, 4, chunksInMemory + 6},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Setenv("TMPDIR", test.dir)
			b := &budget{ctx: context.Background(), limits: Defaults()}
			h := &held{budget: b}
			err := h.fill(&filling{bytes.NewReader(test.want), func(rest int) {
				h.full = h.full || test.fullAt > 0 && len(test.want)-rest >= test.fullAt
			}})
			require.NoError(t, err)
			assert.EqualValues(t, len(test.want), h.size)
			assert.Equal(t, test.inFile, h.in)
			assert.Len(t, h.chunks, test.inChunk)
			left, err := filepath.Glob(filepath.Join(test.dir, "*"))
			require.NoError(t, err)
			assert.Empty(t, left, "names of files")

			got, err := io.ReadAll(io.NewSectionReader(h, 0, h.size))
			require.NoError(t, err)
			assert.True(t, bytes.Equal(test.want, got))
			all := make([]byte, len(test.want)+1)
			n, err := h.ReadAt(all, 0)
			assert.Equal(t, io.EOF, err)
			assert.True(t, bytes.Equal(test.want, all[:n]))
			r := rand.New(rand.NewPCG(1, 2))
			for range 300 {
				at, part := r.IntN(len(test.want)), make([]byte, r.IntN(2*chunkSize))
				n, err := h.ReadAt(part, int64(at))
				require.Equal(t, min(len(part), len(test.want)-at), n)
				require.Equal(t, n < len(part), err == io.EOF)
				require.True(t, bytes.Equal(test.want[at:at+n], part[:n]), "at %d", at)
			}
			h.release()
			assert.Zero(t, b.held)
		})
	}
}

type filling struct {
	*bytes.Reader
	read func(rest int)
}

func (f *filling) Read(p []byte) (int, error) {
	f.read(f.Len())
	return f.Reader.Read(p)
}
