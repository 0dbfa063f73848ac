package elfbuild

import (
	"debug/elf"
	"slices"
)

// symbol appends an entry of a symbol table.
func (c coder) symbol(b []byte, name uint32, s Symbol) []byte {
	info, other, section := byte(s.Bind)<<4|byte(s.Type)&15, byte(s.Visibility), uint16(s.Section)
	b = c.AppendUint32(b, name)
	if c.wide {
		b = c.half(append(b, info, other), section)
		return c.word(c.word(b, s.Value), s.Size)
	}
	b = c.word(c.word(b, s.Value), s.Size)
	return c.half(append(b, info, other), section)
}

// ordered returns the symbols in the order of the table, and how many of them
// stand before the hashed part. Without a GNU hash the order is as given.
func (m *Image) ordered() (symbols []Symbol, order []int, first int) {
	order = make([]int, len(m.Symbols)) // by place in Image.Symbols, the place in the table
	var index []int
	for i := range m.Symbols {
		index = append(index, i)
	}
	first = len(m.Symbols)
	if m.Hash == GNU || m.Hash == Both {
		hashed := func(i int) bool { return m.Symbols[i].Section != 0 || m.Symbols[i].Hashed }
		first = 0
		for i := range m.Symbols {
			if !hashed(i) {
				first++
			}
		}
		buckets := uint32(gnuBuckets(len(m.Symbols) - first))
		bucket := func(i int) int {
			if !hashed(i) {
				return -1
			}
			return int(gnuHash(m.Symbols[i].Name) % buckets)
		}
		slices.SortStableFunc(index, func(a, b int) int { return bucket(a) - bucket(b) })
	}
	for place, i := range index {
		order[i] = place + 1
		symbols = append(symbols, m.Symbols[i])
	}
	return symbols, order, first + 1
}

func gnuBuckets(n int) int { return max(1, n/4) }

func gnuHash(name string) uint32 {
	h := uint32(5381)
	for i := range len(name) {
		h = h*33 + uint32(name[i])
	}
	return h
}

func sysvHash(name string) uint32 {
	h := uint32(0)
	for i := range len(name) {
		h = h<<4 + uint32(name[i])
		g := h & 0xf0000000
		h = (h ^ g>>24) &^ g
	}
	return h
}

// gnuTable writes DT_GNU_HASH over the symbols from first on. Its Bloom filter
// lets everything pass.
func (c coder) gnuTable(symbols []Symbol, first int) []byte {
	hashed := symbols[first-1:]
	n := gnuBuckets(len(hashed))
	if len(hashed) == 0 {
		first = 1 // as GNU ld writes it: the table says nothing
	}
	b := c.quad(nil, uint32(n), uint32(first), 1, 6)
	b = c.word(b, ^uint64(0))
	buckets, chain := make([]uint32, n), make([]uint32, len(hashed))
	for i, s := range hashed {
		h := gnuHash(s.Name)
		if at := h % uint32(n); buckets[at] == 0 {
			buckets[at] = uint32(first + i)
		}
		chain[i] = h &^ 1
		if i+1 == len(hashed) || gnuHash(hashed[i+1].Name)%uint32(n) != h%uint32(n) {
			chain[i] |= 1
		}
	}
	return c.quad(c.quad(b, buckets...), chain...)
}

// sysvTable writes DT_HASH, whose words have eight bytes on two machines.
func (c coder) sysvTable(m elf.Machine, symbols []Symbol) []byte {
	n := max(1, len(symbols)/4)
	buckets, chain := make([]uint32, n), make([]uint32, len(symbols)+1)
	for i, s := range symbols {
		at := sysvHash(s.Name) % uint32(n)
		chain[i+1], buckets[at] = buckets[at], uint32(i+1)
	}
	words := slices.Concat([]uint32{uint32(n), uint32(len(chain))}, buckets, chain)
	if m != elf.EM_ALPHA && (m != elf.EM_S390 || !c.wide) {
		return c.quad(nil, words...)
	}
	var b []byte
	for _, w := range words {
		b = c.AppendUint64(b, uint64(w))
	}
	return b
}
