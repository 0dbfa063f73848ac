package ldso

import "math/bits"

// A scope is the objects that a symbol is looked up in, in their order.
//
// Of a hundred libraries nearly each is asked for nearly every symbol in vain,
// which costs more than all the rest of binding. So those that may have a name
// are found at once: each slot of a filter has a bit for each of 64 objects.
type scope struct {
	objects []*Object
	filters [][]uint64 // each of 64 objects; nil of few
	shifts  []uint
}

// fewObjects is up to where asking each costs less than making filters.
const fewObjects = 12

func newScope(objects []*Object) scope {
	s := scope{objects: objects}
	if len(objects) <= fewObjects {
		return s
	}
	for first := 0; first < len(objects); first += 64 {
		group := objects[first:min(first+64, len(objects))]
		defined := 0
		for _, o := range group {
			defined += len(o.image.symbols.defs) + len(o.image.symbols.canonical)
		}
		size := min(bits.Len(uint(defined)), keyBits)
		filter, shift := make([]uint64, 1<<size), uint(keyBits-size)
		for i, o := range group {
			for _, d := range o.image.symbols.defs {
				filter[d.key()>>shift] |= 1 << i
			}
			for _, d := range o.image.symbols.canonical {
				filter[d.key()>>shift] |= 1 << i
			}
		}
		s.filters, s.shifts = append(s.filters, filter), append(s.shifts, shift)
	}
	return s
}

// mayHave yields the objects that may have a name, in their order.
func (s *scope) mayHave(hash uint64) func(func(*Object) bool) {
	return func(yield func(*Object) bool) {
		if s.filters == nil {
			for _, o := range s.objects {
				if !yield(o) {
					return
				}
			}
			return
		}
		for i, filter := range s.filters {
			for mask := filter[keyOf(hash)>>s.shifts[i]]; mask != 0; mask &= mask - 1 {
				if !yield(s.objects[64*i+bits.TrailingZeros64(mask)]) {
					return
				}
			}
		}
	}
}
