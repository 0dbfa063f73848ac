package container

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/abivet/abivet/abi"
)

// The form of cpio that RPM packages have inside: "newc", without or with
// checksums. Its numbers are hexadecimal. By itself cpio is no container here:
// the images that Linux starts with are several of them, and need no check.
const (
	cpioMagic      = "070701"
	cpioCheckMagic = "070702"
	cpioHeader     = 110
	cpioEnd        = "TRAILER!!!"
	maxCPIOName    = 4096 // as long as a path of Linux
)

func isCPIO(start []byte) bool {
	return len(start) >= cpioHeader && (string(start[:6]) == cpioMagic || string(start[:6]) == cpioCheckMagic)
}

// cpio looks at the files in a cpio archive, which may be a stream.
func (w *walk) cpio(p place, b blob, depth int) error {
	in := &counter{r: b.stream()}
	start := make([]byte, startSize)
	for {
		m, err := readCPIO(in)
		if err != nil || m.name == cpioEnd {
			return err
		}
		data := &exact{r: in, left: m.size}
		if m.regular() {
			if err := w.checkName(p, m.name); err != nil {
				return err
			}
			n, err := readStart(data, start)
			if err == nil {
				err = w.member(p, m.name, blob{start: start[:n], r: data}, depth)
			}
			if err != nil {
				return err
			}
		}
		if _, err := io.Copy(io.Discard, data); err != nil {
			return err
		}
		if err := pad(in); err != nil {
			return err
		}
	}
}

type cpioMember struct {
	name string
	mode uint64
	size int64
}

func (m cpioMember) regular() bool { return m.mode&0o170000 == 0o100000 && m.size > 0 }

func readCPIO(in *counter) (m cpioMember, err error) {
	at := in.n
	damaged := func(format string, args ...any) error {
		return &abi.FormatError{Format: "cpio", Offset: at, What: fmt.Sprintf(format, args...)}
	}
	var head [cpioHeader]byte
	if _, err := io.ReadFull(in, head[:]); err != nil {
		return m, in.cut(err, damaged("header of a member: cut short"))
	}
	if !isCPIO(head[:]) {
		return m, damaged("header of a member begins with %q: want %q", head[:6], cpioMagic)
	}
	var numbers [13]uint64
	for i := range numbers {
		field := string(head[6+8*i : 14+8*i])
		if numbers[i], err = strconv.ParseUint(field, 16, 32); err != nil {
			return m, damaged("number %q: want eight hexadecimal digits", field)
		}
	}
	m.mode, m.size = numbers[1], int64(numbers[6])
	length := numbers[11]
	if length == 0 || length > maxCPIOName {
		return m, damaged("name of %d bytes: want 1 to %d", length, maxCPIOName)
	}
	name := make([]byte, length)
	if _, err := io.ReadFull(in, name); err != nil {
		return m, in.cut(err, damaged("name of a member: cut short"))
	}
	// A package is unpacked at the root, and some have names that say so.
	m.name = strings.TrimLeft(strings.TrimRight(string(name), "\x00"), "/")
	return m, pad(in)
}

// pad passes over what fills up to four bytes.
func pad(in *counter) error {
	var b [3]byte
	if _, err := io.ReadFull(in, b[:-in.n&3]); err != nil {
		return in.cut(err, &abi.FormatError{Format: "cpio", Offset: in.n, What: "cut short"})
	}
	return nil
}

// cut returns what kept a reader from reading on: an error beneath, or that it
// was cut short.
func (c *counter) cut(err, short error) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return short
	}
	return err
}

// exact is a part of a stream that has to be there.
type exact struct {
	r    io.Reader
	left int64
}

func (e *exact) Read(p []byte) (int, error) {
	if e.left == 0 {
		return 0, io.EOF
	}
	n, err := e.r.Read(p[:min(int64(len(p)), e.left)])
	e.left -= int64(n)
	if err == io.EOF && e.left > 0 {
		err = &abi.FormatError{Format: "cpio", What: fmt.Sprintf("cut short: %d bytes of a member are missing", e.left)}
	}
	return n, err
}
