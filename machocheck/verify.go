package machocheck

import (
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"fmt"
	"slices"
	"sort"
	"sync"
)

// Damage is a part of a file whose hash is not that of its signature.
type Damage struct {
	// Slot is the part of the signature; empty for a page of the file.
	Slot    string
	Page    int    // from 0
	Offset  uint64 // of the page in the slice
	Segment string // that the page is of, or the first of them
	// Needed says what the page has, or the memory page that it is in, that is
	// touched whenever the file is loaded. Where it is empty, the page may never
	// be.
	Needed string
}

func (d Damage) String() string {
	switch {
	case d.Slot != "":
		return d.Slot
	case d.Segment == "":
		return fmt.Sprintf("page %d at offset %#x", d.Page, d.Offset)
	}
	return fmt.Sprintf("page %d at offset %#x of %s", d.Page, d.Offset, d.Segment)
}

const (
	maxDamage = 16

	// hashChunk is what is read at once; a multiple of all common page sizes.
	hashChunk = 256 << 10
)

var chunks = sync.Pool{New: func() any { return new([hashChunk]byte) }}

func (c *directory) damaged(d Damage) {
	c.Damaged++
	switch last := len(c.Damage) - 1; {
	case last+1 < maxDamage:
		c.Damage = append(c.Damage, d)
	case d.Needed != "" && !slices.ContainsFunc(c.Damage, func(d Damage) bool { return d.Needed != "" }):
		c.Damage[last] = d // it says most
	}
}

// verify reckons all hashes of a directory.
func (s *signatureReader) verify(c *directory) error {
	if err := s.verifyPages(c); err != nil {
		return err
	}
	if err := s.verifySlots(c); err != nil {
		return err
	}
	raw, err := s.d.read(c.blob.span)
	if err != nil {
		return err
	}
	c.CDHash = hex.EncodeToString(c.kind.sum(raw)[:20])
	if !s.out.CMS || c.blob.slot != slotDirectory {
		return nil
	}
	cms, _ := s.blob(slotCMS)
	message, err := s.small(cms)
	if err == nil && !holdsDigest(message, raw) {
		c.damaged(Damage{Slot: "code directory, which is not the one that the certificate signed"})
	}
	return err
}

// holdsDigest reports whether a CMS message has a digest of the directory, in
// whatever attribute: it signs no content of its own but that digest.
func holdsDigest(message, directory []byte) bool {
	d256, d1 := sha256.Sum256(directory), sha1.Sum(directory)
	d384, d512 := sha512.Sum384(directory), sha512.Sum512(directory)
	return bytes.Contains(message, d256[:]) || bytes.Contains(message, d1[:]) ||
		bytes.Contains(message, d384[:]) || bytes.Contains(message, d512[:])
}

// verifySlots reckons the hashes of the other parts of the signature. Hashes of
// zeros are of parts that are not there.
func (s *signatureReader) verifySlots(c *directory) error {
	for slot := uint32(1); slot <= lastSpecialSlot; slot++ {
		name := slotNames[slot]
		if name == "" {
			continue
		}
		var want []byte
		if slot <= c.specials {
			at := c.hashes - uint64(slot)*uint64(c.kind.size)
			var err error
			if want, err = s.d.read(span{c.blob.span.offset + at, uint64(c.kind.size)}); err != nil {
				return err
			}
			if len(bytes.Trim(want, "\x00")) == 0 {
				want = nil
			}
		}
		b, ok := s.blob(slot)
		switch {
		case !ok && want == nil:
		case !ok:
			c.damaged(Damage{Slot: name + ", which are gone"})
		case want == nil:
			if slot == slotEntitlements || slot == slotDER { // the kernel asks for these
				c.damaged(Damage{Slot: name + ", which have no hash"})
			}
		default:
			raw, err := s.small(b)
			if err != nil {
				return err
			}
			if !bytes.Equal(c.kind.sum(raw), want) {
				c.damaged(Damage{Slot: name})
			}
		}
	}
	return nil
}

// verifyPages reads the file once, as a stream.
func (s *signatureReader) verifyPages(c *directory) error {
	limit := min(c.Limit, uint64(s.d.size))
	hashes, err := s.d.read(span{c.blob.span.offset + c.hashes, uint64(c.Pages) * uint64(c.kind.size)})
	if err != nil {
		return err
	}
	size := uint64(c.PageSize)
	if size == 0 {
		size = max(limit, 1)
	}
	chunk := chunks.Get().(*[hashChunk]byte)
	defer chunks.Put(chunk)
	h, sum := c.kind.new(), make([]byte, 0, 64)
	for page, at := 0, uint64(0); at < limit; page, at = page+1, at+size {
		h.Reset()
		n := min(size, limit-at)
		for done := uint64(0); done < n; {
			// Pages are mostly far smaller than the chunk, which is filled
			// when the stream comes to it.
			b := chunk[(at+done)%hashChunk:]
			if (at+done)%hashChunk == 0 {
				from := at + done
				if _, err := readAtMost(s.d.r, chunk[:], s.d.base+int64(from), int64(limit-from)); err != nil {
					return err
				}
			}
			b = b[:min(uint64(len(b)), n-done)]
			h.Write(b)
			done += uint64(len(b))
		}
		sum = h.Sum(sum[:0])[:c.kind.size]
		want, ok := c.pageHash(hashes, page)
		if c.Scattered && !ok {
			continue // it need not cover all
		}
		if !ok || !bytes.Equal(sum, want) {
			d := Damage{Page: page, Offset: at}
			d.Needed = s.d.needed(span{at, n})
			if c.Damaged < maxDamage {
				d.Segment = s.d.file.segmentAt(at)
			}
			c.damaged(d)
		}
	}
	return nil
}

// needed says what is touched in any case: the kernel holds a page of memory,
// which may be several of the signature's, against the hashes when it is.
//
// dyld reads the load commands and all that it is to bind; see
// JustInTimeLoader::applyFixups. The code that a program starts with is run.
func (d *decoder) needed(page span) string {
	const memory4, memory16 = 0x1000, 0x4000
	memory := uint64(memory4)
	if d.file.Platform.Arch == "arm64" {
		memory = memory16
	}
	first, end := page.offset&^(memory-1), (page.offset+page.size+memory-1)&^(memory-1)
	touched := func(s span) bool { return s.size > 0 && s.offset < end && s.offset+s.size > first }
	switch {
	case touched(span{0, d.file.CommandsEnd}):
		return "the load commands"
	case touched(d.chains), touched(d.binds[0]):
		return "what dyld binds"
	case d.file.Kind == Executable && touched(d.start):
		return "where the program starts"
	}
	return ""
}

// pageHash returns the hash of a page, where it has one.
func (c *directory) pageHash(hashes []byte, page int) ([]byte, bool) {
	index := page
	if c.Scattered {
		i := sort.Search(len(c.scatter), func(i int) bool { return int64(c.scatter[i].base) > int64(page) }) - 1
		if i < 0 || int64(page)-int64(c.scatter[i].base) >= int64(c.scatter[i].count) {
			return nil, false
		}
		index = c.scatter[i].before + page - int(c.scatter[i].base)
	}
	if index < 0 || index >= c.Pages {
		return nil, false
	}
	return hashes[index*c.kind.size:][:c.kind.size], true
}

// segmentAt returns the name of the segment that has an offset of the slice.
func (f *File) segmentAt(offset uint64) string {
	for _, s := range f.Segments {
		if s.FileSize > 0 && offset >= s.Offset && offset-s.Offset < s.FileSize {
			return s.Name
		}
	}
	return ""
}
