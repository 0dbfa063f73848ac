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

// asKernel reads a program whose header names a class or byte order that there is
// not, or nil: the kernel looks at the machine alone, and the loader at nothing of
// a program's header.
func (s *state) asKernel(img *image) *image {
	var damaged *abi.FormatError
	if img.file != nil || img.size < 64 || string(img.header[:4]) != elf.ELFMAG || !errors.As(img.err, &damaged) {
		return nil
	}
	for _, name := range modelled() {
		l, err := s.space.loaderAt(name)
		if err != nil || l.image.file == nil {
			continue
		}
		if s.loader = l; string(img.header[4:7]) == string(l.image.header[4:7]) {
			return nil
		}
		if other := s.asOwn(img); other.file != nil && other.file.Machine == l.image.file.Machine && isProgram(other.file) && other.file.Interpreter != "" {
			return other
		}
	}
	return nil
}

// unnamed reports whether a file has a place for the name of its loader, and no
// name there.
func unnamed(f *elfcheck.File) bool {
	s, ok := f.Segment(elf.PT_INTERP)
	return ok && s.FileSize > 0 && f.Interpreter == ""
}

// exec starts a program as the kernel and its loader do.
func (s *state) exec(name string, img *image, r Request) {
	if f := s.space.kernelRefuses(img.file, shown(name)); f != nil {
		s.process.fail(*f)
		return
	}
	if s.space.runByNobody(name) {
		s.process.fail(Failure{Category: Other, Object: shown(name), Message: shown(name) + ": Permission denied", Why: "nobody may run it: its mode has no x"})
		return
	}
	if img.file.Interpreter == "" {
		s.process.Objects = []*Object{{Path: name, Real: img.real, File: img.file, image: img}}
	} else if !s.interpreter(img.file, shown(name)) {
		return
	}
	if f := kernelMaps(img.file, shown(name)); f != nil {
		s.process.fail(*f)
		return
	}
	if img.file.Interpreter == "" {
		if f := ofBSD(img.file, shown(name)); f != nil {
			s.process.fail(*f)
		} else if packer := img.file.Packed; packer != "" {
			s.process.Unknown = fmt.Sprintf("it is packed by %s, and loads what it needs once it has unpacked itself: upx -d unpacks it", packer)
		}
		return // static
	}
	s.start(name, img, r)
}

// ofBSD is what becomes of a static program that has a BSD's own note. Linux
// looks neither there nor at the header's field, and starts it.
func ofBSD(f *elfcheck.File, name string) *Failure {
	switch f.Notes.OS {
	case "freebsd", "netbsd", "openbsd", "dragonfly":
	default:
		return nil
	}
	return &Failure{
		Category: WrongArch, Object: name, Subject: f.Notes.OS,
		Message: name + ": is a program of " + f.Notes.OS,
		Why:     "Linux starts it all the same, and understands its first call of the kernel as another",
	}
}

// kernelRefuses says why the kernel does not start a program, or nil.
func (s *Space) kernelRefuses(f *elfcheck.File, name string) *Failure {
	arch := s.Arch()
	if arch == "" || f.Platform.Arch == arch {
		return nil
	}
	for _, other := range runs[arch] {
		if f.Platform.Arch == other {
			return nil
		}
	}
	return &Failure{
		Category: WrongArch, Object: name, Subject: f.Platform.Arch,
		Message: name + ": cannot execute binary file: Exec format error",
		Why:     fmt.Sprintf("the file is for %s, the user space for %s", f.Platform.Arch, arch),
	}
}

// interpreter opens the loader that a program names, and reports whether there
// is one to go on with.
func (s *state) interpreter(f *elfcheck.File, name string) bool {
	fail := func(c Category, message, why string) bool {
		s.process.fail(Failure{Category: c, Object: name, Subject: f.Interpreter, Message: message, Why: why})
		return false
	}
	path := s.absolute(f.Interpreter)
	l, err := s.space.loaderAt(path)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
		return fail(InterpMissing, name+": No such file or directory", fmt.Sprintf("the loader %s is not there", f.Interpreter))
	case err != nil:
		return fail(InterpBad, name+": cannot execute", fmt.Sprintf("the loader %s: %v", f.Interpreter, err))
	case !l.image.info.Mode().IsRegular() || s.space.forbids(path, 0o001):
		return fail(InterpBad, name+": Permission denied", fmt.Sprintf("the loader %s is no file that others may run", f.Interpreter))
	case l.image.file == nil:
		return fail(InterpBad, name+": Accessing a corrupted shared library", fmt.Sprintf("the loader %s is no ELF file that can be read", f.Interpreter))
	case l.image.file.Platform.Arch != f.Platform.Arch:
		return fail(InterpBad, name+": Accessing a corrupted shared library", fmt.Sprintf("the loader %s is for %s", f.Interpreter, l.image.file.Platform.Arch))
	}
	s.use(l)
	if l.libc == "" {
		s.process.Unknown = fmt.Sprintf("the loader %s is of no C library that is modelled", f.Interpreter)
		return false
	}
	return true
}
