package ldso

import (
	"debug/elf"
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/elfcheck"
	"github.com/abivet/abivet/internal/endian"
)

// A sight is what a loader makes of a candidate for a library: it takes it,
// passes over it, or stops.
type sight struct {
	image *image
	err   error  // of opening it: why it goes on to the next
	skip  string // likewise, of what was opened
	class bool   // it goes on, and remembers to blame the class
	fatal *Failure
}

// look opens a candidate as glibc's open_verify does.
func (s *state) look(name string) sight {
	if s.space.denied(name) {
		return sight{err: fs.ErrPermission}
	}
	img, err := s.open(name)
	switch {
	case err != nil:
		return sight{err: err}
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

// saw says in short what was there.
func (s sight) saw() string {
	if s.err != nil {
		return reason(s.err)
	}
	return s.skip
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

// strerror is what the C library says of an error.
func strerror(err error) string {
	switch {
	case errors.Is(err, fs.ErrPermission):
		return "Permission denied"
	case errors.Is(err, syscall.ENOTDIR):
		return "Not a directory"
	case errors.Is(err, syscall.ELOOP):
		return "Too many levels of symbolic links"
	case errors.Is(err, syscall.ENAMETOOLONG):
		return "File name too long"
	}
	return "No such file or directory"
}

// denied reports whether a user without privileges does not read a file of the
// user space. That he may reach it is the resolver's business.
func (s *Space) denied(name string) bool { return s.forbids(name, 0o004) }

// forbids reports whether others lack a permission for a regular file of the
// user space. Of what is not there look says what it is.
func (s *Space) forbids(name string, want fs.FileMode) bool {
	mode, ok := s.mode(name)
	return ok && mode.Perm()&want != want
}

// runByNobody reports whether a program of the user space may not be run, not even by
// root. One for its owner alone is started by that: the back ends of CUPS are.
func (s *Space) runByNobody(name string) bool {
	mode, ok := s.mode(name)
	return ok && mode.Perm()&0o111 == 0
}

// mode returns that of a regular file of the user space.
func (s *Space) mode(name string) (mode fs.FileMode, ok bool) {
	t, rest := s.tree(name)
	if t != &s.root {
		return 0, false
	}
	_, info, err := t.paths.Resolve(rest)
	if err != nil || !info.Mode().IsRegular() {
		return 0, false
	}
	return info.Mode(), true
}

// verify holds the header of a candidate against what the loader runs.
func (s *state) verify(name string, img *image) sight {
	bad := func(format string, args ...any) sight {
		return sight{fatal: &Failure{Category: BadELF, Message: shown(name) + ": " + fmt.Sprintf(format, args...)}}
	}
	h := header{img.header[:], endian.Order(s.loader.image.file.BigEndian)}
	l := s.loader.image.file
	if img.size < h.size() {
		return bad("file too short")
	}
	if string(h.b[:4]) != elf.ELFMAG {
		return bad("invalid ELF header")
	}
	if int(h.b[elf.EI_CLASS]) != l.Class/32 {
		return sight{skip: fmt.Sprintf("wrong ELF class: ELFCLASS%d", 96-l.Class), class: true} // so glibc words it, whatever is there
	}
	machine := h.machine()
	if machine != l.Machine && s.loader.patched {
		return sight{skip: "for " + machine.String()}
	}
	if what := identity(h.b, l); what != "" {
		return bad("%s", what)
	}
	if h.word32(20) != 1 {
		return bad("ELF file version does not match current one")
	}
	if machine != l.Machine {
		return sight{skip: "for " + machine.String()}
	}
	if t := elf.Type(h.half(16)); t != elf.ET_DYN && t != elf.ET_EXEC {
		return bad("only ET_DYN and ET_EXEC can be loaded")
	}
	if have := h.entrySize(); have != map[int]uint16{32: 32, 64: 56}[l.Class] {
		return bad("ELF file's phentsize not the expected size")
	}
	if img.file == nil {
		return s.unreadable(name, img, h)
	}
	return s.suits(img)
}

// suits passes over files for another floating-point ABI, system or kernel.
func (s *state) suits(img *image) sight {
	l := s.loader.image.file
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

// unreadable turns what the reader says of a damaged file into a failure. Some
// of them a loader does not even come to read: it stops at the program headers.
func (s *state) unreadable(name string, img *image, h header) sight {
	if h.half(h.count()) == 0 {
		return sight{image: &image{real: img.real, info: img.info, file: &elfcheck.File{Machine: s.loader.image.file.Machine}}}
	}
	if img.bare != nil && s.mappable(name, &image{file: img.bare}) != nil {
		return sight{image: &image{real: img.real, info: img.info, file: img.bare}}
	}
	f := &Failure{Category: BadELF, Message: shown(name) + ": cannot read file data", Why: fmt.Sprint(img.err)}
	var damaged *abi.FormatError
	if img.bare != nil && errors.As(img.err, &damaged) {
		f.Message = shown(name) + ": " + damaged.What
	}
	return sight{fatal: f}
}

func floats(a, b elfcheck.FloatABI) bool { return a != "" && b != "" && a != b }

// before reports whether the C library is older than a release.
func (s *state) before(v abi.Version) bool { return s.loader.version != "" && s.loader.version.Less(v) }
