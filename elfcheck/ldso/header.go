package ldso

import (
	"debug/elf"

	"github.com/abivet/abivet/elfcheck"
	"github.com/abivet/abivet/internal/endian"
)

// A header is the first bytes of a file as a loader reads them: in its own
// class and byte order, whatever the file says.
type header struct {
	b   []byte
	big endian.Order
}

func (h header) half(at int) uint16 { return h.big.Uint16(h.b[at:]) }

func (h header) word32(at int) uint32 { return h.big.Uint32(h.b[at:]) }

func (h header) wide() bool { return h.b[elf.EI_CLASS] != byte(elf.ELFCLASS32) }

func (h header) machine() elf.Machine { return elf.Machine(h.half(18)) }

// size is that of the whole header.
func (h header) size() int64 {
	if h.wide() {
		return 64
	}
	return 52
}

func (h header) entrySize() uint16 { return h.half(h.count() - 2) }

// count is the place of the number of program headers.
func (h header) count() int {
	if h.wide() {
		return 56
	}
	return 44
}

// identity says what a loader has against e_ident, or "".
func identity(h []byte, l *elfcheck.File) string {
	order := map[bool]elf.Data{false: elf.ELFDATA2LSB, true: elf.ELFDATA2MSB}[l.BigEndian]
	osabi := elf.OSABI(h[elf.EI_OSABI])
	switch {
	case elf.Data(h[elf.EI_DATA]) != order && l.BigEndian:
		return "ELF file data encoding not big-endian"
	case elf.Data(h[elf.EI_DATA]) != order:
		return "ELF file data encoding not little-endian"
	case h[elf.EI_VERSION] != 1:
		return "ELF file version ident does not match current one"
	case osabi != elf.ELFOSABI_NONE && osabi != elf.ELFOSABI_LINUX && !(l.Machine == elf.EM_ARM && osabi == 64):
		return "ELF file OS ABI invalid"
	case h[elf.EI_ABIVERSION] != 0 && (osabi != elf.ELFOSABI_LINUX || h[elf.EI_ABIVERSION] > 3):
		return "ELF file ABI version invalid"
	}
	for _, pad := range h[9:16] {
		if pad != 0 {
			return "nonzero padding in e_ident"
		}
	}
	return ""
}
