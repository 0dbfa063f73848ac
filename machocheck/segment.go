package machocheck

import (
	"slices"

	"github.com/blacktop/go-macho/types"
)

// usualSegments are __PAGEZERO, __TEXT, __DATA_CONST, __DATA and __LINKEDIT.
const usualSegments = 5

// segment reads a segment and its sections, in the form of 32 or 64 bits.
func (d *decoder) segment(c command) error {
	wide := c.kind == types.LC_SEGMENT_64
	size, entry := 56, 68
	if wide {
		size, entry = 72, 80
	}
	if err := d.need(c, size); err != nil {
		return err
	}
	s := Segment{Name: d.word(c.raw[8:])}
	tail := c.raw[40:]
	if wide {
		s.Addr, s.Size = d.big.Uint64(c.raw[24:]), d.big.Uint64(c.raw[32:])
		s.Offset, s.FileSize = d.big.Uint64(c.raw[40:]), d.big.Uint64(c.raw[48:])
		tail = c.raw[56:]
	} else {
		s.Addr, s.Size = uint64(d.big.Uint32(c.raw[24:])), uint64(d.big.Uint32(c.raw[28:]))
		s.Offset, s.FileSize = uint64(d.big.Uint32(c.raw[32:])), uint64(d.big.Uint32(c.raw[36:]))
	}
	s.MaxProt, s.InitProt = Prot(d.big.Uint32(tail)), Prot(d.big.Uint32(tail[4:]))
	count := d.big.Uint32(tail[8:])
	s.Flags = d.big.Uint32(tail[12:])
	if s.Addr+s.Size < s.Addr {
		return d.bad(c.at+24, "segment %q of %#x bytes at address %#x: it wraps around", s.Name, s.Size, s.Addr)
	}
	if err := d.inside(c, size-32, span{s.Offset, s.FileSize}); err != nil {
		return err
	}
	if int64(count)*int64(entry) > int64(len(c.raw)-size) {
		return d.bad(c.at+size-8, "segment %q with %d sections: its %d bytes have room for %d",
			s.Name, count, len(c.raw), (len(c.raw)-size)/entry)
	}
	list := d.segmentList()
	if count > 0 {
		var spare []Section
		if n := len(list); n < cap(list) {
			spare = list[:n+1][n].Sections[:0]
		}
		s.Sections = slices.Grow(spare, int(count))[:count]
		clear(s.Sections)
	}
	for i := range s.Sections {
		at := size + i*entry
		if err := d.section(c, at, wide, s.FileSize > 0, &s.Sections[i]); err != nil {
			return err
		}
	}
	d.file.Segments = append(list, s)
	return nil
}

// segmentList is the segments so far, with room for more.
func (d *decoder) segmentList() []Segment {
	switch {
	case d.file.Segments != nil:
		return d.file.Segments
	case cap(d.spare.Segments) > 0:
		return d.spare.Segments
	}
	return make([]Segment, 0, usualSegments)
}

// section reads the section at a place in a segment's command. Where content
// is false the whole segment has no bytes in the file: the segments of a dSYM
// keep the sections of the program it is of.
func (d *decoder) section(c command, at int, wide, content bool, s *Section) error {
	raw := c.raw[at:]
	s.Name, s.Segment = d.word(raw), d.word(raw[16:])
	var tail []byte
	if wide {
		s.Addr, s.Size = d.big.Uint64(raw[32:]), d.big.Uint64(raw[40:])
		tail = raw[48:]
	} else {
		s.Addr, s.Size = uint64(d.big.Uint32(raw[32:])), uint64(d.big.Uint32(raw[36:]))
		tail = raw[40:]
	}
	s.Flags = d.big.Uint32(tail[16:])
	if !content || zerofill(s.Flags) || s.Size == 0 {
		return nil
	}
	s.Offset = uint64(d.big.Uint32(tail))
	return d.inside(c, at, span{s.Offset, s.Size})
}

// zerofill reports whether a section is zeros that do not stand in the file.
func zerofill(flags uint32) bool {
	switch types.SectionFlag(flags) & types.SectionType {
	case types.Zerofill, types.GbZerofill, types.ThreadLocalZerofill:
		return true
	}
	return false
}
