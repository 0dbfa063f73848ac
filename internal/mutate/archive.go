package mutate

import "bytes"

// ar notes the headers of the members, and what is in the first native ones.
func (s *shaper) ar() {
	at := s.base + 8
	for i := 0; i < most && at+60 <= len(s.b); i++ {
		s.edge(at, at+60)
		s.record(at-s.base, 60)
		s.dense(at, at+16) // the name
		s.dense(at+58, at+60)
		size := s.digits("ar_size", at-s.base+48, 10, 10)
		s.table("member", uint64(at-s.base+60), size)
		if size > uint64(len(s.b)-at-60) {
			return
		}
		if i < 8 && size > 64 {
			s.member(at+60, int(size))
		}
		at += 60 + int(size+size&1)
	}
}

// member notes a file in a file, and one in that, and no further: a hostile
// one has itself in it.
func (s *shaper) member(at, size int) {
	if s.deep == 2 || at+size > len(s.b) {
		return
	}
	inner := &shaper{b: s.b[:at+size], base: at, deep: s.deep + 1}
	inner.file()
	if inner.Format == "dense" && size > 4096 {
		return
	}
	s.Fields = append(s.Fields, inner.Fields...)
	s.Edges = append(s.Edges, inner.Edges...)
	s.Records = append(s.Records, inner.Records...)
	s.Dense = append(s.Dense, inner.Dense...)
}

// tar notes the headers.
func (s *shaper) tar() {
	at := s.base
	for i := 0; i < most && at+512 <= len(s.b) && s.b[at] != 0; i++ {
		s.edge(at, at+512)
		s.record(at-s.base, 512)
		s.sums = append(s.sums, at)
		s.dense(at, at+100)
		s.digits("tar mode", at-s.base+100, 7, 8)
		size := s.digits("tar size", at-s.base+124, 11, 8)
		s.digits("tar sum", at-s.base+148, 6, 8)
		if kind := s.number("tar type", at-s.base+156, 1); (kind == '0' || kind == 0) && !bytes.HasSuffix(bytes.TrimRight(s.b[at:at+100], "\x00"), []byte("/")) { // a directory and a link have none of their size
			s.table("tar member", uint64(at-s.base+512), size)
		}
		if size > uint64(len(s.b)-at-512) {
			return
		}
		if i < 4 && size > 64 {
			s.member(at+512, int(size))
		}
		at += 512 + int(size+511)&^511
	}
}

// zip notes the directory, the headers of the members, and the stream of the
// first ones.
func (s *shaper) zip() {
	end := bytes.LastIndex(s.b, []byte("PK\x05\x06"))
	if s.base > 0 || end < 0 || end+22 > len(s.b) {
		return
	}
	s.edge(end)
	for i, width := range []int{4, 2, 2, 2, 2, 4, 4, 2} {
		s.number("zip end", end+[]int{0, 4, 6, 8, 10, 12, 16, 20}[i], width)
	}
	size, at := int(get(s.b, end+12, 4, false)), int(get(s.b, end+16, 4, false))
	s.within("zip directory", uint64(at), uint64(size), uint64(end))
	for i := 0; i < most && at+46 <= end && string(s.b[at:at+4]) == "PK\x01\x02"; i++ {
		s.edge(at)
		for _, f := range [][2]int{{4, 2}, {8, 2}, {10, 2}, {16, 4}, {20, 4}, {24, 4}, {28, 2}, {30, 2}, {32, 2}, {34, 2}, {38, 4}, {42, 4}} {
			s.number("zip entry", at+f[0], f[1])
		}
		s.dense(at+46, at+46+16)
		s.record(at, 46)
		n, header := int(get(s.b, at+20, 4, false)), int(get(s.b, at+42, 4, false))
		if header+30 < len(s.b) {
			s.edge(header)
			for _, f := range [][2]int{{0, 4}, {6, 2}, {8, 2}, {14, 4}, {18, 4}, {22, 4}, {26, 2}, {28, 2}} {
				s.number("zip header", header+f[0], f[1])
			}
			s.dense(header+30, header+30+min(n, 600))
			s.edge(header + 30 + n)
		}
		at += 46 + int(get(s.b, at+28, 2, false)+get(s.b, at+30, 2, false)+get(s.b, at+32, 2, false))
	}
}

// cache notes the header of an ld.so.cache and its entries.
func (s *shaper) cache() {
	count := s.number("nlibs", 20, 4)
	strings := s.number("len_strings", 24, 4)
	s.number("flags", 28, 4)
	s.number("extension_offset", 32, 4)
	if !s.table("cache entries", 48, 24*count) {
		return
	}
	s.table("cache strings", 48+24*count, strings)
	for i := range min(int(count), most) {
		at := 48 + 24*i
		s.record(at, 24)
		s.number("cache flags", at, 4)
		s.number("cache key", at+4, 4)
		s.number("cache value", at+8, 4)
		s.number("cache osversion", at+12, 4)
		s.number("cache hwcap", at+16, 8)
	}
	s.dense(48+24*int(count), len(s.b))
}
