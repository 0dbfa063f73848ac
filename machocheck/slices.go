package machocheck

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/abivet/abivet/abi"
)

// ErrArchive says that a universal file holds static libraries, one for each
// architecture: what libtool and lipo make of several .a files. [Slices] says
// where they lie; their members are files for Read.
var ErrArchive = errors.New("a universal file of static libraries")

// A Slice is the part of a file that is for one architecture. The only slice
// of a file that is not universal is all of it.
type Slice struct {
	Offset, Size int64
	// CPU and Subtype are what the universal header says; the slice's own may
	// differ, and the kernel then refuses the file.
	CPU, Subtype uint32
	Universal    bool
	Wide         bool // the universal header is the 64-bit form
	Archive      bool // a static library; only Slices tells
	// Behind is how many bytes of a universal file stand behind its last slice,
	// which is this one.
	Behind int64
}

// Platform returns the platform without its operating system, which a
// universal header does not name.
func (s Slice) Platform() abi.Platform {
	goarch, _ := archOf(s.CPU, s.Subtype)
	return abi.Platform{Arch: goarch}
}

// Arch returns the architecture as lipo names it.
func (s Slice) Arch() string {
	_, name := archOf(s.CPU, s.Subtype)
	return name
}

const (
	magicUniversal          = 0xcafebabe
	magicUniversal64 uint32 = 0xcafebabf

	// A Java class file has the same magic, and where the count of slices
	// stands it has its version, which is 45 or more.
	firstClassVersion = 45
	maxSlices         = 44

	archiveMagic     = "!<arch>\n"
	thinArchiveMagic = "!<thin>\n"
)

// Slices returns where the slices of a file lie, without reading them.
//
// Unlike Read it takes a universal file of static libraries, too. A file that
// is neither universal nor Mach-O is [abi.ErrFormat].
func Slices(r io.ReaderAt, size int64) ([]Slice, error) {
	var head [pageSize]byte
	n, err := readAtMost(r, head[:], 0, size)
	if err != nil {
		return nil, err
	}
	slices, err := readSlices(r, head[:n], size)
	if err != nil {
		return nil, err
	}
	for i := range slices {
		if !slices[i].Universal {
			continue
		}
		magic := make([]byte, len(archiveMagic))
		n, err := readAtMost(r, magic, slices[i].Offset, slices[i].Size)
		if err != nil {
			return nil, err
		}
		slices[i].Archive = isArchive(magic[:n])
	}
	return slices, nil
}

func isArchive(head []byte) bool {
	if len(head) < len(archiveMagic) {
		return false
	}
	magic := string(head[:len(archiveMagic)])
	return magic == archiveMagic || magic == thinArchiveMagic
}

// readSlices reads the universal header, whose head is the first page of it.
func readSlices(r io.ReaderAt, head []byte, size int64) ([]Slice, error) {
	if len(head) < 4 {
		return nil, fmt.Errorf("%d bytes: %w", size, abi.ErrFormat)
	}
	magic := binary.BigEndian.Uint32(head)
	if h, ok := headerOf(magic); ok {
		s := Slice{Size: size}
		if len(head) >= h.size {
			s.CPU, s.Subtype = h.big.Uint32(head[4:]), h.big.Uint32(head[8:])
		}
		return []Slice{s}, nil
	}
	if magic != magicUniversal && magic != magicUniversal64 {
		return nil, fmt.Errorf("magic %#08x: %w", magic, abi.ErrFormat)
	}
	if len(head) < 8 {
		return nil, damaged(0, "universal header of %d bytes: want 8", len(head))
	}
	wide := magic == magicUniversal64
	count := binary.BigEndian.Uint32(head[4:])
	if !wide && count >= firstClassVersion {
		return nil, fmt.Errorf("a Java class file: %w", abi.ErrFormat)
	}
	if count == 0 || count > maxSlices {
		return nil, damaged(4, "%d slices: want 1 to %d", count, maxSlices)
	}
	return decodeSlices(head, int(count), wide, size)
}

func decodeSlices(head []byte, count int, wide bool, size int64) ([]Slice, error) {
	entry := 20
	if wide {
		entry = 32
	}
	end := 8 + count*entry // at most 1416, so within the page
	if len(head) < end {
		return nil, damaged(8, "table of %d slices ends at %#x: the file has %#x bytes", count, end, size)
	}
	slices := make([]Slice, count)
	for i := range slices {
		at := 8 + i*entry
		b := head[at:]
		var offset, length uint64
		if wide {
			offset, length = binary.BigEndian.Uint64(b[8:]), binary.BigEndian.Uint64(b[16:])
		} else {
			offset, length = uint64(binary.BigEndian.Uint32(b[8:])), uint64(binary.BigEndian.Uint32(b[12:]))
		}
		if offset < uint64(end) || !within(offset, length, size) {
			return nil, damaged(int64(at), "slice %d of %#x bytes at %#x: the header ends at %#x, the file at %#x",
				i, length, offset, end, size)
		}
		slices[i] = Slice{
			Offset: int64(offset), Size: int64(length),
			CPU: binary.BigEndian.Uint32(b), Subtype: binary.BigEndian.Uint32(b[4:]),
			Universal: true, Wide: wide,
		}
		for j := range i {
			if o := slices[j]; o.Offset < slices[i].Offset+slices[i].Size && slices[i].Offset < o.Offset+o.Size {
				return nil, damaged(int64(at), "slice %d at %#x overlaps slice %d at %#x", i, offset, j, o.Offset)
			}
		}
	}
	last := slices[0]
	for _, s := range slices {
		if s.Offset > last.Offset {
			last = s
		}
	}
	for i := range slices {
		if slices[i].Offset == last.Offset {
			slices[i].Behind = size - last.Offset - last.Size
		}
	}
	return slices, nil
}

// within reports whether n bytes at an offset lie below the end. It does not
// overflow.
func within(offset, n uint64, end int64) bool {
	return offset <= uint64(end) && n <= uint64(end)-offset
}

func damaged(offset int64, format string, args ...any) *abi.FormatError {
	return &abi.FormatError{Format: "macho", Offset: offset, What: fmt.Sprintf(format, args...)}
}
