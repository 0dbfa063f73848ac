package userspace

import (
	"bytes"
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// It is listed, and does harm only to who asks for it.
func TestSparseBomb(t *testing.T) {
	for size, limit := range map[int64]string{1 << 40: "limit max-root-expanded", 1 << 30: "limit max-root-ratio"} {
		s := open(t, writeFile(t, sparseTar(size, nil)), Options{})
		info, err := s.Lstat("sparse")
		require.NoError(t, err)
		assert.Equal(t, size, info.Size())
		f, err := s.Open("sparse")
		require.NoError(t, err)
		_, err = f.Read(make([]byte, 1))
		assert.ErrorContains(t, err, limit)
		assert.Equal(t, "x", content(t, s, "after"))
	}
}

// sparseTar has one file in the form 1.0 of PAX: the map stands before the
// bytes. chunks are by offset.
func sparseTar(size int64, chunks map[int64]string) []byte {
	var offsets []int64
	for at := range chunks {
		offsets = append(offsets, at)
	}
	if len(offsets) > 1 {
		panic("one chunk is enough")
	}
	spare := fmt.Sprintf("%d\n", len(offsets))
	data := ""
	for _, at := range offsets {
		spare += fmt.Sprintf("%d\n%d\n", at, len(chunks[at]))
		data += chunks[at]
	}
	body := spare + strings.Repeat("\x00", 512-len(spare)%512) + data
	records := ""
	for _, kv := range []string{"GNU.sparse.major=1", "GNU.sparse.minor=0", "GNU.sparse.name=sparse", fmt.Sprintf("GNU.sparse.realsize=%d", size)} {
		n := len(kv) + 3
		for len(fmt.Sprint(n))+len(kv)+2 != n {
			n++
		}
		records += fmt.Sprintf("%d %s\n", n, kv)
	}
	pax := regular("PaxHeaders/sparse", records)
	file := regular("GNUSparseFile.0/sparse", body)
	all := tarOf(pax, file, regular("after", "x"))
	// archive/tar does not write such headers: the type is patched in, and
	// the sum of the header with it.
	all[156] = 'x'
	fixSum(all)
	return all
}

// fixSum makes the sum of a header right.
func fixSum(header []byte) {
	copy(header[148:156], "        ")
	sum := 0
	for _, c := range header[:512] {
		sum += int(c)
	}
	copy(header[148:], fmt.Sprintf("%06o\x00 ", sum))
}

func TestSparseFile(t *testing.T) {
	s := open(t, writeFile(t, sparseTar(100_000, map[int64]string{90_000: "data"})), Options{})
	got := content(t, s, "sparse")
	assert.Len(t, got, 100_000)
	assert.Equal(t, "data", strings.Trim(got, "\x00"))
	assert.Equal(t, "data", got[90_000:90_004])
	assert.Equal(t, "x", content(t, s, "after"))
}

// One after the other, in a layer; and once the space is closed no more.
func TestSparseFiles(t *testing.T) {
	first := sparseTar(70_000, map[int64]string{60_000: "x"})
	both := append(bytes.Clone(first[:len(first)-1024]), sparseTar(80_000, map[int64]string{65_000: "y"})...)
	s, err := Open(writeFile(t, tarOf(dockerSave(testImage{how: "gzip", layers: [][]byte{both, tarOf(regular("b", "b"))}})...)), Options{})
	require.NoError(t, err)
	got := content(t, s, "sparse")
	assert.Len(t, got, 80_000)
	assert.Equal(t, "y", got[65_000:65_001])
	require.NoError(t, s.Close())
	_, err = fs.ReadFile(s, "sparse")
	assert.Error(t, err)
}
