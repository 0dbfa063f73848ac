package ldso

import (
	"debug/elf"
	"fmt"
	"io"
	"slices"

	"github.com/abivet/abivet/elfcheck"
)

// bindAll relocates objects, the last first, as glibc does: each symbol that a
// relocation names is looked up in the scope.
func (s *state) bindAll(objects, scope []*Object, lazy func(*Object) bool) {
	s.relocating(false, func() { s.bind(objects, scope, lazy) })
}

// relocating has objects relocated once all that they are bound by was read. The
// file that is asked about stays open for that where its hash table is damaged.
func (s *state) relocating(musl bool, relocate func()) {
	if !s.take((*image).bind) {
		return
	}
	if !s.image.damaged {
		relocate()
		return
	}
	_ = s.image.with(func(r io.ReaderAt) error {
		s.looking = newFinder(newMemory(r, s.image.size, s.image.file), s.image.file, musl)
		relocate()
		return nil
	})
}

func (s *state) bind(objects, scope []*Object, lazy func(*Object) bool) {
	b := binder{state: s, scope: newScope(scope, objects), tls: s.staticTLS(), asserting: s.before("2.41")}
	defer b.scope.release()
	if s.looking != nil {
		s.passing(objects, scope)
	}
	for i, o := range slices.Backward(objects) {
		if o.Path == s.loader.path && o != s.process.Objects[0] {
			continue // it has relocated itself
		}
		b.asker = i
		b.relocate(o, lazy(o))
	}
}

// A reference is what a symbol is looked up by: hashes of its name and version.
type reference struct {
	name, version uint64
	class         elfcheck.Refs // RefData, RefCopy, or 0 for calls and thread-local storage
}

type binder struct {
	*state
	scope     scope
	asker     int // the place among those of the scope of the object that is relocated
	tls       tlsRoom
	asserting bool // it looks at the library that a version is asked of
}

func (b *binder) relocate(o *Object, lazy bool) {
	if l := o.File.Loading; l != nil && l.Unlike > 0 && o.File.Machine != elf.EM_X86_64 && o.File.Machine != elf.EM_386 {
		b.process.fail(*crash(shown(o.Path), "DT_RELACOUNT says more relative relocations than the table has"))
		return
	}
	if l := o.File.Loading; l != nil && l.Unlike > 0 {
		b.process.fail(Failure{
			Category: LoaderAssert, Object: shown(o.Path),
			Message: "Inconsistency detected by ld.so: dl-machine.h: elf_machine_rela_relative: Assertion `ELFW(R_TYPE) (reloc->r_info) == R_X86_64_RELATIVE' failed!",
			Why:     fmt.Sprintf("%d of the relocations that DT_RELACOUNT says are relative are not", l.Unlike),
		})
		return
	}
	// On PowerPC it does not look at calls that wait, and they are not told from the rest.
	if kind, ok := b.badRelocation(o); ok && !(lazy && o.File.Machine == elf.EM_PPC64) {
		b.process.fail(Failure{
			Category: BadReloc, Object: shown(o.Path), Subject: fmt.Sprint(kind),
			Message: fmt.Sprintf("%s: unexpected reloc type 0x%02x", shown(o.Path), kind),
		})
		return
	}
	if l := o.File.Loading; l != nil && l.OddCalls > 0 && lazy {
		b.process.fail(Failure{
			Category: BadReloc, Object: shown(o.Path), Subject: fmt.Sprint(l.OddCall),
			Message: fmt.Sprintf("%s: unexpected PLT reloc type 0x%02x", shown(o.Path), l.OddCall),
		})
	}
	if o.File.Relocations.OwnTLS > 0 {
		b.wantStatic(o, o)
	}
	refs := o.image.symbols.refs
	// The table of data stands before that of calls.
	for _, calls := range []bool{false, true} {
		for i := range refs {
			if r := &refs[i]; r.flags&refDefined == 0 && (r.refs == elfcheck.RefCall) == calls {
				b.bind(o, i, calls && lazy)
			}
		}
	}
	for i := range refs {
		if r := &refs[i]; r.flags&refDefined != 0 && (o.image.damaged || r.refs&(elfcheck.RefCopy|elfcheck.RefOwnTP) != 0 || r.flags&refBinds == 0) {
			b.bind(o, i, o.image.damaged && r.refs == elfcheck.RefCall && lazy)
		}
	}
	b.calls(o, lazy)
	b.relro(o)
	b.astray(o)
}

// bind looks up what one reference of an object is to. What may wait until it
// is called stops nothing.
func (b *binder) bind(o *Object, i int, later bool) {
	t := &o.image.symbols
	r := &t.refs[i]
	ref := reference{name: r.hash, version: t.versions[r.version].hash}
	switch {
	case r.refs&elfcheck.RefCopy != 0:
		ref.class = elfcheck.RefCopy
	case r.refs&(elfcheck.RefData|elfcheck.RefSlot) != 0:
		ref.class = elfcheck.RefData
	}
	var provider *Object
	if name := b.scope.reference(b.asker, i); b.looking == nil {
		provider = b.provider(o, ref, name)
	} else {
		provider = b.lookUp(o, i, ref, name, later)
	}
	failure := b.asserts(o, i, provider)
	// A copy, or the address that a program has for a function.
	if direct := ref.class == elfcheck.RefCopy || r.refs == elfcheck.RefCall && r.flags&refValue != 0; failure == nil && direct {
		failure = b.copied(o, i, provider)
	}
	if provider == nil && r.flags&refWeak == 0 {
		failure = b.undefined(o, i)
	}
	switch {
	case failure != nil && later:
		b.process.Deferred = append(b.process.Deferred, *failure)
	case failure != nil:
		b.process.fail(*failure)
	case provider != nil && r.refs&elfcheck.RefOwnTP != 0:
		b.wantStatic(provider, o)
	}
}

// asserts says why glibc before 2.41 aborts, or nil: it does not expect that the
// library that a version is asked of has none.
func (b *binder) asserts(o *Object, i int, provider *Object) *Failure {
	if provider == nil || !b.asserting || !provider.unversioned() {
		return nil
	}
	t := &o.image.symbols
	want := t.versions[t.refs[i].version]
	if want.library == "" || !provider.answers(want.library) {
		return nil
	}
	return &Failure{
		Category: LoaderAssert, Object: shown(o.Path), Subject: t.name(i) + "@" + want.version, Provider: shown(provider.Path),
		Message: "Inconsistency detected by ld.so: dl-lookup.c: check_match: Assertion `version->filename == NULL || ! _dl_name_match_p (version->filename, map)' failed!",
		Why:     fmt.Sprintf("%s has no versions, and is the library that %s asks one of", shown(provider.Path), shown(o.Path)),
	}
}

// undefined words a symbol that nothing has.
func (b *binder) undefined(o *Object, i int) *Failure {
	t := &o.image.symbols
	name, want := t.name(i), t.versions[t.refs[i].version]
	f := &Failure{
		Category: MissingSymbol, Object: shown(o.Path), Subject: name,
		Message: fmt.Sprintf("%s: undefined symbol: %s", shown(o.Path), name),
		Why:     fmt.Sprintf("none of the %d objects in its scope defines it", len(b.scope.objects)),
	}
	if want.version != "" {
		f.Message += ", version " + want.version
		f.Subject += "@" + want.version
		f.Provider = want.library
		if provider := b.named(want.library); provider != nil {
			f.Provider = shown(provider.Path)
		}
	}
	return f
}

// provider returns the first object of the scope that has a symbol.
func (b *binder) provider(o *Object, ref reference, name *lookup) *Object {
	if o.File.DynFlags&elf.DF_SYMBOLIC != 0 && ref.class != elfcheck.RefCopy && o.image.symbols.has(ref) {
		return o
	}
	if name.asked && name.version == ref.version && name.class == ref.class {
		return b.scope.object(name.found)
	}
	name.asked, name.version, name.class, name.found = true, ref.version, ref.class, absent
	for i, candidate := range b.scope.mayHave(name) {
		if ref.class == elfcheck.RefCopy && candidate == b.process.Objects[0] {
			continue // the program is where the copy goes
		}
		if candidate.image.symbols.has(ref) {
			name.found = int32(i)
			break
		}
	}
	return b.scope.object(name.found)
}

// has reports whether a file has a symbol as glibc's check_match sees it.
func (t *table) has(ref reference) bool {
	if !t.hashed {
		return false
	}
	versioned := 0
	bucket := t.bucket(ref.name)
	for i := range bucket {
		d := bucket[i]
		if d.key() != keyOf(ref.name) || d.flags()&defBinds == 0 {
			continue
		}
		switch t.match(d, ref.version) {
		case matches:
			return true
		case matchesAlone:
			versioned++
		}
	}
	if versioned == 1 {
		return true
	}
	if ref.class == elfcheck.RefData {
		for i := range t.canonical {
			if d := t.canonical[i]; d.key() == keyOf(ref.name) {
				return d.flags()&defBinds != 0 && t.match(d, ref.version) == matches
			}
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
func (o *Object) protects(hash uint64) bool {
	d := o.image.symbols.first(hash)
	return d != nil && d.flags()&defProtected != 0
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
func (t *table) match(d definition, version uint64) matching {
	if !t.versioned {
		return matches // no version table
	}
	if version == noVersion {
		switch {
		case d.flags()&(defLocal|defFirst) != 0:
			return matches
		case d.flags()&defHidden == 0:
			return matchesAlone
		}
		return differs
	}
	if t.versions[d.version()].hash == version || d.flags()&(defLocal|defHidden) == defLocal {
		return matches
	}
	return differs
}
