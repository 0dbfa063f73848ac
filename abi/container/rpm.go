package container

import (
	"encoding/binary"
	"fmt"
	"io"

	"github.com/abivet/abivet/abi"
)

// An RPM package is a lead of 96 bytes that nobody reads any more, a header of
// signatures, a header of facts, and a cpio archive, compressed.
const (
	rpmMagic    = "\xed\xab\xee\xdb"
	rpmLead     = 96
	rpmHeader   = "\x8e\xad\xe8\x01"
	maxRPMIndex = 1 << 16 // as rpm itself has it
	maxRPMData  = 256 << 20
)

// rpm looks at the files in a package. They stand in its place: the archive in
// it has no name.
func (w *walk) rpm(p place, b blob, depth int) error {
	in := &counter{r: b.stream()}
	if _, err := io.CopyN(io.Discard, in, rpmLead); err != nil {
		return in.cut(err, rpmDamaged(in, "cut short"))
	}
	for _, align := range []int64{8, 1} { // the signatures are filled up
		if err := skipRPMHeader(in, align); err != nil {
			return err
		}
	}
	start := make([]byte, startSize)
	n, err := readStart(in, start)
	if err != nil {
		return err
	}
	payload := blob{start: start[:n], r: in}
	c := compressionOf(payload.start)
	if c == nil && !isCPIO(payload.start) {
		return rpmDamaged(in, "payload begins with %q: want cpio, as it is or with gzip, bzip2, xz or zstd", start[:min(n, 6)])
	}
	if c == nil {
		return w.cpio(p, payload, depth)
	}
	x, err := w.budget.decompress(c, payload.stream())
	if err != nil {
		return err
	}
	defer x.close()
	if err := w.cpio(p, blob{r: x}, depth); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, x) // the checksum stands at the end
	return err
}

func skipRPMHeader(in *counter, align int64) error {
	var b [16]byte
	if _, err := io.ReadFull(in, b[:]); err != nil {
		return in.cut(err, rpmDamaged(in, "header: cut short"))
	}
	if string(b[:4]) != rpmHeader {
		return rpmDamaged(in, "header begins with %q: want %q", b[:4], rpmHeader)
	}
	index, data := int64(binary.BigEndian.Uint32(b[8:])), int64(binary.BigEndian.Uint32(b[12:]))
	if index > maxRPMIndex || data > maxRPMData {
		return rpmDamaged(in, "header of %d entries and %d bytes: want at most %d and %d", index, data, maxRPMIndex, maxRPMData)
	}
	size := 16*index + data
	size += -(in.n + size) & (align - 1)
	if _, err := io.CopyN(io.Discard, in, size); err != nil {
		return in.cut(err, rpmDamaged(in, "header: cut short"))
	}
	return nil
}

func rpmDamaged(in *counter, format string, args ...any) error {
	return &abi.FormatError{Format: "rpm", Offset: in.n, What: fmt.Sprintf(format, args...)}
}
