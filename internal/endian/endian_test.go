package endian

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestOrder(t *testing.T) {
	b := []byte{1, 2, 3, 4, 5, 6, 7, 8, 9}
	for order, want := range map[Order][3]uint64{
		false: {0x0201, 0x04030201, 0x0807060504030201},
		true:  {0x0102, 0x01020304, 0x0102030405060708},
	} {
		assert.Equal(t, want, [3]uint64{uint64(order.Uint16(b)), uint64(order.Uint32(b)), order.Uint64(b)})
		assert.Panics(t, func() { order.Uint64(b[:7]) })
	}
}
