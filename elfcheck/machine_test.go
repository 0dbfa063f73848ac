package elfcheck

import (
	"debug/elf"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestArchOfUnknownMachines(t *testing.T) {
	assert.Equal(t, "vax", arch(elf.EM_VAX, 32, false))
	assert.Equal(t, "machine-9999", arch(9999, 64, false))
}
