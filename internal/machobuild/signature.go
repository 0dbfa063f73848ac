package machobuild

import (
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
	"hash"
)

// Kinds of hashes of Signed.
const (
	SHA1            = 1
	SHA256          = 2
	SHA256Truncated = 3
	SHA384          = 4
)

// Signed is LC_CODE_SIGNATURE, which must be the last command that has
// contents, with a signature that is right. Zero fields are left out of it;
// without a Hash it is SHA256 over pages of 4096 bytes.
type Signed struct {
	Flags      uint32
	Identifier string // "a.out" where it is empty
	Team       string
	Hash       []byte // kinds; more than one is as many code directories
	PageShift  byte   // 2^PageShift is the size of a page; 255 makes all one page
	Old        bool   // version 0x20001, without teams and scatter
	Scatter    bool   // says in runs of three that all pages are covered
	// The parts that have a hash, without the head of a blob.
	Requirements, XML, DER []byte
	CMS                    func(directory []byte) []byte // of the first code directory
}

const pageOfAll = 255

func (s Signed) encode(w *writer) []byte {
	if w.signed == nil { // the first time
		w.signed = &s
		return w.command(CodeSignature, w.words(0, 0))
	}
	return w.command(CodeSignature, w.words(uint32(w.end-w.signature), uint32(w.signature)))
}

// superBlob signs the code before it.
func (s Signed) superBlob(code []byte) []byte {
	big := binary.BigEndian
	type part struct {
		slot uint32
		data []byte
	}
	var parts []part
	special := map[uint32][]byte{}
	for _, p := range []struct {
		slot, magic uint32
		data        []byte
	}{{2, 0xfade0c01, s.Requirements}, {5, 0xfade7171, s.XML}, {7, 0xfade7172, s.DER}} {
		if p.data != nil {
			special[p.slot] = wrap(p.magic, p.data)
		}
	}
	kinds := s.Hash
	if len(kinds) == 0 {
		kinds = []byte{SHA256}
	}
	for i, kind := range kinds {
		slot := uint32(0)
		if i > 0 {
			slot = 0x1000 + uint32(i) - 1
		}
		parts = append(parts, part{slot, s.directory(kind, code, special)})
	}
	for _, slot := range []uint32{2, 5, 7} {
		if b := special[slot]; b != nil {
			parts = append(parts, part{slot, b})
		}
	}
	if s.CMS != nil {
		parts = append(parts, part{0x10000, wrap(0xfade0b01, s.CMS(parts[0].data))})
	}
	var index, body []byte
	for _, p := range parts {
		index = big.AppendUint32(big.AppendUint32(index, p.slot), uint32(12+8*len(parts)+len(body)))
		body = append(body, p.data...)
	}
	return wrap(0xfade0cc0, append(append(big.AppendUint32(nil, uint32(len(parts))), index...), body...))
}

// wrap puts the head of a blob before its data.
func wrap(magic uint32, data []byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, magic)
	b = binary.BigEndian.AppendUint32(b, uint32(8+len(data)))
	return append(b, data...)
}

func hashOf(kind byte) (hash.Hash, int) {
	switch kind {
	case SHA1:
		return sha1.New(), 20
	case SHA256Truncated:
		return sha256.New(), 20
	case SHA384:
		return sha512.New384(), 48
	}
	return sha256.New(), 32
}

func (s Signed) directory(kind byte, code []byte, special map[uint32][]byte) []byte {
	big := binary.BigEndian
	h, size := hashOf(kind)
	sum := func(b []byte) []byte {
		h.Reset()
		h.Write(b)
		return h.Sum(nil)[:size]
	}
	shift, page := s.PageShift, len(code)
	switch shift {
	case 0:
		shift, page = 12, 1<<12
	case pageOfAll:
		shift = 0
	default:
		page = 1 << shift
	}
	pages := (len(code) + page - 1) / page
	head, version := 96, uint32(0x20500)
	if s.Old {
		head, version = 44, 0x20001
	}
	b := make([]byte, head)
	identifier := s.Identifier
	if identifier == "" {
		identifier = "a.out"
	}
	big.PutUint32(b[20:], uint32(len(b)))
	b = append(append(b, identifier...), 0)
	if s.Team != "" {
		big.PutUint32(b[48:], uint32(len(b)))
		b = append(append(b, s.Team...), 0)
	}
	if s.Scatter {
		big.PutUint32(b[44:], uint32(len(b)))
		for base := 0; base < pages; base += 3 {
			b = big.AppendUint32(big.AppendUint32(b, uint32(min(3, pages-base))), uint32(base))
			b = append(b, make([]byte, 16)...)
		}
		b = append(b, make([]byte, 24)...)
	}
	specials := uint32(0)
	for slot := range special {
		specials = max(specials, slot)
	}
	for slot := specials; slot > 0; slot-- {
		if data := special[slot]; data != nil {
			b = append(b, sum(data)...)
		} else {
			b = append(b, make([]byte, size)...)
		}
	}
	hashes := len(b)
	for at := 0; at < len(code); at += page {
		b = append(b, sum(code[at:min(at+page, len(code))])...)
	}
	for at, v := range map[int]uint32{
		0: 0xfade0c02, 4: uint32(len(b)), 8: version, 12: s.Flags, 16: uint32(hashes),
		24: specials, 28: uint32(pages), 32: uint32(len(code)),
	} {
		big.PutUint32(b[at:], v)
	}
	b[36], b[37], b[39] = byte(size), kind, shift
	if !s.Old {
		big.PutUint32(b[88:], Version(13, 0, 0))
	}
	return b
}
