package machocheck

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"sync"

	"github.com/blacktop/go-macho/types"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/internal/endian"
	"github.com/abivet/abivet/internal/rawfile"
)

const (
	// pageSize is what is read of a slice at once. Nearly all load commands
	// fit: the median of 362 published slices has 1.5 KiB, the largest 5.9.
	pageSize = 4096

	// maxCommands is far above what linkers write. It bounds what a damaged
	// header makes us allocate.
	maxCommands = 16 << 20
)

var pages = sync.Pool{New: func() any { return new([pageSize]byte) }}

// ReadFile reads the named file.
func ReadFile(name string, want Want) ([]*File, error) {
	r, err := rawfile.Open(name)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	size, regular, err := r.Size()
	if err != nil {
		return nil, err
	}
	if !regular {
		return nil, fmt.Errorf("%s: %w", name, abi.ErrFormat)
	}
	files, err := Read(r, size, want)
	for _, f := range files {
		f.Name = filepath.Base(name)
	}
	return files, err
}

// Read reads a Mach-O file of size bytes and returns a File for each of its
// slices; for a file that is not universal, one.
//
// A file without the magic is [abi.ErrFormat]; so is a Java class file, which
// shares that of universal files. A damaged one is an *[abi.FormatError], and
// so is a core dump. A universal file of static libraries is [ErrArchive].
func Read(r io.ReaderAt, size int64, want Want) ([]*File, error) {
	head := pages.Get().(*[pageSize]byte)
	defer pages.Put(head) // nothing that is returned points into it
	n, err := readAtMost(r, head[:], 0, size)
	if err != nil {
		return nil, err
	}
	slices, err := readSlices(r, head[:n], size)
	if err != nil {
		return nil, err
	}
	files := make([]*File, 0, len(slices))
	for _, s := range slices {
		if s.Universal {
			if n, err = readAtMost(r, head[:], s.Offset, s.Size); err != nil {
				return nil, err
			}
		}
		if s.Universal && isArchive(head[:n]) {
			return nil, ErrArchive
		}
		f, err := readSlice(r, s, head[:n], want)
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	return files, nil
}

// readAtMost fills b, or as much of it as the size bytes at an offset have.
func readAtMost(r io.ReaderAt, b []byte, offset, size int64) (int, error) {
	b = b[:min(int64(len(b)), max(size, 0))]
	n, err := r.ReadAt(b, offset)
	if n == len(b) {
		return n, nil // ReadAt may add io.EOF to a full read
	}
	if err == nil || errors.Is(err, io.EOF) {
		return n, damaged(offset+int64(n), "the file ends here: want %d more bytes of its %d", len(b)-n, size)
	}
	return n, err
}

// A header is what the magic says of a Mach-O file.
type header struct {
	big  endian.Order
	wide bool
	size int // of the header, in bytes
}

func headerOf(magic uint32) (header, bool) {
	switch magic {
	case 0xfeedfacf:
		return header{big: true, wide: true, size: 32}, true
	case 0xcffaedfe:
		return header{wide: true, size: 32}, true
	case 0xfeedface:
		return header{big: true, size: 28}, true
	case 0xcefaedfe:
		return header{size: 28}, true
	}
	return header{}, false
}

// readSlice reads one slice, whose head is its first page.
func readSlice(r io.ReaderAt, s Slice, head []byte, want Want) (*File, error) {
	own, f := scratches.Get().(*scratch), files.Get().(*File)
	defer own.release()
	d := &own.decoder
	*d = decoder{r: r, base: s.Offset, size: s.Size, file: f, spare: *f, scratch: own}
	*f = File{Slice: s}
	if err := d.header(head); err != nil {
		return nil, err
	}
	if err := d.commands(); err != nil {
		return nil, err
	}
	d.system()
	if err := d.wanted(want); err != nil {
		return nil, err
	}
	return f, nil
}

// wanted reads what the load commands point to.
func (d *decoder) wanted(want Want) error {
	if want&(WantSignature|WantHashes) != 0 {
		if err := d.signature(want); err != nil {
			return err
		}
	}
	if want&WantGo != 0 {
		if err := d.goBuild(); err != nil {
			return err
		}
	}
	if want&(WantSymbols|WantRules|WantLuaJIT|WantExtensions) != 0 {
		if _, err := d.externals(); err != nil {
			return err
		}
	}
	if want&WantLuaJIT != 0 {
		if err := d.luaJIT(want); err != nil {
			return err
		}
	}
	if want&WantExtensions != 0 {
		if err := d.extensions(); err != nil {
			return err
		}
	}
	return d.symbols(want)
}

// header reads the header and the load commands behind it.
func (d *decoder) header(head []byte) error {
	if len(head) < 4 {
		return damaged(d.base, "slice of %d bytes: want a Mach-O header", len(head))
	}
	magic := binary.BigEndian.Uint32(head)
	h, ok := headerOf(magic)
	if !ok {
		return damaged(d.base, "slice with magic %#08x: want Mach-O or an archive", magic)
	}
	if len(head) < h.size {
		return damaged(d.base, "header of %d bytes: want %d", len(head), h.size)
	}
	d.big, d.wide, d.begin = h.big, h.wide, h.size
	f := d.file
	f.CPU, f.Subtype, f.Flags = d.big.Uint32(head[4:]), d.big.Uint32(head[8:]), d.big.Uint32(head[24:])
	f.Platform.Arch, f.Arch = archOf(f.CPU, f.Subtype)
	f.BigEndian, f.Bits = bool(h.big), 32
	if h.wide {
		f.Bits = 64
	}
	fileType := types.HeaderFileType(d.big.Uint32(head[12:]))
	if fileType == types.MH_CORE {
		return damaged(d.base+12, "a core dump: want a program, library or object")
	}
	f.Kind = kindOf(fileType)
	d.count = d.big.Uint32(head[16:])
	size := d.big.Uint32(head[20:])
	if size > maxCommands || !within(uint64(h.size), uint64(size), d.size) {
		return damaged(d.base+20, "load commands of %d bytes: the slice has %d, and %d is the most", size, d.size, maxCommands)
	}
	f.CommandsEnd = uint64(h.size) + uint64(size)
	return d.load(head, int(size))
}

// load takes the load commands out of the head, or reads those that are too
// many for it.
func (d *decoder) load(head []byte, size int) error {
	end := d.begin + size
	if end <= len(head) {
		d.raw = head[d.begin:end]
		return nil
	}
	raw := make([]byte, size)
	n := copy(raw, head[d.begin:])
	if _, err := readAtMost(d.r, raw[n:], d.base+int64(d.begin+n), int64(size-n)); err != nil {
		return err
	}
	d.raw = raw
	return nil
}
