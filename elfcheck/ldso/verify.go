package ldso

import (
	"debug/elf"
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/elfcheck"
)

// A sight is what a loader makes of a candidate for a library: it takes it,
// passes over it, or stops.
type sight struct {
	image *image
	skip  string // why it goes on to the next
	class bool   // it goes on, and remembers to blame the class
	fatal *Failure
}

// look opens a candidate as glibc's open_verify does.
func (s *state) look(name string) sight {
	if why := s.space.denied(name); why != "" {
		return sight{skip: why}
	}
	img, err := s.open(name)
	switch {
	case errors.Is(err, syscall.ELOOP):
		return sight{fatal: &Failure{Category: BadELF, Message: fmt.Sprintf("%s: cannot open shared object file: Too many levels of symbolic links", shown(name))}}
	case err != nil:
		return sight{skip: reason(err)}
	case img.info.IsDir():
		return sight{fatal: &Failure{Category: BadELF, Message: shown(name) + ": cannot read file data: Is a directory"}}
	case !img.info.Mode().IsRegular():
		return sight{fatal: &Failure{Category: BadELF, Message: shown(name) + ": file too short"}}
	}
	return s.verify(name, img)
}

// open returns the file that is loaded, or another one.
func (s *state) open(name string) (*image, error) {
	if name == s.name {
		return s.image, nil
	}
	return s.space.open(name)
}

func reason(err error) string {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "no such file"
	case errors.Is(err, syscall.ENOTDIR):
		return "not a directory"
	case errors.Is(err, fs.ErrPermission):
		return "permission denied"
	}
	return err.Error()
}

// denied says why a user without privileges does not read a file of the user
// space, or "". That he may reach it is the resolver's business.
func (s *Space) denied(name string) string {
	t, rest := s.tree(name)
	if t != &s.root {
		return ""
	}
	if _, info, err := t.paths.Resolve(rest); err == nil && info.Mode().IsRegular() && info.Mode().Perm()&0o004 == 0 {
		return "permission denied"
	}
	return "" // of what is not there look says what it is
}

// verify holds the header of a candidate against what the loader runs.
func (s *state) verify(name string, img *image) sight {
	bad := func(format string, args ...any) sight {
		return sight{fatal: &Failure{Category: BadELF, Message: shown(name) + ": " + fmt.Sprintf(format, args...)}}
	}
	h := img.header[:]
	l := s.loader.image.file
	if img.size < 64 {
		return bad("file too short")
	}
	if string(h[:4]) != elf.ELFMAG {
		return bad("invalid ELF header")
	}
	if int(h[elf.EI_CLASS]) != l.Class/32 {
		return sight{skip: fmt.Sprintf("wrong ELF class: ELFCLASS%d", 32*int(h[elf.EI_CLASS])), class: true}
	}
	foreign := headerMachine(h) != l.Machine
	if foreign && s.loader.patched {
		return sight{skip: "for " + headerMachine(h).String()}
	}
	if (h[elf.EI_DATA] == byte(elf.ELFDATA2MSB)) != l.BigEndian {
		return bad("ELF file data encoding not %s-endian", map[bool]string{true: "big", false: "little"}[l.BigEndian])
	}
	if h[elf.EI_VERSION] != 1 {
		return bad("ELF file version ident does not match current one")
	}
	if osabi := elf.OSABI(h[elf.EI_OSABI]); osabi != elf.ELFOSABI_NONE && osabi != elf.ELFOSABI_LINUX && !(l.Machine == elf.EM_ARM && osabi == 64) {
		return bad("ELF file OS ABI invalid")
	}
	if v := h[elf.EI_ABIVERSION]; v != 0 && (elf.OSABI(h[elf.EI_OSABI]) != elf.ELFOSABI_LINUX || v > 3) {
		return bad("ELF file ABI version invalid")
	}
	for _, pad := range h[9:16] {
		if pad != 0 {
			return bad("nonzero padding in e_ident")
		}
	}
	if foreign {
		return sight{skip: "for " + headerMachine(h).String()}
	}
	if img.file == nil {
		return s.unreadable(name, img)
	}
	if img.file.Float != l.Float && l.Machine == elf.EM_RISCV || l.Machine == elf.EM_ARM && floats(img.file.Float, l.Float) {
		return sight{skip: fmt.Sprintf("floating-point ABI %q, the loader's is %q", img.file.Float, l.Float)}
	}
	if tag := img.file.Notes; s.before("2.36") && tag.OS != "" && tag.OS != "linux" {
		return sight{skip: "ABI tag for " + tag.OS}
	} else if s.before("2.36") && s.kernel != "" && s.kernel.Less(tag.Kernel) {
		return sight{skip: fmt.Sprintf("ABI tag: needs Linux %s", tag.Kernel)}
	}
	return sight{image: img}
}

func floats(a, b elfcheck.FloatABI) bool { return a != "" && b != "" && a != b }

func headerMachine(h []byte) elf.Machine {
	if h[elf.EI_DATA] == byte(elf.ELFDATA2MSB) {
		return elf.Machine(uint16(h[18])<<8 | uint16(h[19]))
	}
	return elf.Machine(uint16(h[19])<<8 | uint16(h[18]))
}

// unreadable turns what the reader says of a damaged file into a failure.
func (s *state) unreadable(name string, img *image) sight {
	f := &Failure{Category: BadELF, Message: shown(name) + ": cannot read file data", Why: fmt.Sprint(img.err)}
	var damaged *abi.FormatError
	if errors.As(img.err, &damaged) {
		f.Message = shown(name) + ": " + damaged.What
	}
	return sight{fatal: f}
}

// before reports whether the C library is older than a release.
func (s *state) before(v abi.Version) bool { return s.loader.version != "" && s.loader.version.Less(v) }
