package elfcheck

import (
	"debug/elf"
	"fmt"
	"strings"

	"github.com/abivet/abivet/abi"
)

// arches gives the processors their GOARCH word by machine, class and byte
// order. Origin: include/elf.h of glibc and go/build's list.
var arches = map[elf.Machine]struct{ le32, le64, be32, be64 string }{
	elf.EM_386:       {le32: "386"},
	elf.EM_486:       {le32: "386"},
	elf.EM_X86_64:    {le32: "amd64p32", le64: "amd64"},
	elf.EM_ARM:       {le32: "arm", be32: "armbe"},
	elf.EM_AARCH64:   {le32: "arm64p32", le64: "arm64", be64: "arm64be"},
	elf.EM_PPC:       {le32: "ppcle", be32: "ppc"},
	elf.EM_PPC64:     {le64: "ppc64le", be64: "ppc64"},
	elf.EM_S390:      {be32: "s390", be64: "s390x"},
	elf.EM_RISCV:     {le32: "riscv", le64: "riscv64"},
	elf.EM_LOONGARCH: {le32: "loong32", le64: "loong64"},
	elf.EM_MIPS:      {le32: "mipsle", le64: "mips64le", be32: "mips", be64: "mips64"},
	elf.EM_SPARCV9:   {be64: "sparc64"},
}

// foreign lists machines that are no processor of a user space: what is built
// for them is loaded by a kernel or a driver, not by a loader that is modelled
// here, so a walk passes over it.
var foreign = map[elf.Machine]string{
	elf.EM_NONE:   "no machine",
	elf.EM_BPF:    "BPF",
	elf.EM_AMDGPU: "an AMD GPU",
	elf.EM_CUDA:   "an NVIDIA GPU",
}

// A foreignError says for which of them a file is. It is [abi.ErrFormat] in other
// words.
type foreignError string

func (e foreignError) Error() string {
	return "an ELF file for " + string(e) + ", which no loader of a user space takes"
}

func (e foreignError) Is(target error) bool { return target == abi.ErrFormat }

func arch(m elf.Machine, class int, big bool) string {
	a := arches[m]
	var name string
	switch {
	case class == 32 && big:
		name = a.be32
	case class == 32:
		name = a.le32
	case big:
		name = a.be64
	default:
		name = a.le64
	}
	if name == "" { // a word of the specification rather than none
		name = strings.ToLower(strings.TrimPrefix(m.String(), "EM_"))
		if strings.Contains(name, "+") { // String counts on from the last that it knows
			name = fmt.Sprintf("machine-%d", uint16(m))
		}
	}
	return name
}

// floatABI reads e_flags. Origin: the ELF supplements of ARM (EF_ARM_ABI_FLOAT),
// RISC-V (EF_RISCV_FLOAT_ABI) and LoongArch (EF_LOONGARCH_ABI).
func floatABI(m elf.Machine, flags uint32) FloatABI {
	switch m {
	case elf.EM_ARM:
		switch {
		case flags&0x400 != 0:
			return "hard"
		case flags&0x200 != 0:
			return "soft"
		}
	case elf.EM_RISCV:
		return [...]FloatABI{"soft", "single", "hard", "quad"}[flags>>1&3]
	case elf.EM_LOONGARCH:
		return [...]FloatABI{"", "soft", "single", "hard", "", "", "", ""}[flags&7]
	}
	return ""
}
