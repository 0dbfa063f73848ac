package elfcheck

import (
	"debug/elf"

	"github.com/abivet/abivet/internal/elfhash"
)

// A hashTable is the table that loaders find symbols by, while it is held against the
// symbols.
type hashTable struct {
	gnu                          bool
	buckets, first, words, shift uint32
	count                        uint32 // DT_HASH: of its chains
	filter, heads                []byte // heads: DT_HASH: the chains as well
	chain                        int64  // where that of the first symbol is
	at, start                    uint32 // the symbol up to which chains were gone through, and where its own begins
	ends                         bool   // it was the last of its chain
	entry                        uint32 // size of what heads has
}

// hashes reads the table that is held against the symbols; WantFindable. Of one that makes
// no sense nothing is found.
func (d *decoder) hashes() {
	d.hash = hashTable{entry: 4}
	ok := true
	if d.dyn.gnuHash != 0 {
		ok = d.gnuHashes()
	} else if d.dyn.hash != 0 {
		ok = d.sysvHashes()
	}
	if !ok {
		d.f.Loading.Unfound++
		d.want &^= WantFindable
	}
}

func (d *decoder) gnuHashes() bool {
	h, off := &d.hash, d.dyn.gnuHash
	b, err := d.record(off, 16, "GNU hash table")
	if err != nil {
		return false
	}
	h.gnu, h.buckets, h.first, h.words, h.shift = true, d.big.Uint32(b), d.big.Uint32(b[4:]), d.big.Uint32(b[8:]), d.big.Uint32(b[12:])
	if h.buckets == 0 || h.first == 0 || h.shift > 31 || h.words == 0 || h.words&(h.words-1) != 0 {
		return false
	}
	filter, heads := int64(h.words)*d.wordSize(), int64(h.buckets)*4
	if b, err = d.bytes(&d.heads, off+16, filter+heads, "GNU hash table"); err != nil {
		return false
	}
	h.filter, h.heads, h.chain = b[:filter], b[filter:], off+16+filter+heads
	h.at, h.start, h.ends = h.first-1, h.first, true
	return true
}

func (d *decoder) sysvHashes() bool {
	h, off := &d.hash, d.dyn.hash
	if d.f.Machine == elf.EM_ALPHA || d.f.Machine == elf.EM_S390 && d.wide {
		h.entry = 8
	}
	b, err := d.record(off, 2*int64(h.entry), "hash table")
	if err != nil {
		return false
	}
	h.heads, h.buckets = b, 0
	h.buckets, h.count = d.head32(0), d.head32(1)
	h.heads, err = d.bytes(&d.heads, off+2*int64(h.entry), (int64(h.buckets)+int64(h.count))*int64(h.entry), "hash table")
	return err == nil && h.buckets != 0
}

// head32 returns the entry of a number; they fit 32 bits where they make sense.
func (d *decoder) head32(i uint32) uint32 {
	h := &d.hash
	at := h.heads[uint64(i)*uint64(h.entry):]
	if h.entry == 8 {
		return uint32(min(d.big.Uint64(at), 1<<32-1))
	}
	return d.big.Uint32(at)
}

// findable reports whether the table finds a symbol by its name. Symbols come in their
// order.
func (d *decoder) findable(i uint32, name []byte) bool {
	h := &d.hash
	if !h.gnu {
		return d.chained(i, name)
	}
	if i < h.first {
		return false
	}
	var have uint32
	for ; h.at < i; h.at++ {
		b, err := d.recordIn(&d.links, h.chain+int64(h.at+1-h.first)*4, 4, "GNU hash table")
		if err != nil {
			return false
		}
		if have = d.big.Uint32(b); h.ends {
			h.start = h.at + 1
		}
		h.ends = have&1 != 0
	}
	hash := elfhash.GNU(name)
	if (have^hash)>>1 != 0 || d.big.Uint32(h.heads[4*(hash%h.buckets):]) != h.start {
		return false
	}
	if d.wide {
		bits := d.big.Uint64(h.filter[8*(hash/64&(h.words-1)):])
		return bits>>(hash&63)&(bits>>(hash>>h.shift&63))&1 != 0
	}
	bits := d.big.Uint32(h.filter[4*(hash/32&(h.words-1)):])
	return bits>>(hash&31)&(bits>>(hash>>h.shift&31))&1 != 0
}

// maxLinks bounds the chains that are gone along here. Real ones have a few symbols.
const maxLinks = 1 << 10

// chained is findable for DT_HASH.
func (d *decoder) chained(i uint32, name []byte) bool {
	h := &d.hash
	if h.buckets == 0 { // there is no table
		return false
	}
	at := d.head32(elfhash.SysV(name) % h.buckets)
	for n := 0; at != 0 && at < h.count && n < maxLinks; n++ {
		if at == i {
			return true
		}
		at = d.head32(h.buckets + at)
	}
	return false
}
