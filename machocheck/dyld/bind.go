package dyld

import (
	"fmt"

	"github.com/blacktop/go-macho/types"

	"github.com/abivet/abivet/abi/extension"
	"github.com/abivet/abivet/machocheck"
)

// openSymbols counts what could not be judged, so that it is said in one line.
type openSymbols struct {
	system    int // of system libraries
	libraries map[string]bool
	flat      []string // looked up in all images, by a file of the usual form
	shared    int      // looked up there for other reasons
}

// maxLookups bounds the symbols that are looked up in all: a thousand libraries
// that each offer the next one's symbols cost a thousand for each import.
const maxLookups = 50_000_000

// bindAll binds the symbols of some objects, in their order. Where lazy is true
// a call that cannot be bound fails only when it is made.
func (s *state) bindAll(objects []*Object, lazy bool) {
	for _, o := range objects {
		s.bind(o, lazy)
	}
}

// sayOpen says how many symbols were left open.
func (s *state) sayOpen() {
	if s.open.system > 0 {
		s.notJudged("%d symbols of %d libraries of the system (an SDK tells: --sdk)", s.open.system, len(s.open.libraries))
	}
	if n := len(s.open.flat); n > 0 {
		s.notJudged("%s, looked up in all images, is in none that is a file (%d such symbols); a library of the system may have it", s.open.flat[0], n)
	}
	if s.open.shared > 0 {
		s.notJudged("%d symbols that are looked up in all images and are in none that is a file; a library of the system may have them", s.open.shared)
	}
	if n := len(s.process.FromHost); s.process.Plugin && n > 0 {
		s.notJudged("%d symbols that the program that opens it is to have (--host names it)", n)
	}
}

func (s *state) bind(o *Object, lazy bool) {
	twoLevel := o.File.Flags&uint32(types.TwoLevel) != 0
	for _, i := range o.File.Imports {
		lazy := lazy && i.Lazy
		switch {
		case i.Weak:
		case !twoLevel || i.Library == machocheck.DynamicLookup:
			s.flat(o, i, lazy, twoLevel)
		case i.Library == machocheck.MainProgram:
			s.fromMain(o, i, lazy)
		case i.Library == machocheck.WeakLookup:
			s.coalesced(o, i)
		case i.Library > 0 && i.Library <= len(o.Needs):
			s.fromLibrary(o, i, o.Needs[i.Library-1], lazy)
		}
	}
}

// fromLibrary looks for a symbol in the library that has to have it.
func (s *state) fromLibrary(o *Object, i machocheck.Import, need Need, lazy bool) {
	switch {
	case need.System != "":
		s.fromSystem(o, i, need.System, lazy)
	case need.Missing():
		// A missing library has no symbol to offer, and 0 is given only for
		// those that are weak themselves: Loader::resolveSymbol.
		s.missingWeakly(o, i, need, lazy)
	case need.Object == nil || need.Object.offers(i.Name, s):
	default:
		s.missing(o, i.Name, shown(need.Object.Path), uuidOf(need.Object.File), lazy)
	}
}

func (s *state) fromSystem(o *Object, i machocheck.Import, library string, lazy bool) {
	if sdk := s.space.SDK; sdk != nil && sdk.library(library) != nil {
		has, known := sdk.exports(library, s.process.Arch, i.Name)
		if has {
			return
		}
		if known {
			s.missing(o, i.Name, library, "no uuid", lazy)
			return
		}
	}
	s.open.system++
	s.open.libraries[library] = true
}

// offers reports whether an object exports a symbol, itself or by a library
// whose symbols it offers as its own. Circles of these are walked once.
func (o *Object) offers(symbol string, s *state) bool {
	seen := map[*Object]bool{o: true}
	todo := []*Object{o}
	for len(todo) > 0 {
		next := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if s.lookups++; s.lookups > maxLookups {
			s.process.doubt(fmt.Sprintf("more than %d symbols were looked up", maxLookups))
			return true
		}
		if next.image.has(symbol) {
			return true
		}
		for _, need := range next.Needs {
			if need.Link != machocheck.Reexport {
				continue
			}
			switch {
			case need.Object != nil && !seen[need.Object]:
				seen[need.Object] = true
				todo = append(todo, need.Object)
			case need.System != "" || need.Unknown != "":
				if s.systemOffers(need.System, symbol) {
					return true
				}
			}
		}
	}
	return false
}

// systemOffers reports whether a library of the system may have a symbol.
func (s *state) systemOffers(library, symbol string) bool {
	if s.space.SDK == nil || library == "" {
		return true
	}
	has, known := s.space.SDK.exports(library, s.process.Arch, symbol)
	return has || !known
}

// fromMain looks for a symbol that a bundle takes from the program it is linked
// against.
func (s *state) fromMain(o *Object, i machocheck.Import, lazy bool) {
	switch {
	case s.main == nil:
		s.process.FromHost = append(s.process.FromHost, i)
	case !s.main.offers(i.Name, s):
		s.missing(o, i.Name, shown(s.main.Path), uuidOf(s.main.File), lazy)
	}
}

// flat looks for a symbol in all images. The libraries of the system are images
// as well: without an SDK nothing is said to be missing but what an image of the
// usual form looks up on purpose, which linkers do for the symbols of a host. What
// only such a host has is missing where the one that was named has it not.
func (s *state) flat(o *Object, i machocheck.Import, lazy, twoLevel bool) {
	if s.anyImage(i.Name) {
		return
	}
	switch has, known := s.anySystem(i.Name); {
	case has:
	case s.main == nil:
		s.process.FromHost = append(s.process.FromHost, i)
	case !known && !twoLevel:
		s.open.shared++
	case !known && !extension.IsHostName(inC(i.Name)):
		s.open.flat = append(s.open.flat, i.Name)
		s.process.FromHost = append(s.process.FromHost, i)
	default:
		f := Failure{
			Category: MissingSymbol, Object: shown(o.Path), Subject: i.Name,
			Message: fmt.Sprintf("symbol not found in flat namespace '%s'", i.Name),
		}
		s.note(f, lazy)
	}
}

// coalesced looks for a symbol that all images share, such as an instance of a
// template. The libraries of the system bring others, and only some of those
// are known, so that nothing is said to be missing. Opcodes of the older form
// name a library for each of them besides, and do without another.
func (s *state) coalesced(o *Object, i machocheck.Import) {
	if !o.File.ChainedFixups || s.anyImage(i.Name) {
		return
	}
	if has, _ := s.anySystem(i.Name); !has {
		s.open.shared++
	}
}

// anyImage reports whether a file of the process exports a symbol.
func (s *state) anyImage(symbol string) bool {
	for ; s.joined < len(s.process.Objects); s.joined++ {
		for _, name := range s.process.Objects[s.joined].File.Exports {
			s.all[name] = struct{}{}
		}
	}
	_, ok := s.all[symbol]
	return ok
}

// anySystem asks all libraries of the system that the files need.
func (s *state) anySystem(symbol string) (has, known bool) {
	if s.space.SDK == nil {
		return false, false
	}
	known = true
	for library := range s.systems {
		h, k := s.space.SDK.exports(library, s.process.Arch, symbol)
		if h {
			return true, true
		}
		known = known && k
	}
	return false, known
}

// missing notes a symbol that the library does not have.
func (s *state) missing(o *Object, symbol, provider, uuid string, lazy bool) {
	s.note(Failure{
		Category: MissingSymbol, Object: shown(o.Path), Subject: symbol, Provider: provider,
		Message: fmt.Sprintf("Symbol not found: %s\n  Referenced from: <%s> %s%s\n  Expected in:     <%s> %s",
			symbol, uuidOf(o.File), shown(o.Path), s.tooNew(o.File), uuid, provider),
	}, lazy)
}

// missingWeakly notes a symbol that is not weak of a library that may be missing
// and is.
func (s *state) missingWeakly(o *Object, i machocheck.Import, need Need, lazy bool) {
	if need.Link != machocheck.Weak {
		return // that it is missing is the failure
	}
	f := Failure{
		Category: MissingSymbol, Object: shown(o.Path), Subject: i.Name, Provider: need.Name,
		Why: need.Name + " may be missing and is, but the symbol is not weak",
		Message: fmt.Sprintf("Symbol not found: %s\n  Referenced from: <%s> %s%s\n  Expected in:     <no uuid> unknown",
			i.Name, uuidOf(o.File), shown(o.Path), s.tooNew(o.File)),
	}
	if s.process.Release.Less("12.0") { // ImageLoaderMachOCompressed::resolve of dyld 852
		f.Message = fmt.Sprintf("can't resolve symbol %s in %s because dependent dylib %s could not be loaded", i.Name, shown(o.Path), need.Name)
	}
	s.note(f, lazy)
}

func (s *state) note(f Failure, lazy bool) {
	if lazy {
		s.process.Deferred = append(s.process.Deferred, f)
		return
	}
	s.process.fail(f)
}
