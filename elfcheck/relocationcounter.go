package elfcheck

import (
	"debug/elf"
	"slices"
)

// A relocationCounter fills File.Relocations, File.Loading and d.refs.
type relocationCounter struct {
	*decoder
	kinds    relocationKinds
	known    bool // kinds are those of the machine
	text     bool // some are in the code
	places   writer
	like     uint32 // the relative relocation, as far as glibc looks at it
	here     int64  // how many of the first are to be like
	last     uint32 // kind
	lastRefs Refs   // what a symbol has of it
	calls    bool   // they are of calls
	plain    bool   // the next of that kind differs in its place and symbol alone
}

// count takes records. Mostly thousands of a kind follow one another.
func (c *relocationCounter) count(b []byte, entry int64) bool {
	for len(b) > 0 {
		c.take(b, entry)
		if b = b[entry:]; c.plain {
			b = c.alike(b, entry)
		}
	}
	return true
}

// alike takes those that follow the last and are of its kind, and returns the rest.
func (c *relocationCounter) alike(b []byte, entry int64) []byte {
	big, kind, refs, has, judged := c.big, c.last, c.refs, c.lastRefs, c.f.Loading != nil
	count, start, size := 0, c.places.start, c.places.end-c.places.start
	for ; int64(len(b)) >= entry; b = b[entry:] {
		record := b[:16]
		at, info := big.Uint64(record), big.Uint64(record[8:])
		if uint32(info) != kind {
			break
		}
		count++
		if judged && at-start >= size {
			if !c.places.find(at) {
				c.f.Loading.Astray++
			}
			start, size = c.places.start, c.places.end-c.places.start
		}
		if symbol := info >> 32; symbol == 0 {
			continue
		} else if symbol < uint64(len(refs)) {
			refs[symbol] |= has
		} else {
			c.nobody(int64(symbol))
		}
	}
	c.f.Relocations.Count += count
	return b
}

func (c *relocationCounter) take(b []byte, entry int64) {
	out, loading, r := &c.f.Relocations, c.f.Loading, c.relocation(b)
	out.Count++
	if r.kind != c.last || out.Count == 1 {
		c.last, c.lastRefs = r.kind, 0
		if c.known {
			c.lastRefs = c.kinds.refs(r.kind)
		}
		if at, found := slices.BinarySearch(out.Types, r.kind); !found && len(out.Types) < maxTypes {
			out.Types = slices.Insert(out.Types, at, r.kind)
		}
	}
	c.plain = c.wide && !c.text && c.f.Machine != elf.EM_MIPS && r.kind != c.kinds.indirect && r.kind != c.kinds.ownTP && r.kind != 0 &&
		(r.kind == c.like || c.like == 0 || int64(out.Count) >= c.here)
	if loading != nil && r.kind != 0 {
		if !c.places.writes(r.offset) {
			loading.Astray++
		}
		if r.kind == c.kinds.indirect && entry == 3*c.wordSize() && !c.executable(c.word(b[2*c.wordSize():])) {
			loading.Wild++
		}
	}
	if loading != nil && c.calls && c.kinds.later != nil && !slices.Contains(c.kinds.later, r.kind) {
		if loading.OddCalls++; loading.OddCalls == 1 {
			loading.OddCall = r.kind
		}
	}
	if r.kind != c.like {
		c.unlike()
	}
	if c.known && r.kind == c.kinds.ownTP && r.symbol == 0 {
		out.OwnTLS++
	}
	if c.text && !c.writable(r.offset) {
		out.Text++
	}
	if c.f.Machine == elf.EM_MIPS && r.kind == mipsREL32 {
		return // by way of the global offset table
	}
	if r.symbol != 0 && int64(r.symbol) < int64(len(c.refs)) {
		c.refs[r.symbol] |= c.lastRefs
	} else {
		c.nobody(int64(r.symbol))
	}
}

// nobody counts a relocation to a symbol that is not there.
func (c *relocationCounter) nobody(symbol int64) {
	if symbol > 0 && symbol >= int64(len(c.refs)) && c.want&WantRefs != 0 && c.f.Loading != nil {
		c.f.Loading.Nobody++
	}
}
