package elfcheck

import "slices"

// A placement is what decoder.offset tells, for one that is asked of each
// function: a crafted file has a million of them, and a thousand segments.
type placement struct {
	edges []uint64   // the addresses at which another segment begins to count
	from  []*Segment // the one that counts from there on, or nil
}

func (d *decoder) placement() placement {
	var p placement
	for i := range d.f.Segments {
		if s := &d.f.Segments[i]; s.Type == ptLoad && s.FileSize > 0 {
			p.edges = append(p.edges, s.VAddr, s.VAddr+s.FileSize)
		}
	}
	slices.Sort(p.edges)
	p.edges = slices.Compact(p.edges)
	for _, addr := range p.edges {
		i := slices.IndexFunc(d.f.Segments, func(s Segment) bool {
			return s.Type == ptLoad && addr >= s.VAddr && addr-s.VAddr < s.FileSize
		})
		if i < 0 {
			p.from = append(p.from, nil)
		} else {
			p.from = append(p.from, &d.f.Segments[i])
		}
	}
	return p
}

// offset is that of the decoder.
func (p placement) offset(addr uint64) (off, rest int64, ok bool) {
	i, found := slices.BinarySearch(p.edges, addr)
	if !found {
		i--
	}
	if i < 0 || p.from[i] == nil {
		return 0, 0, false
	}
	s := p.from[i]
	delta := addr - s.VAddr
	return int64(s.Offset + delta), int64(s.FileSize - delta), true
}
