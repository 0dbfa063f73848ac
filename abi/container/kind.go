package container

import (
	"bytes"
	"encoding/binary"

	"github.com/abivet/abivet/internal/zipdir"
)

// startSize is how much of a file tells what it is. A tar begins with a header
// of 512 bytes; these fit, compressed in any way, in twice that.
const startSize = 1024

// A reader looks at the members of a container.
type reader func(w *walk, p place, b blob, depth int) error

// readerFor chooses by the first bytes, or returns nil.
func readerFor(start []byte) reader {
	switch {
	case zipdir.IsArchive(start):
		return (*walk).zip
	case isDeb(start):
		return (*walk).deb
	case bytes.HasPrefix(start, []byte(rpmMagic)) && plausibleRPM(start):
		return (*walk).rpm
	case isTar(start):
		return (*walk).tar
	}
	return nil
}

// isDeb tells a Debian package from a static archive, which is one of the same
// form.
func isDeb(start []byte) bool {
	return bytes.HasPrefix(start, []byte("!<arch>\ndebian-binary"))
}

// isTar looks at the checksum of the first header: old forms of tar have no
// magic.
func isTar(start []byte) bool {
	const size, at, end = 512, 148, 156
	if len(start) < size || start[0] == 0 {
		return false
	}
	want, digits := 0, 0
	for _, c := range bytes.Trim(start[at:end], " \x00") {
		if c < '0' || c > '7' {
			return false
		}
		want = want<<3 | int(c-'0')
		digits++
	}
	unsigned, signed := 0, 0 // some old programs add up signed bytes
	for i, c := range start[:size] {
		if i >= at && i < end {
			c = ' '
		}
		unsigned += int(c)
		signed += int(int8(c))
	}
	return digits > 0 && (want == unsigned || want == signed)
}

// isObject knows ELF files that are objects. One that is compressed by itself
// is a module of the kernel, which brings its own loader.
func isObject(start []byte) bool {
	const relocatable = 1 // ET_REL
	if len(start) < 18 || string(start[:4]) != "\x7fELF" {
		return false
	}
	kind := binary.LittleEndian.Uint16(start[16:])
	if start[5] == 2 {
		kind = binary.BigEndian.Uint16(start[16:])
	}
	return kind == relocatable
}
