package luajit

import (
	"bufio"
	"errors"
	"io"
	"unicode/utf8"
)

var errDump = errors.New("not a dump of bytecode")

// A dump reads bytecode. Nothing is allocated by a count that it finds. After
// the first failure it reads zeros.
//
//	dump   = header proto+ 0U
//	header = ESC 'L' 'J' versionB flagsU [namelenU nameB*]
//	proto  = lengthU pdata
//
// It is the grammar of src/lj_bcdump.h, the same in both versions.
type dump struct {
	r      *bufio.Reader
	at     int64
	failed error
	limit  int64 // of the prototype that is being read
}

// check fails unless ok.
func (d *dump) check(ok bool) {
	if !ok && d.failed == nil {
		d.failed = errDump
	}
}

func (d *dump) byte() byte {
	if d.failed != nil {
		return 0
	}
	c, err := d.r.ReadByte()
	if err != nil {
		d.failed = err
		return 0
	}
	d.at++
	return c
}

// skip passes over bytes that may be anything.
func (d *dump) skip(n int64) {
	if d.failed != nil {
		return
	}
	if n > maxDump {
		d.failed = errDump
		return
	}
	skipped, err := d.r.Discard(int(n))
	d.at += int64(skipped)
	if err != nil {
		d.failed = err
	}
}

// more reads the rest of a number in the form of ULEB128, of which c is the
// first byte. Each byte has 7 bits of it, the lowest first.
func (d *dump) more(c byte, shift uint) uint64 {
	v := uint64(c & 0x7f)
	for c >= 0x80 {
		c = d.byte()
		d.check(shift < 35)
		v |= uint64(c&0x7f) << shift
		shift += 7
		if d.failed != nil {
			return 0
		}
	}
	return v
}

func (d *dump) uint() uint32 {
	v := d.more(d.byte(), 7)
	d.check(v <= 1<<32-1)
	return uint32(v)
}

// name reads the name of the chunk, which is a path or the source itself.
func (d *dump) name() string {
	const most = 4096
	n := d.uint()
	d.check(n <= most)
	if d.failed != nil {
		return ""
	}
	name := make([]byte, n)
	read, err := io.ReadFull(d.r, name)
	d.at += int64(read)
	if err != nil {
		d.failed = err
		return ""
	}
	d.check(utf8.Valid(name))
	for _, c := range name {
		d.check(c >= ' ' || c == '\n' || c == '\t' || c == '\r')
	}
	return string(name)
}

// read reads the whole dump.
func (d *dump) read() Bytecode {
	var b Bytecode
	for i := range len(BytecodeMagic) {
		d.check(d.byte() == BytecodeMagic[i])
	}
	b.Version = int(d.byte())
	d.check(b.Version == 1 || b.Version == 2)
	b.Flags = d.uint()
	// Frames of two slots came with version 2.
	d.check(b.Flags&^knownFlags == 0 && (b.Version == 2 || b.Flags&^(FlagBigEndian|FlagStripped|FlagFFI) == 0))
	if b.Flags&FlagStripped == 0 {
		b.Name = d.name()
	}
	children := 0 // functions that the next ones can refer to
	for d.failed == nil {
		length := d.uint()
		if length == 0 {
			break
		}
		d.limit = d.at + int64(length)
		children += 1 - d.prototype(b.Flags, children)
		d.check(d.at == d.limit)
		b.Prototypes++
	}
	// All functions but the chunk itself have been taken by another one.
	d.check(b.Prototypes > 0 && children == 1)
	return b
}
