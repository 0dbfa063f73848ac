package container

import (
	"bytes"
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

// rpmFacts is the name that the header of a package is found by; see
// audit.Containers.
const rpmFacts = "rpm header"

// rpm looks at the files in a package. They stand in its place: the archive in
// it has no name.
func (w *walk) rpm(p place, b blob, depth int) error {
	in := &counter{r: b.stream()}
	if _, err := io.CopyN(io.Discard, in, rpmLead); err != nil {
		return in.cut(err, rpmDamaged(in, "cut short"))
	}
	if _, err := readRPMFacts(in, 8); err != nil { // the signatures are filled up
		return err
	}
	facts, err := readRPMFacts(in, 1)
	if err != nil {
		return err
	}
	if err := w.member(p, rpmFacts, blob{start: facts, at: bytes.NewReader(facts), size: int64(len(facts))}, depth); err != nil {
		return err
	}
	start := make([]byte, startSize)
	n, err := readStart(in, start)
	if err != nil {
		return err
	}
	payload := blob{start: start[:n], r: in}
	c := compressionOf(payload.start)
	if c == nil && !isCPIO(payload.start) {
		return rpmDamaged(in, "payload begins with %q%s: want cpio, as it is or with gzip, bzip2, xz or zstd", start[:min(n, 6)], ifLZMA(start[:n]))
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

// readRPMFacts reads a header: an index of tags, types, places and counts, and
// the data that they point into. What is known of it comes as lines of text.
func readRPMFacts(in *counter, align int64) (facts []byte, err error) {
	var b [16]byte
	if _, err := io.ReadFull(in, b[:]); err != nil {
		return nil, in.cut(err, rpmDamaged(in, "header: cut short"))
	}
	if string(b[:4]) != rpmHeader {
		return nil, rpmDamaged(in, "header begins with %q: want %q", b[:4], rpmHeader)
	}
	index, data := int64(binary.BigEndian.Uint32(b[8:])), int64(binary.BigEndian.Uint32(b[12:]))
	if index > maxRPMIndex || data > maxRPMData {
		return nil, rpmDamaged(in, "header of %d entries and %d bytes: want at most %d and %d", index, data, maxRPMIndex, maxRPMData)
	}
	const arch, stringType = 1022, 6 // rpmtag.h
	at := int64(-1)
	for range index {
		if _, err := io.ReadFull(in, b[:]); err != nil {
			return nil, in.cut(err, rpmDamaged(in, "header: cut short"))
		}
		if at < 0 && binary.BigEndian.Uint32(b[:]) == arch && binary.BigEndian.Uint32(b[4:]) == stringType {
			at = int64(binary.BigEndian.Uint32(b[8:]))
		}
	}
	if at >= data {
		return nil, rpmDamaged(in, "header: the processor at %#x: want it below %#x", at, data)
	}
	rest := data
	if at >= 0 {
		const most = 100
		text := make([]byte, min(most, data-at))
		rest -= at + int64(len(text))
		if _, err := io.CopyN(io.Discard, in, at); err != nil {
			return nil, in.cut(err, rpmDamaged(in, "header: cut short"))
		}
		if _, err := io.ReadFull(in, text); err != nil {
			return nil, in.cut(err, rpmDamaged(in, "header: cut short"))
		}
		if end := bytes.IndexAny(text, "\x00\n"); end >= 0 { // a line is one fact
			text = text[:end]
		}
		facts = fmt.Appendf(facts, "Arch: %s\n", text)
	}
	rest += -(in.n + rest) & (align - 1)
	if _, err := io.CopyN(io.Discard, in, rest); err != nil {
		return nil, in.cut(err, rpmDamaged(in, "header: cut short"))
	}
	return facts, nil
}

func rpmDamaged(in *counter, format string, args ...any) error {
	return &abi.FormatError{Format: "rpm", Offset: in.n, What: fmt.Sprintf(format, args...)}
}
