package machocheck

import (
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
	"hash"
	"slices"

	"github.com/abivet/abivet/abi"
)

// A CodeDirectory is the list of hashes of a signature: one of each page of the
// file up to the signature, and one of each other part of the signature.
type CodeDirectory struct {
	Hash       string // SHA-1, SHA-256, SHA-256 truncated, SHA-384
	Version    uint32 // of its form: 0x20400
	Flags      uint32 // CS_RUNTIME and the like
	Identifier string
	Team       string
	PageSize   uint32 // 0: all the code is one page
	Pages      int
	Platform   uint8       // not 0 where it is a part of one of Apple's systems
	Limit      uint64      // bytes of the slice that it covers
	Scattered  bool        // it lists which pages it covers
	Runtime    abi.Version // the release whose hardened runtime is asked for

	// What follows is WantHashes.

	CDHash string // by which the kernel knows the file
	// Damage is what does not match, in the order of the file: at most
	// maxDamage of Damaged.
	Damage  []Damage
	Damaged int
}

// A directory is a CodeDirectory and where its hashes are.
type directory struct {
	CodeDirectory
	blob     blob
	kind     hashKind
	hashes   uint64 // of the first page, from the start of the directory
	specials uint32 // how many hashes of other parts stand before it
	scatter  []scatter
}

// A scatter is a run of pages that have hashes.
type scatter struct {
	count, base uint32
	before      int // hashes of the runs before it
}

// A hashKind is what the kernel can reckon with.
type hashKind struct {
	number byte
	name   string
	size   int
	rank   int // the kernel takes the highest
	new    func() hash.Hash
}

var hashKinds = []hashKind{
	{1, "SHA-1", 20, 1, sha1.New},
	{2, "SHA-256", 32, 3, sha256.New},
	{3, "SHA-256 truncated", 20, 2, sha256.New},
	{4, "SHA-384", 48, 4, sha512.New384},
}

// sum returns the hash of b as a directory has it.
func (k hashKind) sum(b []byte) []byte {
	h := k.new()
	h.Write(b)
	return h.Sum(nil)[:k.size]
}

const (
	// The least that a directory has, and where the fields of later versions
	// are: since version 0x20100 scatter, 0x20200 a team, 0x20300 a limit of
	// 64 bits, 0x20500 the runtime.
	minDirectory = 44
	maxDirectory = 96

	maxName = 4096 // of an identifier or team; those of Apple's tools are short
)

// codeDirectories reads the directories, the best first.
func (s *signatureReader) codeDirectories() error {
	for _, b := range s.blobs {
		if b.slot != slotDirectory && (b.slot < slotAlternate || b.slot > slotAlternate+4) {
			continue
		}
		c, err := s.directory(b)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(s.directories, func(o directory) bool { return o.kind.rank == c.kind.rank }) {
			return problemf("two code directories of %s", c.Hash)
		}
		s.directories = append(s.directories, c)
	}
	if _, ok := s.blob(slotDirectory); !ok {
		return problem("the signature has no code directory")
	}
	slices.SortStableFunc(s.directories, func(a, b directory) int { return b.kind.rank - a.kind.rank })
	return nil
}

func (s *signatureReader) directory(b blob) (directory, error) {
	c := directory{blob: b}
	if b.magic != codeDirectoryMagic {
		return c, problemf("the code directory has magic %#08x: want %#08x", b.magic, codeDirectoryMagic)
	}
	if b.span.size < minDirectory {
		return c, problemf("a code directory of %d bytes: want %d or more", b.span.size, minDirectory)
	}
	raw, err := s.of(span{b.span.offset, min(b.span.size, maxDirectory)})
	if err != nil {
		return c, err
	}
	u32 := func(at int) uint32 { return binary.BigEndian.Uint32(raw[at:]) }
	c.Version, c.Flags = u32(8), u32(12)
	for _, f := range []struct {
		since uint32
		size  int
	}{{0x20100, 48}, {0x20200, 52}, {0x20300, 64}, {0x20400, 88}, {0x20500, 96}} {
		if c.Version >= f.since && len(raw) < f.size {
			return c, problemf("a code directory of version %#x and %d bytes: want %d or more", c.Version, len(raw), f.size)
		}
	}
	kind := slices.IndexFunc(hashKinds, func(k hashKind) bool { return k.number == raw[37] })
	if kind < 0 {
		return c, problemf("a code directory with hashes of kind %d: want 1 to %d", raw[37], len(hashKinds))
	}
	c.kind = hashKinds[kind]
	c.Hash = c.kind.name
	if int(raw[36]) != c.kind.size {
		return c, problemf("a code directory with %s of %d bytes: want %d", c.Hash, raw[36], c.kind.size)
	}
	if raw[39] > 31 || raw[39] > 0 && raw[39] < 10 {
		return c, problemf("a code directory with pages of 2^%d bytes", raw[39])
	}
	if raw[39] > 0 {
		c.PageSize = 1 << raw[39]
	}
	c.hashes, c.specials, c.Pages = uint64(u32(16)), u32(24), int(u32(28)&0x7fffffff)
	c.Limit, c.Platform = uint64(u32(32)), raw[38]
	if c.Version >= 0x20300 {
		if wide := binary.BigEndian.Uint64(raw[56:]); wide != 0 {
			c.Limit = wide
		}
	}
	if c.Version >= 0x20500 {
		c.Runtime = releaseOf(u32(88))
	}
	size, before := uint64(c.kind.size), uint64(c.specials)*uint64(c.kind.size)
	if u32(28) > 0x7fffffff || before > c.hashes || !within(c.hashes, uint64(c.Pages)*size, int64(b.span.size)) {
		return c, problemf("a code directory of %#x bytes with %d hashes before %#x and %d behind", b.span.size, c.specials, c.hashes, u32(28))
	}
	return c, s.directoryTail(&c, raw)
}

// directoryTail reads what the head of a directory points to.
func (s *signatureReader) directoryTail(c *directory, raw []byte) (err error) {
	u32 := func(at int) uint32 { return binary.BigEndian.Uint32(raw[at:]) }
	if c.Identifier, err = s.directoryString(c, "identifier", u32(20)); err != nil {
		return err
	}
	if c.Version >= 0x20200 && u32(48) != 0 {
		if c.Team, err = s.directoryString(c, "team", u32(48)); err != nil {
			return err
		}
	}
	if c.Version >= 0x20100 && u32(44) != 0 {
		c.Scattered = true
		return s.scatter(c, u32(44))
	}
	return nil
}

func (s *signatureReader) directoryString(c *directory, what string, at uint32) (string, error) {
	length := c.blob.span.size
	if uint64(at) >= length {
		return "", problemf("the %s, at %#x, is not within the %#x bytes of its code directory", what, at, length)
	}
	// Nearly all are short; the rest of a long one is read once more.
	const usual = 128
	raw, err := s.of(span{c.blob.span.offset + uint64(at), min(length-uint64(at), usual)})
	if err == nil && bytes.IndexByte(raw, 0) < 0 {
		raw, err = s.of(span{c.blob.span.offset + uint64(at), min(length-uint64(at), maxName)})
	}
	if err != nil {
		return "", err
	}
	end := bytes.IndexByte(raw, 0)
	if end < 0 {
		return "", problemf("the %s of a code directory has no end", what)
	}
	return string(raw[:end]), nil
}

// scatter reads the runs of pages, up to one of no pages. They must rise.
func (s *signatureReader) scatter(c *directory, at uint32) error {
	const size = 24
	total := 0
	for {
		if !within(uint64(at), 4, int64(c.blob.span.size)) {
			return problem("the scattered pages of a code directory have no end")
		}
		raw, err := s.d.read(span{c.blob.span.offset + uint64(at), min(size, c.blob.span.size-uint64(at))})
		if err != nil {
			return err
		}
		count := binary.BigEndian.Uint32(raw)
		if count == 0 {
			return nil
		}
		if len(raw) < size {
			return problem("the scattered pages of a code directory are cut off")
		}
		run := scatter{count, binary.BigEndian.Uint32(raw[4:]), total}
		if n := len(c.scatter); n > 0 && uint64(run.base) < uint64(c.scatter[n-1].base)+uint64(c.scatter[n-1].count) {
			return problem("the scattered pages of a code directory do not rise")
		}
		if total += int(count & 0x7fffffff); total > c.Pages {
			return problemf("a code directory of %d pages scatters %d", c.Pages, total)
		}
		c.scatter = append(c.scatter, run)
		at += size
	}
}
