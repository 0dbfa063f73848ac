package ldso

import (
	"math/bits"
	"sync"

	"github.com/abivet/abivet/elfcheck"
)

// A scope is the objects that symbols are looked up in, in their order, and the names
// that others look up there.
//
// Of a hundred libraries nearly each is asked for nearly every symbol in vain,
// which costs more than all the rest of binding. So the names are gathered first, and what
// the objects define is gone through once for them.
type scope struct {
	objects []*Object
	listed  bool // have has all that define a name
	*lookups
}

// lookups is the memory of a scope, kept for the next.
type lookups struct {
	names  []lookup
	slots  []uint32 // by the hash: the place in names, plus one, or in a slot behind that
	filter []uint64 // a bit for each name; several may share one
	refs   []uint32 // places in names: of the references of one object after the other
	starts []int    // where those of an object begin
	have   []candidate
}

// A lookup is a name that is looked up, and how that came out the last time: nearly
// all that refer to it want the same.
type lookup struct {
	hash        uint64 // of the name
	version     uint64
	first, last uint32 // who may have it: places in have, plus one
	found       int32  // place in the scope's objects, or absent
	class       elfcheck.Refs
	asked       bool
}

const absent = -1

// A candidate is an object that may have a name.
type candidate struct{ object, next uint32 }

var lookupsPool = sync.Pool{New: func() any { return new(lookups) }}

// newScope makes a scope for the references of some objects. It is to be released.
func newScope(objects, askers []*Object) scope {
	s := scope{objects: objects, lookups: lookupsPool.Get().(*lookups)}
	s.gather(askers)
	defined := 0
	for _, o := range objects {
		defined += len(o.image.symbols.defs)
	}
	// To ask an object that has not the name takes about twice as long as to go over a definition.
	if s.listed = 2*len(s.refs)*len(objects) > defined; s.listed {
		s.list()
	}
	return s
}

func (s *scope) release() { lookupsPool.Put(s.lookups) }

// gather makes a list of the names that objects refer to.
func (s *lookups) gather(askers []*Object) {
	total := 0
	for _, o := range askers {
		total += len(o.image.symbols.refs)
	}
	size := 1 << bits.Len(uint(total)) // more than that: the last slot of a chain is empty
	s.slots, s.filter = zeroed(s.slots, size), zeroed(s.filter, max(size/8, 1))
	if cap(s.refs) < total { // memory that is not used in the end costs nothing, and to grow there does
		s.names, s.refs, s.have = make([]lookup, 0, total), make([]uint32, 0, total), make([]candidate, 0, total)
	}
	s.names, s.refs, s.starts = s.names[:0], s.refs[:0], s.starts[:0]
	for _, o := range askers {
		s.starts = append(s.starts, len(s.refs))
		refs := o.image.symbols.refs
		for i := range refs {
			s.refs = append(s.refs, s.note(refs[i].hash))
		}
	}
}

// zeroed returns n zeros, in the memory of a list where it has as many.
func zeroed[T uint32 | uint64](list []T, n int) []T {
	if cap(list) < n {
		return make([]T, n)
	}
	list = list[:n]
	clear(list)
	return list
}

func (s *lookups) bit(key uint64) (word *uint64, bit uint64) {
	at := key >> (keyBits - bits.Len(uint(len(s.filter)-1)) - 6)
	return &s.filter[at>>6], 1 << (at & 63)
}

// note returns the place of a name.
func (s *lookups) note(hash uint64) uint32 {
	at, mask := hash, uint64(len(s.slots)-1)
	for ; s.slots[at&mask] != 0; at++ {
		if place := s.slots[at&mask] - 1; s.names[place].hash == hash {
			return place
		}
	}
	s.names = append(s.names, lookup{hash: hash})
	s.slots[at&mask] = uint32(len(s.names))
	word, bit := s.bit(keyOf(hash))
	*word |= bit
	return uint32(len(s.names) - 1)
}

// list finds who may have the names.
func (s *scope) list() {
	s.have = s.have[:0]
	mask := uint64(len(s.slots) - 1)
	for i, o := range s.objects {
		t := &o.image.symbols
		for _, defs := range [...][]definition{t.defs, t.canonical} {
			for _, d := range defs {
				key := d.key()
				if word, bit := s.bit(key); *word&bit == 0 {
					continue
				}
				for at := key; s.slots[at&mask] != 0; at++ {
					if name := &s.names[s.slots[at&mask]-1]; keyOf(name.hash) == key {
						s.offer(name, uint32(i))
					}
				}
			}
		}
	}
}

// offer adds an object to those that may have a name.
func (s *scope) offer(n *lookup, object uint32) {
	if n.last != 0 {
		last := &s.have[n.last-1]
		if last.object == object {
			return
		}
		last.next = uint32(len(s.have) + 1)
	}
	s.have = append(s.have, candidate{object: object})
	n.last = uint32(len(s.have))
	if n.first == 0 {
		n.first = n.last
	}
}

// mayHave yields the objects that may have a name, in their order.
func (s *scope) mayHave(n *lookup) func(func(int, *Object) bool) {
	return func(yield func(int, *Object) bool) {
		if !s.listed || n == nil {
			for i, o := range s.objects {
				if !yield(i, o) {
					return
				}
			}
			return
		}
		for at := n.first; at != 0; at = s.have[at-1].next {
			if i := int(s.have[at-1].object); !yield(i, s.objects[i]) {
				return
			}
		}
	}
}

// reference is the name that reference i of an asker is to.
func (s *scope) reference(asker, i int) *lookup { return &s.names[s.refs[s.starts[asker]+i]] }

// object is the one at a place, or nil.
func (s *scope) object(at int32) *Object {
	if at == absent {
		return nil
	}
	return s.objects[at]
}
