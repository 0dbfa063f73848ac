package ldso

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/abivet/abivet/elfcheck"
	"github.com/abivet/abivet/internal/elfbuild"
)

// What is said to be found by its hash table is found by going through that as a
// loader does, and that comes to an end.
func FuzzFinder(f *testing.F) {
	symbols := has(defv("f", "V1"), hidden(defv("f", "V2")), def("g"), ref("h"), defv("long_name", "V2"))
	for _, m := range []elfbuild.Image{
		with(so("m"), defs("V1", "V2"), symbols),
		with(so("m"), has(def("f"), def("g"))),
		with(so("m"), has(def("f"), def("g")), func(m *elfbuild.Image) { m.Narrow, m.Machine = true, elf.EM_386 }),
		with(so("m"), has(def("f"), def("g")), func(m *elfbuild.Image) { m.BigEndian, m.Machine, m.Hash = true, elf.EM_S390, elfbuild.SysV }),
		with(so("m"), defs("V1", "V2"), symbols, func(m *elfbuild.Image) { m.Hash = elfbuild.SysV }),
	} {
		f.Add(build(m))
	}
	f.Add(at(with(so("m"), has(def("f"))), elf.DT_GNU_HASH, 28, 0x77777777))
	f.Fuzz(func(t *testing.T, b []byte) {
		var found []wanted
		r := bytes.NewReader(b)
		file, err := elfcheck.EachSymbol(r, r.Size(), elfcheck.WantFindable, func(name []byte, s *elfcheck.Symbol, imported bool) {
			if !imported && binds(s) {
				found = append(found, wanted{string(name), s.Version, elfcheck.RefData})
			}
		})
		if err != nil || !file.Dynamic || len(found) > 100 {
			return
		}
		for _, musl := range []bool{false, true} {
			l := newFinder(newMemory(r, r.Size(), file), file, musl)
			for _, w := range found {
				ok, ends := l.find(w)
				if regular := file.Loading.Unfound == 0 && len(file.Loading.Overlooked) == 0 && file.Loading.VersionDamage == "" && !musl; regular && !overlapping(file) && (!ok || !ends) {
					t.Fatalf("%v: %v, %v", w, ok, ends)
				}
			}
		}
	})
}

// A chain that comes to itself again is gone along as long as all look-ups together may
// take, and a process that has ended there looks for nothing more.
func TestEndlessChain(t *testing.T) {
	m := with(so("m"), hash(elfbuild.SysV))
	for i := range 40 {
		takes(ref(fmt.Sprint("n", i)))(&m)
	}
	has(def("f"))(&m)
	b := build(m)
	dynamic(m, func(tag elf.DynTag, table uint64) (elf.DynTag, uint64) {
		if tag == elf.DT_HASH {
			buckets := uint64(binary.LittleEndian.Uint32(b[table:]))
			for i := range buckets + 2 { // every bucket begins with the symbol 1, which is behind itself
				binary.LittleEndian.PutUint32(b[table+8+4*i:], 1)
			}
		}
		return tag, table
	})
	root := fakeRoot("2.41")
	addFile(root, nil, "/c/main", b)
	p, err := New(root).Load(Request{Path: "/c/main"})
	require.NoError(t, err)
	require.Len(t, p.Failures, 1, "one for each reference took minutes")
	assert.Equal(t, Crash, p.Failures[0].Category)

	r := bytes.NewReader(b)
	file, err := elfcheck.EachSymbol(r, r.Size(), elfcheck.WantFindable, func([]byte, *elfcheck.Symbol, bool) {})
	require.NoError(t, err)
	l := newFinder(newMemory(r, r.Size(), file), file, false)
	for i := range 40 {
		_, ends := l.find(wanted{name: fmt.Sprint("another", i)})
		require.False(t, ends)
	}
	assert.Zero(t, l.left)
}

// overlapping reports whether something else is mapped where a segment lies in the file.
func overlapping(f *elfcheck.File) bool {
	m := newMemory(nil, 0, f)
	for i, p := range m.pieces {
		for _, q := range m.pieces[i+1:] {
			if q.start < p.end && p.start < q.end {
				return true
			}
		}
	}
	return false
}
