package ldso

import (
	"errors"
	"io"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/elfcheck"
)

// bind returns the file with what it is bound by.
func (img *image) bind() (*elfcheck.File, error) {
	if img.fs == nil { // there is no more of it
		return img.file, nil
	}
	return img.bound, img.boundErr
}

// complete reads what rules ask for beside that.
func (img *image) complete() (*elfcheck.File, error) {
	img.wholeOnce.Do(func() {
		if img.whole, img.wholeErr = img.bind(); img.wholeErr != nil || img.fs == nil {
			return
		}
		img.wholeErr = img.with(img.readWhole)
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

const luaPrefix = "lua"

// ofLua keeps the symbols that rules over a process ask for.
func ofLua(symbols []elfcheck.Symbol) []elfcheck.Symbol {
	var kept []elfcheck.Symbol
	for _, s := range symbols {
		if strings.HasPrefix(s.Name, luaPrefix) {
			s.Name = strings.Clone(s.Name)
			kept = append(kept, s)
		}
	}
	return kept
}

// listed returns the file with all its symbols. It is for the few that are a
// host's: what it keeps takes much more room than a table.
func (img *image) listed() *elfcheck.File {
	img.listOnce.Do(func() {
		if _, err := img.bind(); err != nil || img.fs == nil {
			return
		}
		_ = img.with(func(r io.ReaderAt) (err error) { // it has been read once, without an error
			img.list, err = elfcheck.Read(r, img.size, elfcheck.WantSymbols)
			return err
		})
	})
	return img.list
}

func (img *image) readWhole(r io.ReaderAt) error {
	want := wants
	if img.symbols.lua {
		want |= elfcheck.WantExports
	}
	whole, err := elfcheck.Read(r, img.size, want)
	if err == nil {
		err = img.readLuaJIT(r, whole)
	}
	if err == nil {
		f := *img.bound // of which the rest is the same
		f.VersionNeeds, f.Imports, f.Exports = whole.VersionNeeds, whole.Imports, whole.Exports
		f.Go, f.Extensions, f.LuaJIT = whole.Go, whole.Extensions, whole.LuaJIT
		img.whole = relieved(&f)
	}
	return err
}

// complete reads the rest of all files, several at a time.
func (s *state) complete() {
	objects := s.process.Objects
	var all sync.WaitGroup
	var next atomic.Int64
	// A goroutine for less than some files costs more than it saves.
	for range min(runtime.GOMAXPROCS(0), 1+len(objects)/16) - 1 {
		all.Go(func() { completeAll(objects, &next) })
	}
	completeAll(objects, &next)
	all.Wait()
	s.take((*image).complete)
}

// take gives the objects what was read of their files, and reports whether none of them
// is damaged there.
func (s *state) take(read func(*image) (*elfcheck.File, error)) bool {
	good := true
	for _, o := range s.process.Objects {
		whole, err := read(o.image)
		if err == nil {
			o.File = whole
			if l := whole.Loading; l != nil && l.UnknownVersion != "" && s.loader != nil && s.loader.libc == abi.Glibc {
				good = false
				s.process.fail(*damaged(shown(o.Path), l.UnknownVersion))
			}
			continue
		}
		good = false
		s.process.fail(*unreadable(shown(o.Path), err))
	}
	return good
}

// unreadable is what is said of a file that cannot be read to its end.
func unreadable(name string, err error) *Failure {
	what := err.Error()
	var format *abi.FormatError
	if errors.As(err, &format) {
		what = format.What
	}
	return &Failure{Category: BadELF, Object: name, Message: name + ": " + what, Why: err.Error()}
}

// completeAll reads the images of objects from next on.
func completeAll(objects []*Object, next *atomic.Int64) {
	for {
		i := int(next.Add(1)) - 1
		if i >= len(objects) {
			return
		}
		_, _ = objects[i].image.complete() // remembers its error
	}
}
