package ldso

import (
	"errors"
	"hash/maphash"
	"io"
	"sync"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/elfcheck"
)

// complete reads the rest of a file: its symbols and relocations.
func (img *image) complete() (*elfcheck.File, error) {
	img.wholeOnce.Do(func() {
		switch {
		case img.fs == nil: // there is no more of it
			img.whole = img.file
		default:
			img.wholeErr = img.with(func(r io.ReaderAt) error { return img.readWhole(r) })
		}
		if img.whole != nil {
			img.symbols = newIndex(img.whole.Exports)
		}
	})
	return img.whole, img.wholeErr
}

func (img *image) readWhole(r io.ReaderAt) error {
	whole, err := elfcheck.Read(r, img.size, wants)
	if err == nil {
		err = img.readLuaJIT(r, whole)
	}
	if err == nil {
		img.whole = whole
	}
	return err
}

// complete reads the rest of all files, several at a time, and reports whether
// none of them is damaged there.
func (s *state) complete() bool {
	objects := s.process.Objects
	var all sync.WaitGroup
	turn := make(chan struct{}, 8)
	for _, o := range objects {
		turn <- struct{}{}
		all.Go(func() {
			defer func() { <-turn }()
			o.image.complete()
		})
	}
	all.Wait()
	good := true
	for _, o := range objects {
		whole, err := o.image.complete()
		if err == nil {
			o.File = whole
			continue
		}
		good = false
		what := err.Error()
		var damaged *abi.FormatError
		if errors.As(err, &damaged) {
			what = damaged.What
		}
		s.process.fail(Failure{Category: BadELF, Object: shown(o.Path), Message: shown(o.Path) + ": " + what, Why: err.Error()})
	}
	return good
}

// An index finds symbols by name.
type index struct {
	list        []elfcheck.Symbol
	heads, next []int32 // the first of a hash, and the one after each; -1 is none
}

var seed = maphash.MakeSeed()

func nameHash(name string) uint64 { return maphash.String(seed, name) }

func newIndex(list []elfcheck.Symbol) index {
	size := 1
	for size < 2*len(list) {
		size *= 2
	}
	x := index{list, make([]int32, size), make([]int32, len(list))}
	for i := range x.heads {
		x.heads[i] = -1
	}
	for i := len(list) - 1; i >= 0; i-- { // so that the first of a name is found first
		head := &x.heads[nameHash(list[i].Name)&uint64(size-1)]
		x.next[i], *head = *head, int32(i)
	}
	return x
}

// first returns the first symbol with a name, or nil; after the next one.
func (x *index) first(name string, hash uint64) *elfcheck.Symbol {
	if len(x.heads) == 0 {
		return nil
	}
	return x.from(x.heads[hash&uint64(len(x.heads)-1)], name)
}

func (x *index) after(sym *elfcheck.Symbol, name string, hash uint64) *elfcheck.Symbol {
	at := x.heads[hash&uint64(len(x.heads)-1)]
	for &x.list[at] != sym {
		at = x.next[at]
	}
	return x.from(x.next[at], name)
}

func (x *index) from(at int32, name string) *elfcheck.Symbol {
	for ; at >= 0; at = x.next[at] {
		if x.list[at].Name == name {
			return &x.list[at]
		}
	}
	return nil
}
