package extension

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// block writes a magic block, its length first.
func block(order binary.ByteOrder, extra string, fields ...int32) []byte {
	var b bytes.Buffer
	b.Write([]byte{0, 0, 0, 0, 7, 0, 0, 0}) // something before it
	binary.Write(&b, order, fields)
	b.WriteString(extra)
	b.Write(make([]byte, 64-len(extra)))
	return b.Bytes()
}

func TestMagicBlock(t *testing.T) {
	little, big := binary.LittleEndian, binary.BigEndian
	tests := map[string]struct {
		data []byte
		big  bool
		want string
	}{
		"9.6":                          {block(little, "", 28, 906, 100, 32, 64, 1, 1), false, "9.6"},
		"12":                           {block(little, "", 28, 1200, 100, 32, 64, 0, 1), false, "12"},
		"13":                           {block(little, "", 24, 1300, 100, 32, 64, 1), false, "13"},
		"15":                           {block(little, "PostgreSQL", 56, 1500, 100, 32, 64, 1), false, "15"},
		"18":                           {block(little, "PostgreSQL", 72, 1800, 100, 32, 64, 1), false, "18"},
		"18 on s390x":                  {block(big, "PostgreSQL", 72, 1800, 100, 32, 64, 1), true, "18"},
		"15 with the length of 14":     {block(little, "PostgreSQL", 24, 1500, 100, 32, 64, 1), false, ""},
		"no truth value":               {block(little, "", 24, 1400, 100, 32, 64, 7), false, ""},
		"a minor release":              {block(little, "", 24, 1403, 100, 32, 64, 1), false, ""},
		"names of no length":           {block(little, "", 24, 1400, 100, 32, 1, 1), false, ""},
		"the other order of its bytes": {block(big, "", 24, 1400, 100, 32, 64, 1), false, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			img := Image{Defined: []string{"Pg_magic_func"}, BigEndian: test.big, Constants: constants(string(test.data))}
			got, err := Recognise(img)
			require.NoError(t, err)
			require.Len(t, got, 1)
			assert.Equal(t, test.want, got[0].Built)
			img.Returned = func(_ string, b []byte) (int, error) { return copy(b, "another function's"), nil }
			again, err := Recognise(img)
			require.NoError(t, err)
			assert.Equal(t, got, again, "a function that leads elsewhere")
			img.Constants, img.Returned = nil, func(_ string, b []byte) (int, error) { return copy(b, test.data[8:]), nil }
			again, err = Recognise(img)
			require.NoError(t, err)
			assert.Equal(t, got, again, "a function that leads to it")
		})
	}
}

func TestMarkAcrossPieces(t *testing.T) {
	for _, at := range []int{0, chunkSize - 4, chunkSize - overlap, 3 * chunkSize} {
		text := strings.Repeat("x", at) + "\x00v5.40.1\x00" + strings.Repeat("y", 99)
		got, err := Recognise(Image{Defined: []string{"boot_X"}, Imported: []string{"PL_thr_key"}, Constants: constants(text)})
		require.NoError(t, err)
		require.Len(t, got, 1)
		assert.Equal(t, "v5.40.1", got[0].Built, "at %d", at)
	}
	short := Image{Defined: []string{"boot_X"}, Imported: []string{"PL_thr_key"}, Constants: []Region{{Data: strings.NewReader("x"), Size: 9}}}
	_, err := Recognise(short)
	assert.Error(t, err, "a region that the file does not have is no shorter region")
}
