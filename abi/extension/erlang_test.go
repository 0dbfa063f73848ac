package extension

import (
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/abivet/abivet/abi"
)

// entryOf is an ErlNifEntry before it is relocated, or with its pointers in place.
func entryOf(order interface {
	binary.ByteOrder
	binary.AppendByteOrder
}, wide bool, minor, functions uint32, pointer uint64) string {
	var b []byte
	word := func(v uint64) {
		if wide {
			b = order.AppendUint64(b, v)
		} else {
			b = order.AppendUint32(b, uint32(v))
		}
	}
	number := func(n uint32) {
		b = order.AppendUint32(b, n)
		if wide {
			b = order.AppendUint32(b, 0)
		}
	}
	b = order.AppendUint32(order.AppendUint32(b, 2), minor)
	word(pointer)
	number(functions)
	for range 6 {
		word(pointer)
	}
	number(1)
	size := uint64(3)
	if minor >= 16 {
		size = 5
	}
	if wide {
		size *= 2
	}
	word(4 * size)
	word(pointer)
	return string(b)
}

func TestNIFVersion(t *testing.T) {
	little, big := binary.LittleEndian, binary.BigEndian
	tests := map[string]struct {
		data string
		big  bool
		want abi.Version
	}{
		"unrelocated":               {"12345678" + entryOf(little, true, 18, 3, 0), false, "2.18"},
		"with pointers":             {entryOf(little, true, 15, 200, 0x4010), false, "2.15"},
		"of 32 bits":                {entryOf(little, false, 17, 1, 0x4010), false, "2.17"},
		"of 32 bits, unrelocated":   {entryOf(little, false, 14, 1, 0), false, "2.14"},
		"the other byte order":      {entryOf(big, true, 16, 3, 0), true, "2.16"},
		"in the wrong order":        {entryOf(big, true, 16, 3, 0), false, ""},
		"two that differ":           {entryOf(little, true, 16, 3, 0) + entryOf(little, true, 17, 3, 0), false, ""},
		"two that agree":            {entryOf(little, true, 16, 3, 0) + entryOf(little, true, 16, 4, 0), false, "2.16"},
		"before the size was there": {entryOf(little, true, 11, 3, 0), false, ""},
		"no function":               {entryOf(little, true, 16, 0, 0), false, ""},
		"cut short":                 {entryOf(little, true, 16, 3, 0)[:80], false, ""},
	}
	for name, test := range tests {
		got, err := nifVersion(Image{Constants: constants(test.data), BigEndian: test.big})
		require.NoError(t, err)
		assert.Equal(t, test.want, got, name)
	}
}
