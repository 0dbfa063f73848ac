package ldso

import (
	"bytes"
	"debug/elf"
	"hash/maphash"
	"io"
	"math/bits"
	"slices"

	"github.com/abivet/abivet/elfcheck"
)

// everywhere reports whether a name is one that linkers and start files put into
// every library, or is made to be replaced.
func everywhere(name []byte) bool {
	switch string(name) {
	case "_init", "_fini", "_start", "__bss_start", "_edata", "_end", "__data_start", "data_start", "_IO_stdin_used", "__odr_asan":
		return true
	}
	return bytes.HasPrefix(name, []byte("_ZT")) // of a class of C++, in every library that uses it
}

// interposable reports whether another library's symbol of the name would be
// taken for this one. Weak ones are made for that, as C++ makes its inline
// functions.
func interposable(name []byte, s *elfcheck.Symbol) bool {
	return s.Bind == elf.STB_GLOBAL && s.Version == "" && s.Visibility == elf.STV_DEFAULT && !s.Absolute &&
		(s.Type == elf.STT_FUNC || s.Type == elf.STT_OBJECT) && !everywhere(name)
}

// share looks for the symbols that two objects define. Names are not kept: what
// two objects have by its hash is looked up in their files.
func (p *Process) share() {
	for _, o := range p.Objects {
		if _, err := o.image.bind(); err != nil {
			return
		}
	}
	p.Symbols = true
	twice := p.twice()
	if len(twice) == 0 {
		return
	}
	first := map[uint64]*Object{}
	keys := map[[2]*Object][]uint64{}
	for _, o := range p.Objects {
		for _, d := range o.image.symbols.defs {
			if key := d.key(); d.flags()&defInterposable == 0 || !twice.has(key) {
				continue
			} else if before, ok := first[key]; !ok {
				first[key] = o
			} else if before != o {
				pair := [2]*Object{before, o}
				keys[pair] = append(keys[pair], key)
			}
		}
	}
	for _, a := range p.Objects {
		for _, b := range p.Objects {
			if keys := keys[[2]*Object{a, b}]; len(keys) > 0 {
				if names := sharedNames(a.image, b.image, keys); len(names) > 0 {
					p.Shared = append(p.Shared, Shared{a, b, names})
				}
			}
		}
	}
}

// A bitmap has a bit for some of the keys; several may share one.
type bitmap []uint64

func (b bitmap) at(key uint64) (word *uint64, bit uint64) {
	at := key >> (keyBits - bits.Len(uint(len(b)-1)) - 6)
	return &b[at>>6], 1 << (at & 63)
}

func (b bitmap) has(key uint64) bool {
	word, bit := b.at(key)
	return *word&bit != 0
}

// twice is where two objects have something, or one has. A map of all that a
// process defines would take longer than the loader does.
func (p *Process) twice() bitmap {
	defined := 0
	for _, o := range p.Objects {
		defined += len(o.image.symbols.defs)
	}
	if defined == 0 {
		return nil
	}
	size := 1 << bits.Len(uint(defined/8))
	once, twice := make(bitmap, size), make(bitmap, size)
	for _, o := range p.Objects {
		for _, d := range o.image.symbols.defs {
			if d.flags()&defInterposable == 0 {
				continue
			}
			word, bit := once.at(d.key())
			if *word&bit != 0 {
				word, bit = twice.at(d.key())
			}
			*word |= bit
		}
	}
	return twice
}

// sharedNames are the names that two files really have in common, sorted.
func sharedNames(a, b *image, keys []uint64) (names []string) {
	inA, inB := a.names(keys), b.names(keys)
	for i := range keys {
		if inA[i] == inB[i] && inA[i] != "" {
			names = append(names, inA[i])
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// names returns the names of interposable definitions by their keys. Those that were
// asked for once are kept: it is the same few in process after process.
func (img *image) names(keys []uint64) []string {
	img.namesMu.Lock()
	defer img.namesMu.Unlock()
	if img.named == nil {
		img.named = map[uint64]string{}
	}
	missing := map[uint64]bool{}
	for _, key := range keys {
		if _, ok := img.named[key]; !ok {
			img.named[key], missing[key] = "", true
		}
	}
	if len(missing) > 0 {
		img.eachExport(func(name []byte, s *elfcheck.Symbol) {
			if key := keyOf(maphash.Bytes(seed, name)); missing[key] && interposable(name, s) {
				img.named[key] = string(name)
			}
		})
	}
	names := make([]string, len(keys))
	for i, key := range keys {
		names[i] = img.named[key]
	}
	return names
}

// eachExport reads the symbols that a file defines once more.
func (img *image) eachExport(do func(name []byte, s *elfcheck.Symbol)) {
	if img.fs == nil { // there is no more of it
		for i := range img.file.Exports {
			do([]byte(img.file.Exports[i].Name), &img.file.Exports[i])
		}
		return
	}
	_ = img.with(func(r io.ReaderAt) error { // it has been read once, without an error
		_, err := elfcheck.EachSymbol(r, img.size, 0, func(name []byte, s *elfcheck.Symbol, imported bool) {
			if !imported {
				do(name, s)
			}
		})
		return err
	})
}
