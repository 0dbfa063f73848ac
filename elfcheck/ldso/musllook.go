package ldso

import (
	"debug/elf"
	"errors"
	"io"
	"io/fs"
	"syscall"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/elfcheck"
	"github.com/abivet/abivet/internal/endian"
)

// muslLook opens a candidate. musl looks at the type and the program headers
// and at nothing else: it takes files of other machines.
func (s *state) muslLook(name string) sight {
	if s.space.denied(name) {
		return sight{err: fs.ErrPermission}
	}
	img, err := s.open(name)
	switch {
	case err != nil:
		return sight{err: err}
	case img.info.IsDir():
		return sight{err: syscall.EISDIR}
	case img.info.Mode().IsRegular():
		img = s.asOwn(img)
	}
	h := header{img.header[:], endian.Order(s.loader.image.file.BigEndian)}
	if t := elf.Type(h.half(16)); t != elf.ET_DYN && t != elf.ET_EXEC {
		return sight{err: syscall.ENOEXEC, skip: "no shared object"}
	}
	if img.file == nil {
		return sight{err: syscall.ENOEXEC, skip: img.err.Error()}
	}
	if table, ok := img.file.Segment(elf.PT_DYNAMIC); !img.file.Dynamic || ok && table.VAddr == 0 {
		return sight{err: syscall.ENOEXEC, skip: "no dynamic section"}
	}
	for _, seg := range img.file.Segments {
		if seg.Type == elf.PT_LOAD && seg.VAddr+seg.MemSize > mostMemory {
			return sight{err: syscall.ENOMEM, skip: "more memory than there can be"}
		}
	}
	return sight{image: img}
}

// asOwn reads a file as one of the loader's class and byte order, whatever its
// header says: musl does not look.
func (s *state) asOwn(img *image) *image {
	own := s.loader.image.header[:7]
	if img.size < 64 || string(img.header[:7]) == string(own) && !errors.Is(img.err, abi.ErrFormat) {
		return img
	}
	other := &image{fs: img.fs, real: img.real, info: img.info, size: img.size, header: img.header}
	copy(other.header[:], own)
	if errors.Is(img.err, abi.ErrFormat) {
		copy(other.header[18:20], s.loader.image.header[18:20])
	}
	other.err = img.with(func(r io.ReaderAt) error {
		r = prefixed{r, other.header[:]}
		bound, symbols, err := readTable(r, img.size, 0, false)
		if err == nil {
			other.symbols = symbols
			other.file, err = elfcheck.Read(r, img.size, wants|elfcheck.WantExports)
		}
		if err == nil {
			other.file.Relocations = bound.Relocations
		}
		return err
	})
	other.fs = nil // it is whole, and another reading would not find it so
	return other
}

// defines reports whether a file defines a name.
func (img *image) defines(name string) bool {
	_, err := img.bind()
	return err == nil && img.symbols.first(nameHash(name)) != nil
}

// prefixed is a file with other bytes at its start.
type prefixed struct {
	io.ReaderAt
	start []byte
}

func (p prefixed) ReadAt(b []byte, off int64) (int, error) {
	n, err := p.ReaderAt.ReadAt(b, off)
	if off < int64(len(p.start)) {
		copy(b[:n], p.start[off:])
	}
	return n, err
}
