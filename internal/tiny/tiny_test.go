package tiny

import (
	"bytes"
	"debug/elf"
	"debug/macho"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestELF(t *testing.T) {
	file := ELF{
		SOName: "libx.so.1",
		Needs: []Need{
			{Library: "libc.so.6", Versions: []Version{{"GLIBC_2.2.5", []string{"puts", "exit"}}, {"GLIBC_2.34", []string{"__libc_start_main"}}}},
			{Library: "libz.so.1"},
		},
	}.Bytes()
	f, err := elf.NewFile(bytes.NewReader(file))
	require.NoError(t, err)
	assert.Equal(t, elf.EM_X86_64, f.Machine)
	assert.Len(t, f.Progs, 3)
}

func TestMachO(t *testing.T) {
	f, err := macho.NewFile(bytes.NewReader(MachO{ARM64: true, MinOS: [2]byte{11, 0}}.Bytes()))
	require.NoError(t, err)
	assert.Equal(t, macho.CpuArm64, f.Cpu)
	libraries, err := f.ImportedLibraries()
	require.NoError(t, err)
	assert.Equal(t, []string{"/usr/lib/libSystem.B.dylib"}, libraries)

	fat, err := macho.NewFatFile(bytes.NewReader(Universal(MachO{}, MachO{ARM64: true})))
	require.NoError(t, err)
	assert.Len(t, fat.Arches, 2)
}
