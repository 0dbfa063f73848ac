package machocheck

import (
	"bytes"
	"math"
	"slices"
)

const (
	// maxTrieNames bounds the bytes of all names together as a multiple of
	// the trie's size. Published files stay below 40: names share what they
	// begin with.
	maxTrieNames = 256

	// usualExport is how many bytes of a trie an export takes, about.
	usualExport = 24

	// minTrieNames is what a small trie may have all the same.
	minTrieNames = 1 << 20
)

// nameBudget is how many bytes the names may have that a table of so many bytes
// refers to, again and again.
func nameBudget(table int) int {
	if table > math.MaxInt/maxTrieNames { // where an int has 32 bits
		return math.MaxInt
	}
	return max(minTrieNames, maxTrieNames*table)
}

// exportTrie returns what the export trie has, or, with leads, those of its
// names that may be wanted, in a list that has room.
func (d *decoder) exportTrie(leads func(beginning []byte) bool, room []Export) ([]Export, error) {
	place := d.base + int64(d.trie.offset)
	if leads != nil && d.trie.size > maxTrieAtOnce && d.trie.size < maxTrieInParts {
		return trieExports(trieBytes{size: int(d.trie.size), read: func(at, size int) ([]byte, error) {
			return d.borrow(span{d.trie.offset + uint64(at), uint64(size)})
		}}, place, leads, room, d.own())
	}
	raw, err := d.borrow(d.trie)
	if err != nil {
		return nil, err
	}
	return trieExports(trieBytes{size: len(raw), raw: raw}, place, leads, room, d.own())
}

// Of a large trie the nodes on the way to some names are read alone. They are
// about thirty, each of which takes as long as 4 KiB do at once.
const (
	maxTrieAtOnce  = 128 << 10
	trieNodeSize   = 1 << 10 // is more than nearly all have
	maxTrieReads   = 128     // then the rest at once
	maxTrieInParts = 1 << 30 // so that sums are an int of 32 bits
)

// A trieBytes is a trie, or as much of it as has been read.
type trieBytes struct {
	size  int
	raw   []byte // from a place on
	at    int
	read  func(at, size int) ([]byte, error) // what it gives is there until the next; nil where raw is all
	reads int
}

// from returns the bytes from a place on, of which there are so many at least or
// all that the trie has.
func (t *trieBytes) from(at, least int) ([]byte, error) {
	if at < t.at || min(at+least, t.size) > t.at+len(t.raw) {
		from, size := at, min(least, t.size-at)
		if t.reads++; t.reads > maxTrieReads {
			from, size = 0, t.size
		}
		raw, err := t.read(from, size)
		if err != nil {
			return nil, err
		}
		t.raw, t.at = raw, from
	}
	return t.raw[at-t.at:], nil
}

// A trieWalk goes through a trie.
type trieWalk struct {
	trie   trieBytes
	place  int64 // in the file, for messages
	leads  func(beginning []byte) bool
	budget int
	// Visited are the nodes, as bits where all of the trie has been read.
	visited []uint64
	some    map[int]bool

	todo    []trieStep
	name    []byte // of the node: the names of those below it begin so
	exports []Export
}

// A trieStep is a node, and what is behind the name of the one above it.
type trieStep struct {
	node, above int
	label       []byte
}

// trieExports returns what is in an export trie, whose place in the file is for
// messages. Where leads is not nil, it goes only where a name that begins so is
// wanted: names share what they begin with, so that most of a trie is not looked
// at.
//
// Each node is visited once, so one that points back ends the walk: recursion
// into such a trie has overflowed the stack of other readers.
func trieExports(trie trieBytes, place int64, leads func(beginning []byte) bool, room []Export, own *scratch) ([]Export, error) {
	w := trieWalk{trie: trie, place: place, leads: leads, budget: nameBudget(trie.size), exports: room, todo: own.todo[:0], name: own.name[:0]}
	defer func() { own.todo, own.name, own.visited = w.todo, w.name, w.visited }()
	if leads == nil {
		w.exports = make([]Export, 0, min(trie.size/usualExport, maxExpected))
	}
	if trie.read != nil {
		w.some = map[int]bool{}
	} else {
		w.visited = slices.Grow(own.visited[:0], trie.size/64+1)[:trie.size/64+1]
		clear(w.visited) // or what was met in another trie
	}
	w.todo = append(w.todo, trieStep{})
	for len(w.todo) > 0 {
		s := w.todo[len(w.todo)-1]
		w.todo = w.todo[:len(w.todo)-1]
		if w.isVisited(s.node) {
			return nil, damaged(place+int64(s.node), "two nodes of the export trie lead here")
		}
		w.name = append(w.name[:s.above], s.label...)
		if err := w.step(s.node); err != nil {
			return nil, err
		}
	}
	if len(w.exports) == 0 {
		return room, nil
	}
	return w.exports, nil
}

// isVisited reports whether a node has been visited, which it has been then.
func (w *trieWalk) isVisited(node int) (is bool) {
	if w.some != nil {
		is, w.some[node] = w.some[node], true
		return is
	}
	is = w.visited[node/64]>>(node%64)&1 != 0
	w.visited[node/64] |= 1 << (node % 64)
	return is
}

// step visits a node. What is wrong with it counts when all behind it is there.
func (w *trieWalk) step(node int) error {
	todo, exports, budget := len(w.todo), len(w.exports), w.budget
	for least := trieNodeSize; ; least *= 2 {
		raw, err := w.trie.from(node, least)
		if err != nil {
			return err
		}
		if err = w.visit(node, raw); err == nil || len(raw) == w.trie.size-node {
			return err
		}
		w.todo, w.exports, w.budget = w.todo[:todo], w.exports[:exports], budget
	}
}

// visit reads a node, which is what raw begins with.
func (w *trieWalk) visit(node int, raw []byte) error {
	place := w.place + int64(node)
	terminal, at, ok := uleb(raw, 0)
	if !ok || terminal > uint64(len(raw)-at) {
		return damaged(place, "node of the export trie goes beyond its %#x bytes", w.trie.size)
	}
	if terminal > 0 {
		e, ok := trieExport(raw[at : at+int(terminal)])
		if !ok {
			return damaged(place+int64(at), "an export of %d bytes that ends before its numbers", terminal)
		}
		e.Name = string(w.name)
		w.exports = append(w.exports, e)
	}
	at += int(terminal)
	if at == len(raw) {
		return damaged(place+int64(at), "node of the export trie ends before its children")
	}
	children := int(raw[at])
	at++
	first := len(w.todo)
	for range children {
		label, child, next, err := trieEdge(raw, at, w.trie.size, place)
		if err != nil {
			return err
		}
		if w.budget -= len(w.name) + len(label); w.budget < 0 {
			return damaged(w.place, "export trie of %#x bytes with names of more than %d times that", w.trie.size, maxTrieNames)
		}
		at = next
		if w.leads != nil {
			w.name = append(w.name, label...)
			leads := w.leads(w.name)
			if w.name = w.name[:len(w.name)-len(label)]; !leads {
				continue
			}
		}
		if w.trie.read != nil {
			label = bytes.Clone(label)
		}
		w.todo = append(w.todo, trieStep{child, len(w.name), label})
	}
	slices.Reverse(w.todo[first:]) // so that the first is taken first
	return nil
}

// Flags of an export, EXPORT_SYMBOL_FLAGS_*. The lowest two bits are its kind.
const (
	exportKind        = 0x03
	exportThreadLocal = 0x01
	exportAbsolute    = 0x02
	exportWeak        = 0x04
	exportReexport    = 0x08
	exportResolver    = 0x10
)

// trieExport reads what a node says of its symbol.
func trieExport(raw []byte) (e Export, ok bool) {
	flags, at, ok := uleb(raw, 0)
	if !ok {
		return e, false
	}
	e.ThreadLocal, e.Absolute = flags&exportKind == exportThreadLocal, flags&exportKind == exportAbsolute
	e.Weak = flags&exportWeak != 0
	number, at, ok := uleb(raw, at)
	if !ok {
		return e, false
	}
	if flags&exportReexport != 0 {
		end := bytes.IndexByte(raw[at:], 0)
		if end < 0 || number > 1<<16 { // above any count of libraries
			return e, false
		}
		e.Library, e.ImportName = int(number), string(raw[at:at+end])
		return e, true
	}
	e.Address = number
	if flags&exportResolver != 0 {
		e.Resolver, _, ok = uleb(raw, at)
	}
	return e, ok
}

// trieEdge reads the label and the node of one child, in a trie of a size.
func trieEdge(raw []byte, at, size int, place int64) (label []byte, child, next int, _ error) {
	end := bytes.IndexByte(raw[at:], 0)
	if end < 0 {
		return nil, 0, 0, damaged(place+int64(at), "label of the export trie has no end")
	}
	node, next, ok := uleb(raw, at+end+1)
	if !ok || node >= uint64(size) {
		return nil, 0, 0, damaged(place+int64(at), "child of the export trie at %#x: it has %#x bytes", node, size)
	}
	return raw[at : at+end], int(node), next, nil
}

// longestUleb is the most bytes that a number has.
const longestUleb = 10

// uleb reads an unsigned number of seven bits a byte.
func uleb(raw []byte, at int) (v uint64, next int, ok bool) {
	for shift := 0; at < len(raw) && shift < 7*longestUleb; shift += 7 {
		b := raw[at]
		at++
		v |= uint64(b&0x7f) << shift
		if b < 0x80 {
			return v, at, true
		}
	}
	return 0, at, false
}
