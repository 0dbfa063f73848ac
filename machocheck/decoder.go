package machocheck

import (
	"bytes"
	"io"
	"math"

	"github.com/blacktop/go-macho/types"

	"github.com/abivet/abivet/internal/endian"
	"github.com/abivet/abivet/luajit"
)

// A decoder reads one slice. It lives as long as Read does.
type decoder struct {
	r     io.ReaderAt
	base  int64 // of the slice in the file
	size  int64 // of the slice
	big   endian.Order
	wide  bool
	begin int    // of the load commands in the slice
	count uint32 // of load commands
	raw   []byte // the load commands
	file  *File
	spare File // whose lists are used again; see File.Recycle

	symtab   symtab
	dysymtab dysymtab
	trie     span    // of exports
	chains   span    // chained fixups
	rebases  span    // opcodes
	binds    [3]span // opcodes: normal, weak, lazy
	signed   span
	start    span // where LC_MAIN begins the program

	// FillsGaps says that the linker is one that gives every function an entry
	// in the table for unwinding: ld64 (getAllUnwindInfos), what came after it,
	// and lld (relocateCompactUnwind).
	fillsGaps bool

	// What has been read of the symbols; see symbols.go and noted.go.
	imported    *importer
	exported    []string
	offered     []Export
	exportsRead bool
	rebased     bool
	signing     bool // the signature is being read
	noted       *notes
	dated       *sieve
	parts       []luajit.Region // see regions
	held        span            // what is borrowed
	scratch     *scratch        // see own
}

// A span is bytes of the slice. Where it was not there its size is 0; it has
// been held against the slice.
type span struct{ offset, size uint64 }

// A command is one load command. Its bytes are at least as many as its kind
// needs once need has returned nil.
type command struct {
	kind types.LoadCmd
	at   int // in the load commands
	raw  []byte
}

// commands walks the load commands.
func (d *decoder) commands() error {
	at := 0
	for i := range d.count {
		left := len(d.raw) - at
		if left < 8 {
			return d.bad(at, "load command %d of %d begins at the end of their %d bytes", i, d.count, len(d.raw))
		}
		c := command{kind: types.LoadCmd(d.big.Uint32(d.raw[at:])), at: at}
		size := d.big.Uint32(d.raw[at+4:])
		if size < 8 || int64(size) > int64(left) {
			return d.bad(at+4, "load command %d (%s) of %d bytes: want 8 to %d", i, commandName(c.kind), size, left)
		}
		c.raw = d.raw[at : at+int(size)]
		if err := d.command(c); err != nil {
			return err
		}
		at += int(size)
	}
	return nil
}

// bad is an error in the load commands.
func (d *decoder) bad(at int, format string, args ...any) error {
	return damaged(d.base+int64(d.begin+at), format, args...)
}

// need refuses a command that is too short for its kind.
func (d *decoder) need(c command, size int) error {
	if len(c.raw) < size {
		return d.bad(c.at+4, "%s of %d bytes: want %d", commandName(c.kind), len(c.raw), size)
	}
	return nil
}

// str returns the string of a command whose place in it stands at a field.
func (d *decoder) str(c command, field int) (string, error) {
	if err := d.need(c, field+4); err != nil {
		return "", err
	}
	offset := d.big.Uint32(c.raw[field:])
	if int64(offset) < int64(field+4) || int64(offset) >= int64(len(c.raw)) {
		return "", d.bad(c.at+field, "string of %s at %d: want %d to %d", commandName(c.kind), offset, field+4, len(c.raw)-1)
	}
	s := c.raw[offset:]
	end := bytes.IndexByte(s, 0)
	if end < 0 {
		return "", d.bad(c.at+int(offset), "string of %s has no end in its command", commandName(c.kind))
	}
	return string(s[:end]), nil
}

// span returns the bytes that two fields of a command point to.
func (d *decoder) span(c command, field int) (span, error) {
	if err := d.need(c, field+8); err != nil {
		return span{}, err
	}
	s := span{uint64(d.big.Uint32(c.raw[field:])), uint64(d.big.Uint32(c.raw[field+4:]))}
	return s, d.inside(c, field, s)
}

// inside refuses a span that is not within the slice. A stub library has none
// of what its commands point to.
func (d *decoder) inside(c command, field int, s span) error {
	if s.size == 0 || d.file.Kind == Stub || within(s.offset, s.size, d.size) {
		return nil
	}
	return d.bad(c.at+field, "%s points to %#x bytes at %#x: the slice has %#x", commandName(c.kind), s.size, s.offset, d.size)
}

// read returns the bytes of a span, which has been held against the slice.
func (d *decoder) read(s span) ([]byte, error) {
	if s.size > math.MaxInt || !within(s.offset, s.size, d.size) {
		return nil, damaged(d.base, "%#x bytes at %#x: the slice has %#x", s.size, s.offset, d.size)
	}
	b := make([]byte, s.size)
	_, err := readAtMost(d.r, b, d.base+int64(s.offset), int64(s.size))
	return b, err
}

// borrow returns the bytes of a span, which are there until the next are
// borrowed. What dyld binds and exports is read at once.
func (d *decoder) borrow(s span) ([]byte, error) {
	if s.size > maxLent || !within(s.offset, s.size, d.size) {
		return d.read(s)
	}
	if s.size == 0 {
		return nil, nil
	}
	if !d.held.has(s) {
		if d.held = d.fixups(); !d.held.has(s) {
			d.held = s
		}
		if err := d.fill(); err != nil {
			d.held = span{}
			return nil, err
		}
	}
	return d.own().lent[s.offset-d.held.offset:][:s.size], nil
}

// fill reads what is held.
func (d *decoder) fill() error {
	own := d.own()
	if own.lent == nil {
		own.lent = make([]byte, maxLent) // pages that no table reaches are never there
	}
	own.lent = own.lent[:d.held.size]
	_, err := readAtMost(d.r, own.lent, d.base+int64(d.held.offset), int64(d.held.size))
	return err
}

// has reports whether another span, which is not empty, lies in this one.
func (s span) has(t span) bool {
	return t.offset >= s.offset && within(t.offset-s.offset, t.size, int64(s.size))
}

const (
	// maxFixups is how much is read at once: of three files in four all tables.
	maxFixups = 32 << 10

	// maxWithSignature is that with the head of the signature, which is behind the
	// names of symbols: so much is read sooner than a second time.
	maxWithSignature = 16 << 10
)

// fixups is where the tables stand that say what dyld binds and what the slice
// exports. Linkers put them one behind the other; where they are too far apart
// to be read at once it is nothing.
func (d *decoder) fixups() span {
	first, end := uint64(math.MaxUint64), uint64(0)
	for _, s := range [...]span{d.rebases, d.chains, d.binds[normalBinds], d.binds[weakBinds], d.binds[lazyBinds], d.trie} {
		if s.size > 0 {
			first, end = min(first, s.offset), max(end, s.offset+s.size)
		}
	}
	if head := d.signed.offset + min(d.signed.size, windowSize); d.signing && end > 0 && first < head && head-first <= maxWithSignature {
		end = max(end, head)
	}
	if end == 0 || end-first > maxFixups || !within(first, end-first, d.size) {
		return span{}
	}
	return span{first, end - first}
}

// system settles which version command speaks for the file: that of macOS
// where there are several.
func (d *decoder) system() {
	f := d.file
	f.Platform.OS = darwin
	for i, b := range f.Builds {
		if i == 0 || b.OS == darwin && f.Platform.OS != darwin {
			f.Platform.OS, f.MinOS, f.SDK = b.OS, b.MinOS, b.SDK
		}
	}
}
