package ldso

import (
	"debug/elf"
	"fmt"
	"slices"

	"github.com/abivet/abivet/elfcheck"
)

// bindAll relocates objects, the last first, as glibc does: each symbol that a
// relocation names is looked up in the scope.
func (s *state) bindAll(objects, scope []*Object, lazy func(*Object) bool) {
	if s.namesOnly || !s.complete() {
		return
	}
	b := binder{state: s, scope: scope, known: map[reference]*Object{}, tls: s.staticTLS()}
	for _, o := range slices.Backward(objects) {
		if o.Path == s.loader.path && o != s.process.Objects[0] {
			continue // it has relocated itself
		}
		b.relocate(o, lazy(o))
	}
}

// A reference is what a symbol is looked up by.
type reference struct {
	name, version string
	class         elfcheck.Refs // RefData, RefCopy, or 0 for calls and thread-local storage
	hash          uint64        // of the name
	library       string        // that the version is asked of, where the loader looks at it
	direct        bool          // a copy, or the address that a program has for a function
}

type binder struct {
	*state
	scope []*Object
	known map[reference]*Object // what was looked up in scope; nil where it is nowhere
	tls   tlsRoom
}

func (b *binder) relocate(o *Object, lazy bool) {
	if kind, ok := b.badRelocation(o); ok {
		b.process.fail(Failure{
			Category: BadReloc, Object: shown(o.Path), Subject: fmt.Sprint(kind),
			Message: fmt.Sprintf("%s: unexpected reloc type 0x%02x", shown(o.Path), kind),
		})
		return
	}
	if o.File.Relocations.OwnTLS > 0 {
		b.wantStatic(o, o)
	}
	// The table of data stands before that of calls.
	for _, calls := range []bool{false, true} {
		for i := range o.File.Imports {
			sym := &o.File.Imports[i]
			if sym.Refs != 0 && (sym.Refs == elfcheck.RefCall) == calls {
				b.bind(o, sym, calls && lazy)
			}
		}
	}
	for i := range o.File.Exports {
		// What an object defines and refers to it finds at least in itself,
		// unless the definition is one that does not count.
		if sym := &o.File.Exports[i]; sym.Refs&(elfcheck.RefCopy|elfcheck.RefOwnTP) != 0 || sym.Refs != 0 && !binds(sym) {
			b.bind(o, sym, false)
		}
	}
}

// bind looks a symbol up. One that may wait until it is called stops nothing.
func (b *binder) bind(o *Object, sym *elfcheck.Symbol, later bool) {
	ref := reference{name: sym.Name, version: sym.Version, hash: nameHash(sym.Name)}
	switch {
	case sym.Refs&elfcheck.RefCopy != 0:
		ref.class = elfcheck.RefCopy
	case sym.Refs&(elfcheck.RefData|elfcheck.RefSlot) != 0:
		ref.class = elfcheck.RefData
	}
	ref.direct = ref.class == elfcheck.RefCopy || sym.Refs == elfcheck.RefCall && sym.Value != 0
	if b.before("2.41") {
		ref.library = sym.Library
	}
	provider := b.provider(o, ref)
	failure := b.asserts(o, ref, provider)
	if failure == nil {
		failure = b.copied(o, ref, provider)
	}
	if provider == nil && sym.Bind != elf.STB_WEAK {
		failure = b.undefined(o, sym)
	}
	switch {
	case failure != nil && later:
		b.process.Deferred = append(b.process.Deferred, *failure)
	case failure != nil:
		b.process.fail(*failure)
	case provider != nil && sym.Refs&elfcheck.RefOwnTP != 0:
		b.wantStatic(provider, o)
	}
}

// asserts says why glibc before 2.41 aborts, or nil: it does not expect that the
// library that a version is asked of has none.
func (b *binder) asserts(o *Object, ref reference, provider *Object) *Failure {
	if provider == nil || ref.library == "" || !provider.unversioned() || !provider.answers(ref.library) {
		return nil
	}
	return &Failure{
		Category: LoaderAssert, Object: shown(o.Path), Subject: ref.name + "@" + ref.version, Provider: shown(provider.Path),
		Message: "Inconsistency detected by ld.so: dl-lookup.c: check_match: Assertion `version->filename == NULL || ! _dl_name_match_p (version->filename, map)' failed!",
		Why:     fmt.Sprintf("%s has no versions, and is the library that %s asks one of", shown(provider.Path), shown(o.Path)),
	}
}

// undefined words a symbol that nothing has.
func (b *binder) undefined(o *Object, sym *elfcheck.Symbol) *Failure {
	f := &Failure{
		Category: MissingSymbol, Object: shown(o.Path), Subject: sym.Name,
		Message: fmt.Sprintf("%s: undefined symbol: %s", shown(o.Path), sym.Name),
		Why:     fmt.Sprintf("none of the %d objects in its scope defines it", len(b.scope)),
	}
	if sym.Version != "" {
		f.Message += ", version " + sym.Version
		f.Subject += "@" + sym.Version
		f.Provider = sym.Library
		if provider := b.named(sym.Library); provider != nil {
			f.Provider = shown(provider.Path)
		}
	}
	return f
}

// provider returns the first object of the scope that has a symbol.
func (b *binder) provider(o *Object, ref reference) *Object {
	if o.File.DynFlags&elf.DF_SYMBOLIC != 0 && ref.class != elfcheck.RefCopy && o.has(ref) {
		return o
	}
	if found, ok := b.known[ref]; ok {
		return found
	}
	var found *Object
	for _, candidate := range b.scope {
		if ref.class == elfcheck.RefCopy && candidate == b.process.Objects[0] {
			continue // the program is where the copy goes
		}
		if candidate.has(ref) {
			found = candidate
			break
		}
	}
	b.known[ref] = found
	return found
}

// has reports whether an object has a symbol as glibc's check_match sees it.
func (o *Object) has(ref reference) bool {
	if !o.File.GNUHash && !o.File.SysVHash {
		return false
	}
	versioned := 0
	symbols := &o.image.symbols
	for sym := symbols.first(ref.name, ref.hash); sym != nil; sym = symbols.after(sym, ref.name, ref.hash) {
		if !binds(sym) {
			continue
		}
		switch match(o.File, sym, ref.version) {
		case matches:
			return true
		case matchesAlone:
			versioned++
		}
	}
	if versioned == 1 {
		return true
	}
	// The address of a function that a program takes is that of its own
	// linkage table: the symbol is undefined and has a value.
	return ref.class == elfcheck.RefData && o.canonical(ref)
}

// canonical reports whether an object's undefined symbol has a value.
func (o *Object) canonical(ref reference) bool {
	for i := range o.File.Imports {
		if sym := &o.File.Imports[i]; sym.Name == ref.name {
			return sym.Value != 0 && binds(sym) && match(o.File, sym, ref.version) == matches
		}
	}
	return false
}

// binds reports whether a definition counts at all.
func binds(sym *elfcheck.Symbol) bool {
	if sym.Value == 0 && !sym.Absolute && sym.Type != elf.STT_TLS {
		return false
	}
	switch sym.Type {
	case elf.STT_NOTYPE, elf.STT_OBJECT, elf.STT_FUNC, elf.STT_COMMON, elf.STT_TLS, elf.STT_GNU_IFUNC:
		return boundByAll(sym.Bind)
	}
	return false
}

// boundByAll reports whether others bind to symbols of a kind. 10 is
// STB_GNU_UNIQUE.
func boundByAll(bind elf.SymBind) bool {
	return bind == elf.STB_GLOBAL || bind == elf.STB_WEAK || bind == 10
}

// unversioned reports whether an object has no version table.
func (o *Object) unversioned() bool {
	return len(o.File.VersionDefs) == 0 && len(o.File.VersionNeeds) == 0
}

// protects reports whether the definition of a name is a protected one.
func (o *Object) protects(name string) bool {
	sym := o.image.symbols.first(name, nameHash(name))
	return sym != nil && sym.Visibility == elf.STV_PROTECTED
}

type matching int

const (
	differs matching = iota
	matches
	matchesAlone // if no other symbol of the name does
)

// match holds the version of a definition against the one asked for. Numbers 0
// to 2 of the version table are local, the base and the first version, which an
// unversioned reference takes even if it is hidden.
func match(f *elfcheck.File, sym *elfcheck.Symbol, version string) matching {
	if len(f.VersionDefs) == 0 && len(f.VersionNeeds) == 0 {
		return matches // no version table
	}
	if version == "" {
		switch {
		case sym.Number <= 2:
			return matches
		case !sym.Hidden:
			return matchesAlone
		}
		return differs
	}
	if sym.Version == version || sym.Number <= 1 && !sym.Hidden {
		return matches
	}
	return differs
}

// known relocation types that a loader handles, by machine. Origin: the
// dl-machine.h of glibc.
var handled = map[elf.Machine][]uint32{
	elf.EM_X86_64:  {0, 1, 2, 5, 6, 7, 8, 10, 16, 17, 18, 32, 33, 36, 37, 38},
	elf.EM_AARCH64: {0, 257, 258, 1024, 1025, 1026, 1027, 1028, 1029, 1030, 1031, 1032},
}

func (b *binder) badRelocation(o *Object) (uint32, bool) {
	good := handled[o.File.Machine]
	if good == nil {
		return 0, false
	}
	for _, kind := range o.File.Relocations.Types {
		if !slices.Contains(good, kind) {
			return kind, true
		}
	}
	return 0, false
}
