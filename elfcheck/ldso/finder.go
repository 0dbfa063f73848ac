package ldso

import (
	"debug/elf"

	"github.com/abivet/abivet/elfcheck"
	"github.com/abivet/abivet/internal/elfhash"
)

// A finder finds symbols in a file whose hash table is damaged as loaders do, by
// the bytes that are there.
type finder struct {
	*memory
	f                               *elfcheck.File
	gnu, sysv, symbols, names, vers uint64 // addresses; 0 is none
	versions                        map[uint16]string
	musl                            bool
	divides                         bool // by the number of buckets, which is 0
	later                           bool // what is looked for is looked for when it is called
	ended                           bool // the process has, in a lookup
}

// maxChain bounds the walk along a chain. What comes to itself again never ends.
const maxChain = 1 << 20

func newFinder(m *memory, f *elfcheck.File, musl bool) *finder {
	l := &finder{memory: m, f: f, musl: musl}
	l.gnu, _ = f.Loading.Tag(elf.DT_GNU_HASH)
	l.sysv, _ = f.Loading.Tag(elf.DT_HASH)
	l.symbols, _ = f.Loading.Tag(elf.DT_SYMTAB)
	l.names, _ = f.Loading.Tag(elf.DT_STRTAB)
	if len(f.VersionDefs)+len(f.VersionNeeds) > 0 || musl {
		l.vers, _ = f.Loading.Tag(elf.DT_VERSYM)
	}
	l.versions = map[uint16]string{}
	l.readVersions()
	return l
}

// readVersions finds the names of the versions that the file defines. Loaders have
// got through them when anything is looked up.
func (l *finder) readVersions() {
	at, ok := l.f.Loading.Tag(elf.DT_VERDEF)
	for n := 0; ok && n < len(l.f.VersionDefs); n++ {
		number, _ := l.half(at + 4)
		if def := l.f.VersionDefs[n]; !def.Base {
			l.versions[number&0x7fff] = def.Name
		}
		next, _ := l.word32(at + 16)
		at += uint64(next)
	}
}

// A wanted is a symbol that is looked up.
type wanted struct {
	name, version string
	class         elfcheck.Refs // as in reference
}

// find looks a symbol up, and reports whether the loader gets to the end of that.
func (l *finder) find(w wanted) (found, ends bool) {
	versioned, read := 0, true
	try := func(i uint64) (stop bool) {
		s, ok := l.symbol(i)
		if read = ok; !ok {
			return true
		}
		var m matching
		if l.musl {
			m, stop, read = l.checkMusl(s, w)
		} else {
			m, read = l.check(s, w)
		}
		if m == matchesAlone {
			versioned++
		}
		found = m == matches
		return found || stop || !read
	}
	switch {
	case l.gnu != 0:
		ends = l.findGNU(w.name, try)
	case l.sysv != 0:
		ends = l.findSysV(w.name, try)
	default:
		ends = !l.musl // it looks for no table before it reads one
	}
	return found || versioned == 1, ends && read
}

// findGNU goes through the symbols that may be of a name, up to the one that is.
func (l *finder) findGNU(name string, try func(uint64) (stop bool)) (ends bool) {
	hash, word := elfhash.GNU(name), uint64(l.f.Class/8)
	buckets, ok1 := l.word32(l.gnu)
	first, ok2 := l.word32(l.gnu + 4)
	words, ok3 := l.word32(l.gnu + 8)
	shift, ok4 := l.word32(l.gnu + 12)
	if !ok1 || !ok2 || !ok3 || !ok4 {
		return false
	}
	if buckets == 0 {
		l.divides = l.musl
		return !l.musl
	}
	filter, ok := l.word(l.gnu + 16 + uint64(hash/uint32(8*word)&(words-1))*word)
	if !ok {
		return false
	}
	if bits := uint32(8*word - 1); filter>>(hash&bits)&(filter>>(hash>>(shift&31)&bits))&1 == 0 {
		return true
	}
	start := l.gnu + 16 + uint64(words)*word
	i, ok := l.word32(start + uint64(hash%buckets)*4)
	if !ok || i == 0 {
		return ok
	}
	chain := start + uint64(buckets)*4 - uint64(first)*4
	for range maxChain {
		h, ok := l.word32(chain + uint64(i)*4)
		if !ok {
			return false
		}
		if (h^hash)>>1 == 0 && try(uint64(i)) || h&1 != 0 {
			return true
		}
		i++
	}
	return false
}

func (l *finder) findSysV(name string, try func(uint64) bool) (ends bool) {
	entry := uint64(4)
	if l.f.Machine == elf.EM_S390 && l.wide {
		entry = 8
	}
	read := func(at uint64) (uint64, bool) {
		if entry == 8 {
			return l.word(l.sysv + at*8)
		}
		w, ok := l.word32(l.sysv + at*4)
		return uint64(w), ok
	}
	buckets, ok := read(0)
	if !ok || buckets == 0 {
		l.divides = l.musl && ok
		return ok && !l.musl
	}
	i, ok := read(2 + uint64(elfhash.SysV(name))%buckets)
	for range maxChain {
		if !ok || i == 0 || try(i) {
			return ok
		}
		i, ok = read(2 + buckets + i)
	}
	return false
}

// symbolSize is that of a symbol in a file.
func symbolSize(f *elfcheck.File) int {
	if f.Class == 64 {
		return 24
	}
	return 16
}

// A found is a symbol of a damaged file as a lookup comes upon it.
type found struct {
	elfcheck.Symbol
	undefined bool
	name      uint64 // its address
	version   uint16
}

// symbol reads the symbol of a number, with its version.
func (l *finder) symbol(i uint64) (s found, ok bool) {
	b := make([]byte, symbolSize(l.f))
	if ok = l.bytes(l.symbols+i*uint64(len(b)), b); !ok {
		return s, false
	}
	s.name = l.names + uint64(l.order.Uint32(b))
	info, other, section := b[len(b)-4], b[len(b)-3], l.order.Uint16(b[len(b)-2:])
	if l.wide {
		info, other, section = b[4], b[5], l.order.Uint16(b[6:])
		s.Value = l.order.Uint64(b[8:])
	} else {
		s.Value = uint64(l.order.Uint32(b[4:]))
	}
	s.Bind, s.Type, s.Visibility = elf.ST_BIND(info), elf.ST_TYPE(info), elf.ST_VISIBILITY(other)
	s.Absolute, s.undefined = section == uint16(elf.SHN_ABS), section == uint16(elf.SHN_UNDEF)
	if l.vers != 0 {
		s.version, ok = l.half(l.vers + 2*i)
	}
	return s, ok
}

// check is check_match of glibc, with what do_lookup_x then asks.
func (l *finder) check(s found, w wanted) (m matching, ok bool) {
	if s.undefined && w.class == 0 || !binds(&s.Symbol) {
		return differs, true
	}
	if same, ok := l.is(s.name, w.name); !same || !ok {
		return differs, ok
	}
	if s.Visibility == elf.STV_HIDDEN || s.Visibility == elf.STV_INTERNAL {
		return differs, true
	}
	number, hidden := s.version&0x7fff, s.version&0x8000 != 0
	switch has := l.versions[number]; {
	case l.vers == 0:
		return matches, true
	case w.version == "" && number < 3:
		return matches, true
	case w.version != "" && has == w.version:
		return matches, true
	case !hidden && (w.version == "" || has == ""):
		return matchesAlone, true
	}
	return differs, true
}

// checkMusl is what musl asks of a symbol. It goes no further once the name is that.
func (l *finder) checkMusl(s found, w wanted) (m matching, stop, ok bool) {
	if s.version&0x8000 != 0 {
		return differs, false, true
	}
	if same, ok := l.is(s.name, w.name); !same || !ok {
		return differs, false, ok
	}
	if !muslBinds(&s.Symbol) || s.undefined && (w.class == 0 || s.Type == elf.STT_TLS) {
		return differs, true, true
	}
	return matches, true, true
}
