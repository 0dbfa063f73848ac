package elfhash

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// The values are those that readelf shows of Debian's libc.so.6, and glibc's own
// constant for a version that it looks for.
func TestHashes(t *testing.T) {
	assert.Equal(t, uint32(0x0fd0e42), SysV("GLIBC_ABI_DT_RELR"))
	assert.Equal(t, uint32(0x09691a75), SysV([]byte("GLIBC_2.2.5")))
	assert.Equal(t, uint32(0x156b2bb8), GNU("printf"))
	assert.Equal(t, GNU("printf"), GNU([]byte("printf")))
	assert.Equal(t, uint32(5381), GNU(""))
	assert.Zero(t, SysV(""))
}
