package machocheck

import (
	"bytes"
	"encoding/binary"
	"sync"

	"github.com/abivet/abivet/abi/extension"
	"github.com/abivet/abivet/luajit"
)

// A scratch is the memory that reading a slice takes and nothing that is returned
// points into. Memory that is used for the first time is by far the dearest: a page
// of it takes as long as to read several.
type scratch struct {
	decoder decoder
	lent    []byte // see borrow
	words   [128]string
	notes   notes

	// Of what is looked through for a LuaJIT and for the marks of extensions.
	regions   []luajit.Region
	constants []extension.Region

	// Of a signature.
	blobs       []blob
	directories []directory
	windows     []window

	// Of a walk through a trie.
	todo    []trieStep
	name    []byte
	visited []uint64
}

// maxLent bounds what is kept for the next file.
const maxLent = 1 << 20

var scratches = sync.Pool{New: func() any { return new(scratch) }}

// own is the scratch of the decoder.
func (d *decoder) own() *scratch {
	if d.scratch == nil {
		d.scratch = scratches.Get().(*scratch)
	}
	return d.scratch
}

// release gives the scratch, and the decoder in it, to the next slice.
func (s *scratch) release() {
	s.decoder = decoder{}
	clear(s.regions) // they hold the file
	clear(s.constants)
	s.notes = notes{asked: kept(s.notes.asked), exports: kept(s.notes.exports), offered: kept(s.notes.offered)}
	s.constants, s.blobs, s.directories, s.windows = kept(s.constants), kept(s.blobs), kept(s.directories), kept(s.windows)
	s.regions, s.todo, s.name, s.visited = kept(s.regions), kept(s.todo), kept(s.name), kept(s.visited)
	scratches.Put(s)
}

// kept is an empty list, with the memory of one that is not too long to wait for
// the next file.
func kept[T any](list []T) []T {
	const most = 16 << 10
	if cap(list) > most {
		return nil
	}
	return list[:0]
}

// word returns 16 bytes, up to a zero, as a string: the names of segments and
// sections, which are the same few in nearly all files.
func (d *decoder) word(b []byte) string {
	const shift = 64 - 7 // for as many words as are kept
	hash := (binary.LittleEndian.Uint64(b)*31 + binary.LittleEndian.Uint64(b[8:16])) * 0x9e3779b97f4a7c15 >> shift
	if b = b[:16]; bytes.IndexByte(b, 0) >= 0 {
		b = b[:bytes.IndexByte(b, 0)]
	}
	known := &d.own().words[hash]
	if *known != string(b) {
		*known = string(b)
	}
	return *known
}

// files have the lists of a file that nobody holds any more.
var files = sync.Pool{New: func() any { return new(File) }}

// mostSections is of a file whose segments wait for the next.
const mostSections = 1 << 10

// Recycle has the next file that is read use the memory of f, which nobody else may
// hold.
func (f *File) Recycle() {
	clear(f.Dylibs) // of names, which may be long
	clear(f.Imports)
	spare, sections := File{Dylibs: kept(f.Dylibs), Imports: kept(f.Imports)}, 0
	for i := range f.Segments {
		sections += cap(f.Segments[i].Sections)
	}
	if sections <= mostSections && cap(f.Segments) <= mostSections {
		spare.Segments = f.Segments[:0] // the sections of each, too
	}
	*f = spare
	files.Put(f)
}
