package ldso

import (
	"debug/elf"
	"fmt"
	"io"
	"slices"

	"github.com/abivet/abivet/elfcheck"
)

// lookUp returns the first object of the scope that has the symbol of a reference,
// where one of them is damaged, and may have anything.
func (b *binder) lookUp(o *Object, i int, ref reference, name *lookup, later bool) *Object {
	t := &o.image.symbols
	w := wanted{t.name(i), t.versions[t.refs[i].version].version, ref.class}
	b.looking.later = later
	has := func(candidate *Object) bool {
		if !candidate.image.damaged {
			return candidate.image.symbols.has(ref)
		}
		return b.lookedUp(candidate, w)
	}
	if o.File.DynFlags&elf.DF_SYMBOLIC != 0 && ref.class != elfcheck.RefCopy && has(o) {
		return o
	}
	if name.asked && name.version == ref.version && name.class == ref.class {
		return b.scope.object(name.found)
	}
	name.asked, name.version, name.class, name.found = true, ref.version, ref.class, absent
	for i, candidate := range b.scope.objects {
		if ref.class == elfcheck.RefCopy && candidate == b.process.Objects[0] {
			continue // the program is where the copy goes
		}
		if has(candidate) {
			name.found = int32(i)
			break
		}
	}
	return b.scope.object(name.found)
}

// lookUp is look where an object is damaged, and may have anything.
func (b *muslBinder) lookUp(hash uint64, name string, refs elfcheck.Refs) int32 {
	w := wanted{name: name, class: elfcheck.RefData}
	if refs == elfcheck.RefCall {
		w.class = 0
	}
	for i, o := range b.scope.objects {
		if o.image.damaged && b.lookedUp(o, w) || !o.image.damaged && o.image.symbols.muslHas(hash) {
			return int32(i)
		}
	}
	return absent
}

// lookedUp reports whether a damaged object has a symbol. What comes of a lookup
// without an end ends the process.
func (s *state) lookedUp(o *Object, w wanted) bool {
	if s.looking.ended {
		return true // nothing is said of what would have come
	}
	found, ends := s.looking.find(w)
	if !ends {
		f := *crash(shown(o.Path), fmt.Sprintf("its hash table is damaged, and %s is looked for where nothing is, or without end", w.name))
		if s.looking.divides {
			f.Message, f.Why = "signal 8:", "its hash table has no buckets, and the loader divides by their number"
		}
		if s.looking.later {
			s.process.Deferred = append(s.process.Deferred, f)
		} else {
			s.looking.ended = true
			s.process.fail(f)
		}
	}
	return found || !ends
}

// passing looks in the damaged object for what others define and refer to: what stands
// before them in the scope is asked first.
func (s *state) passing(objects, scope []*Object) {
	first := slices.IndexFunc(scope, func(o *Object) bool { return o.image.damaged })
	if first < 0 {
		return
	}
	for _, o := range scope[first+1:] {
		if o.Path == s.loader.path || o.image.fs == nil || !slices.Contains(objects, o) || o.File.DynFlags&elf.DF_SYMBOLIC != 0 {
			continue
		}
		_ = o.image.with(func(r io.ReaderAt) error { // it was read before, without an error
			_, err := elfcheck.EachSymbol(r, o.image.size, 0, func(name []byte, sym *elfcheck.Symbol, imported bool) {
				if !imported && sym.Refs != 0 && len(s.process.Failures) == 0 {
					s.lookedUp(scope[first], wanted{name: string(name), version: sym.Version, class: sym.Refs &^ elfcheck.RefCall})
				}
			})
			return err
		})
	}
}
