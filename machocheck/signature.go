package machocheck

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"sync"
)

// A Signature is what a code signature says. Whom its certificate belongs to,
// and whether anybody trusts it, is not looked at.
type Signature struct {
	Present bool
	Offset  uint64 // in the slice
	Size    uint64

	// What follows is WantSignature.

	// Problem says what of the signature cannot be understood. The kernel
	// then takes the file for one without a signature, or refuses it.
	Problem string
	// Directories are the lists of hashes, that which the kernel goes by
	// first: it takes the one with the best hash.
	Directories []CodeDirectory
	Flags       uint32 // of the first of these
	Identifier  string // likewise
	Team        string // likewise; only a certificate of Apple's gives one
	CMS         bool   // made with a certificate; else ad hoc, by anybody
	// Entitlements are what the program asks to be allowed, by key: "true",
	// a string or a number as it stands, a list or dictionary as JSON. They are
	// those of the form in DER, where there is one: the kernel reads that alone
	// since macOS 12.
	Entitlements map[string]string
	// EntitlementForms are the forms they stand in: xml, der.
	EntitlementForms []string

	Verified bool // WantHashes: Damage of Directories is known
}

// Flags of a code directory.
const (
	AdHoc             = 0x2
	Hard              = 0x100 // no page that does not match is ever mapped
	Kill              = 0x200 // the process is killed when one is
	Restrict          = 0x800 // dyld ignores its environment variables
	Enforcement       = 0x1000
	LibraryValidation = 0x2000 // only libraries of the same team, or of Apple
	HardenedRuntime   = 0x10000
	LinkerSigned      = 0x20000
)

// ValidatesLibraries reports whether the kernel loads into this program no
// libraries but Apple's and those of the same team. The hardened runtime does
// so, unless an entitlement takes it back.
func (s *Signature) ValidatesLibraries() bool {
	return s.Flags&LibraryValidation != 0 ||
		s.Flags&HardenedRuntime != 0 && !s.Entitled("com.apple.security.cs.disable-library-validation")
}

// Entitled reports whether the program asks for what a key stands for, and is
// given it: the value true.
func (s *Signature) Entitled(key string) bool { return s.Entitlements[key] == "true" }

const (
	superBlobMagic     uint32 = 0xfade0cc0
	codeDirectoryMagic uint32 = 0xfade0c02

	// maxBlobs is several times what codesign writes: two code directories,
	// requirements, two forms of entitlements, constraints, the signature.
	maxBlobs = 64

	// maxSmallBlob bounds what is held in memory of entitlements and the like.
	maxSmallBlob = 1 << 20
)

// Slots of a signature. Those from 1 to 11 have a hash in each code directory.
const (
	slotDirectory    = 0
	slotRequirements = 2
	slotEntitlements = 5
	slotDER          = 7
	lastSpecialSlot  = 11
	slotAlternate    = 0x1000 // and the four that follow: further directories
	slotCMS          = 0x10000
)

// slotNames are of what may be hashed and stands in the signature itself. The
// others, Info.plist and the resources of a bundle, are files of their own.
var slotNames = map[uint32]string{
	slotRequirements: "requirements",
	slotEntitlements: "entitlements (XML)",
	slotDER:          "entitlements (DER)",
	8:                "launch constraint of the program",
	9:                "launch constraint of its parent",
	10:               "launch constraint of its responsible process",
	11:               "constraint of its libraries",
}

// A problem is why a signature cannot be understood: a fact about the file, on
// which nothing else depends, and so no error of reading.
type problem string

func (p problem) Error() string { return string(p) }

func problemf(format string, args ...any) error { return problem(fmt.Sprintf(format, args...)) }

// A blob is one part of a signature.
type blob struct {
	slot  uint32
	magic uint32
	span  span // in the slice
}

// A signatureReader reads the signature of one slice. All its numbers are
// big-endian on every machine.
type signatureReader struct {
	d           *decoder
	out         *Signature
	blobs       []blob
	directories []directory
	windows     []window
}

// A window is a part of the signature that has been read: what is asked for
// stands close together, before and behind the hashes of pages.
type window struct {
	offset uint64 // in the signature
	raw    []byte
	lent   *[windowSize]byte
}

const windowSize = 4096

var windows = sync.Pool{New: func() any { return new([windowSize]byte) }}

func (d *decoder) signature(want Want) error {
	out := &d.file.Signature
	if !out.Present || d.file.Kind == Stub {
		return nil
	}
	own := d.own()
	s := signatureReader{d: d, out: out, blobs: own.blobs[:0], directories: own.directories[:0], windows: own.windows[:0]}
	d.signing = true
	err := s.read(want)
	d.signing = false
	s.release() // nothing that is kept points into a window
	own.blobs, own.directories, own.windows = s.blobs, s.directories, s.windows
	var p problem
	if errors.As(err, &p) {
		*out = Signature{Present: true, Offset: out.Offset, Size: out.Size, Problem: string(p)}
		return nil
	}
	return err
}

func (s *signatureReader) read(want Want) error {
	if err := s.index(); err != nil {
		return err
	}
	if err := s.codeDirectories(); err != nil {
		return err
	}
	best := &s.directories[0].CodeDirectory
	s.out.Flags, s.out.Identifier, s.out.Team = best.Flags, best.Identifier, best.Team
	if b, ok := s.blob(slotCMS); ok {
		s.out.CMS = b.span.size > 8 // ad hoc ones may have an empty one
	}
	if err := s.entitlements(); err != nil {
		return err
	}
	if want&WantHashes != 0 {
		for i := range s.directories {
			if err := s.verify(&s.directories[i]); err != nil {
				return err
			}
		}
		s.out.Verified = true
	}
	for _, c := range s.directories {
		s.out.Directories = append(s.out.Directories, c.CodeDirectory)
	}
	return nil
}

// index reads which parts there are. A code directory alone may stand for the
// whole.
func (s *signatureReader) index() error {
	head, err := s.bytes(0, min(s.d.signed.size, 12+8*maxBlobs))
	if err != nil {
		return err
	}
	if len(head) < 12 {
		return problemf("a signature of %d bytes: want 12 or more", len(head))
	}
	magic := binary.BigEndian.Uint32(head)
	if magic == codeDirectoryMagic {
		return s.part(slotDirectory, 0)
	}
	if magic != superBlobMagic {
		return problemf("the signature has magic %#08x: want %#08x", magic, superBlobMagic)
	}
	if length := binary.BigEndian.Uint32(head[4:]); uint64(length) > s.d.signed.size {
		return problemf("the signature has %#x bytes: there is room for %#x", length, s.d.signed.size)
	}
	count := binary.BigEndian.Uint32(head[8:])
	if count > maxBlobs || len(head) < 12+8*int(count) {
		return problemf("a signature of %d parts in %d bytes: want %d at most", count, len(head), maxBlobs)
	}
	for i := range count {
		entry := head[12+8*i:]
		if err := s.part(binary.BigEndian.Uint32(entry), binary.BigEndian.Uint32(entry[4:])); err != nil {
			return err
		}
	}
	return nil
}

// part reads the head of a part.
func (s *signatureReader) part(slot, offset uint32) error {
	if !within(uint64(offset), 8, int64(s.d.signed.size)) {
		return problemf("part %#x of the signature, at %#x, is not within its %#x bytes", slot, offset, s.d.signed.size)
	}
	head, err := s.bytes(uint64(offset), 8)
	if err != nil {
		return err
	}
	length := uint64(binary.BigEndian.Uint32(head[4:]))
	if length < 8 || !within(uint64(offset), length, int64(s.d.signed.size)) {
		return problemf("part %#x of the signature, %#x bytes at %#x, is not within its %#x bytes", slot, length, offset, s.d.signed.size)
	}
	if _, twice := s.blob(slot); twice {
		return problemf("part %#x of the signature stands twice", slot)
	}
	s.blobs = append(s.blobs, blob{slot, binary.BigEndian.Uint32(head), span{s.d.signed.offset + uint64(offset), length}})
	return nil
}

// bytes returns bytes of the signature.
func (s *signatureReader) bytes(offset, size uint64) ([]byte, error) {
	for _, w := range s.windows {
		if offset >= w.offset && within(offset-w.offset, size, int64(len(w.raw))) {
			return w.raw[offset-w.offset:][:size], nil
		}
	}
	whole := s.d.signed.size
	if size > windowSize || !within(offset, size, int64(whole)) {
		return s.d.read(span{s.d.signed.offset + offset, size})
	}
	if len(s.windows) == 0 {
		raw, err := s.d.borrow(span{s.d.signed.offset + offset, min(windowSize, whole-offset)})
		if err != nil {
			return nil, err
		}
		s.windows = append(s.windows, window{offset: offset, raw: raw}) // nothing else is borrowed meanwhile
		return raw[:size], nil
	}
	w := window{offset: offset, lent: windows.Get().(*[windowSize]byte)}
	w.raw = w.lent[:min(windowSize, whole-offset)]
	s.windows = append(s.windows, w)
	if _, err := readAtMost(s.d.r, w.raw, s.d.base+int64(s.d.signed.offset+offset), int64(len(w.raw))); err != nil {
		s.windows = s.windows[:len(s.windows)-1]
		windows.Put(w.lent)
		return nil, err
	}
	return w.raw[:size], nil
}

func (s *signatureReader) release() {
	for _, w := range s.windows {
		if w.lent != nil {
			windows.Put(w.lent)
		}
	}
}

// of reads a part of the slice that lies within the signature.
func (s *signatureReader) of(b span) ([]byte, error) {
	return s.bytes(b.offset-s.d.signed.offset, b.size)
}

func (s *signatureReader) blob(slot uint32) (blob, bool) {
	i := slices.IndexFunc(s.blobs, func(b blob) bool { return b.slot == slot })
	if i < 0 {
		return blob{}, false
	}
	return s.blobs[i], true
}

// small reads a part that is to be held in memory.
func (s *signatureReader) small(b blob) ([]byte, error) {
	if b.span.size > maxSmallBlob {
		return nil, problemf("part %#x of the signature has %#x bytes: want %#x at most", b.slot, b.span.size, maxSmallBlob)
	}
	return s.of(b.span)
}

func (s *signatureReader) entitlements() error {
	for _, form := range []struct {
		slot   uint32
		name   string
		decode func([]byte) (map[string]string, error)
	}{{slotEntitlements, "xml", plistEntitlements}, {slotDER, "der", derEntitlements}} {
		b, ok := s.blob(form.slot)
		if !ok {
			continue
		}
		raw, err := s.small(b)
		if err != nil {
			return err
		}
		entitlements, err := form.decode(bytes.Clone(raw[8:]))
		if err != nil {
			return problemf("%s: %v", slotNames[form.slot], err)
		}
		s.out.EntitlementForms = append(s.out.EntitlementForms, form.name)
		s.out.Entitlements = entitlements
	}
	return nil
}
