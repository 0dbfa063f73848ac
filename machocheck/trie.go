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
// names that may be wanted.
func (d *decoder) exportTrie(leads func(beginning []byte) bool) ([]Export, error) {
	raw, err := d.borrow(d.trie)
	if err != nil {
		return nil, err
	}
	return trieExports(raw, d.base+int64(d.trie.offset), leads)
}

// trieExports returns what is in an export trie, whose place in the file is for
// messages. Where leads is not nil, it goes only where a name that begins so is
// wanted: names share what they begin with, so that most of a trie is not looked
// at.
//
// Each node is visited once, so one that points back ends the walk: recursion
// into such a trie has overflowed the stack of other readers.
func trieExports(raw []byte, place int64, leads func(beginning []byte) bool) ([]Export, error) {
	// A step is a node, and what is behind the name of the one above it.
	type step struct {
		node, above int
		label       []byte
	}
	var exports []Export
	if leads == nil {
		exports = make([]Export, 0, min(len(raw)/usualExport, maxExpected))
	}
	budget := nameBudget(len(raw))
	visited := make([]uint64, len(raw)/64+1)
	var name []byte // of the node: the names of those below it begin so
	todo := []step{{}}
	for len(todo) > 0 {
		s := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		name = append(name[:s.above], s.label...)
		if leads != nil && !leads(name) {
			continue
		}
		if visited[s.node/64]>>(s.node%64)&1 != 0 {
			return nil, damaged(place+int64(s.node), "two nodes of the export trie lead here")
		}
		visited[s.node/64] |= 1 << (s.node % 64)
		terminal, at, ok := uleb(raw, s.node)
		if !ok || terminal > uint64(len(raw)-at) {
			return nil, damaged(place+int64(s.node), "node of the export trie goes beyond its %#x bytes", len(raw))
		}
		if terminal > 0 {
			e, ok := trieExport(raw[at : at+int(terminal)])
			if !ok {
				return nil, damaged(place+int64(at), "an export of %d bytes that ends before its numbers", terminal)
			}
			e.Name = string(name)
			exports = append(exports, e)
		}
		at += int(terminal)
		if at == len(raw) {
			return nil, damaged(place+int64(at), "node of the export trie ends before its children")
		}
		children := int(raw[at])
		at++
		first := len(todo)
		for range children {
			label, child, next, err := trieEdge(raw, at, place)
			if err != nil {
				return nil, err
			}
			if budget -= len(name) + len(label); budget < 0 {
				return nil, damaged(place, "export trie of %#x bytes with names of more than %d times that", len(raw), maxTrieNames)
			}
			todo = append(todo, step{child, len(name), label})
			at = next
		}
		slices.Reverse(todo[first:]) // so that the first is taken first
	}
	if len(exports) == 0 {
		return nil, nil
	}
	return exports, nil
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

// trieEdge reads the label and the node of one child.
func trieEdge(raw []byte, at int, place int64) (label []byte, child, next int, _ error) {
	end := bytes.IndexByte(raw[at:], 0)
	if end < 0 {
		return nil, 0, 0, damaged(place+int64(at), "label of the export trie has no end")
	}
	node, next, ok := uleb(raw, at+end+1)
	if !ok || node >= uint64(len(raw)) {
		return nil, 0, 0, damaged(place+int64(at), "child of the export trie at %#x: it has %#x bytes", node, len(raw))
	}
	return raw[at : at+end], int(node), next, nil
}

// uleb reads an unsigned number of seven bits a byte.
func uleb(raw []byte, at int) (v uint64, next int, ok bool) {
	for shift := 0; at < len(raw) && shift < 70; shift += 7 {
		b := raw[at]
		at++
		v |= uint64(b&0x7f) << shift
		if b < 0x80 {
			return v, at, true
		}
	}
	return 0, at, false
}
