package ldso

import (
	"errors"
	"io"
	"runtime"
	"slices"
	"strings"
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
			img.symbols = newTable(img.whole)
			img.whole = relieved(img.whole)
		}
	})
	return img.whole, img.wholeErr
}

// relieved is a file without the symbols that only binding asks for. What is kept
// of their names is copied, as all of a file are parts of one string.
func relieved(whole *elfcheck.File) *elfcheck.File {
	f := *whole
	f.Imports, f.Exports = ofLua(f.Imports), ofLua(f.Exports)
	var names strings.Builder
	for _, need := range f.VersionNeeds {
		for _, name := range need.Symbols {
			names.WriteString(name)
		}
	}
	rest := names.String()
	f.VersionNeeds = slices.Clone(f.VersionNeeds)
	for i := range f.VersionNeeds {
		symbols := slices.Clone(f.VersionNeeds[i].Symbols)
		for j, name := range symbols {
			symbols[j], rest = rest[:len(name)], rest[len(name):]
		}
		f.VersionNeeds[i].Symbols = symbols
	}
	return &f
}

// ofLua keeps the symbols that rules over a process ask for.
func ofLua(symbols []elfcheck.Symbol) []elfcheck.Symbol {
	var kept []elfcheck.Symbol
	for _, s := range symbols {
		if strings.HasPrefix(s.Name, "lua") {
			s.Name = strings.Clone(s.Name)
			kept = append(kept, s)
		}
	}
	return kept
}

// listed returns the file with all its symbols.
func (img *image) listed() *elfcheck.File {
	img.listOnce.Do(func() {
		whole, err := img.complete()
		if err != nil || img.fs == nil {
			return
		}
		_ = img.with(func(r io.ReaderAt) error { // it has been read once, without an error
			again, err := elfcheck.Read(r, img.size, elfcheck.WantSymbols)
			if err == nil {
				f := *whole
				f.Imports, f.Exports = again.Imports, again.Exports
				img.list = &f
			}
			return err
		})
	})
	return img.list
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
	turn := make(chan struct{}, runtime.GOMAXPROCS(0))
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
