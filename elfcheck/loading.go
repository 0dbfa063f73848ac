package elfcheck

import (
	"debug/elf"
	"errors"
	"slices"

	"github.com/abivet/abivet/abi"
)

// Loading is what loaders stumble over, and what they do not see, in the tables
// of a linked file; WantLoading.
type Loading struct {
	// Overlooked says what is damaged where loaders do not look. Without
	// WantLoading Read refuses such a file.
	Overlooked []string
	Tags       []Tag // the dynamic table in its order
	// VersionDamage says what is damaged of the versions, which glibc reads and
	// musl does not. The first record of version needs is of version VersionRecord
	// where OddRecord says that this is not 1.
	VersionDamage string
	VersionRecord uint16
	OddRecord     bool
	// UnknownVersion says of a symbol that a relocation refers to that its version
	// is none of the file's.
	UnknownVersion string
	// Bloom is how many words the filter of DT_GNU_HASH has: a power of two.
	Bloom uint32
	// Headers is where the program headers are in the file.
	Headers uint64
	// Unlike counts the relocations that are not relative among as many of the
	// first as DT_RELACOUNT or DT_RELCOUNT says are. WantRelocations.
	Unlike int
	// Astray counts the relocations of places that are in no page of a segment, or
	// in a page that is not writable though the file does not say that it has
	// relocations in its code. WantRelocations.
	Astray int
	// OddCalls counts the relocations of calls that none may be that waits until it is
	// called, of the machines whose loaders look, and OddCall is the type of the first.
	// WantRelocations.
	OddCalls int
	OddCall  uint32
	// Wild counts what is called or copied while the file is relocated, and is no code, or
	// not there to copy: indirect functions and copies. WantRefs.
	Wild int
	// Nobody counts the relocations to symbols beyond their table. WantRefs.
	Nobody int
	// PackedAstray counts those of DT_RELR. WantRelocations.
	PackedAstray int
	// Unfound counts the symbols that the file defines and its hash table does not
	// find by their names. WantFindable.
	Unfound int
}

// A Tag is an entry of the dynamic table.
type Tag struct {
	Tag   elf.DynTag
	Value uint64
}

// Tag returns the value of a tag. Of one that stands more than once the last
// counts.
func (l *Loading) Tag(tag elf.DynTag) (value uint64, ok bool) {
	for _, t := range l.Tags {
		if t.Tag == tag {
			value, ok = t.Value, true
		}
	}
	return value, ok
}

// maxOverlooked bounds what is kept of a file that is damaged everywhere.
const maxOverlooked = 4

// overlook returns an error that loaders would not see as nil to whoever wants what
// they do.
func (d *decoder) overlook(err error) error {
	what, ok := d.damageOf(err)
	if !ok {
		return err
	}
	if l := d.f.Loading; len(l.Overlooked) < maxOverlooked {
		l.Overlooked = append(l.Overlooked, what)
	}
	return nil
}

// damageOf tells what is damaged to whoever wants what loaders do. An error of
// reading is none of the file's.
func (d *decoder) damageOf(err error) (what string, ok bool) {
	var damaged *abi.FormatError
	if d.f.Loading == nil || !errors.As(err, &damaged) || damaged.Err != nil {
		return "", false
	}
	return damaged.What, true
}

// ofVersions keeps an error of the versions for whoever wants what loaders do.
func (d *decoder) ofVersions(err error) error {
	if err == nil {
		return nil
	}
	what, ok := d.damageOf(err)
	if !ok {
		return err
	}
	if l := d.f.Loading; l.VersionDamage == "" {
		l.VersionDamage = what
	}
	return nil
}

// pageAlike is the least size of a page. Where they are larger, fewer places are
// astray than are counted.
const pageAlike = 4 << 10

// A writer tells which places the loader may write to.
type writer struct {
	segments   []Segment
	anywhere   bool   // DT_TEXTREL: it makes all of them writable
	start, end uint64 // of the segment that had the last one
}

func (w *writer) writes(addr uint64) bool { return addr-w.start < w.end-w.start || w.find(addr) }

func (w *writer) find(addr uint64) bool {
	for i := range w.segments {
		s := &w.segments[i]
		if s.Type != ptLoad || s.Flags&elf.PF_W == 0 && !w.anywhere {
			continue
		}
		start, end := s.VAddr&^(pageAlike-1), s.VAddr+max(s.MemSize, s.FileSize)
		if end += -end & (pageAlike - 1); addr >= start && addr < end {
			w.start, w.end = start, end
			return true
		}
	}
	return false
}

// relative has the relative relocations of machines on which glibc makes sure that
// they are some. Origin: elf_machine_rela_relative in its dl-machine.h.
var relative = map[elf.Machine]uint32{elf.EM_X86_64: 8, elf.EM_386: 8}

// unasserted has those of machines on which it takes the first for relative, whatever
// they are.
var unasserted = map[elf.Machine]uint32{elf.EM_AARCH64: 1027, elf.EM_PPC64: 22, elf.EM_S390: 12}

// layers finds out whether segments are mapped over one another.
func (d *decoder) layers() {
	end := uint64(0)
	for _, s := range d.f.Segments {
		if s.Type == ptLoad {
			d.layered = d.layered || s.VAddr&^(pageAlike-1) < end
			end = max(end, (s.VAddr+max(s.MemSize, s.FileSize)+pageAlike-1)&^(pageAlike-1))
		}
	}
}

// lastOffset is offset as segments are mapped, by whole pages and over one another: what
// was mapped last counts.
func (d *decoder) lastOffset(addr uint64) (off, rest int64, ok bool) {
	for _, s := range slices.Backward(d.f.Segments) {
		if s.Type != ptLoad || addr < s.VAddr&^(pageAlike-1) || addr >= (s.VAddr+max(s.MemSize, s.FileSize)+pageAlike-1)&^(pageAlike-1) {
			continue
		}
		end := s.VAddr + s.FileSize // what is behind that is zeros
		if s.MemSize <= s.FileSize {
			end = (end + pageAlike - 1) &^ (pageAlike - 1)
		}
		off = int64(s.Offset + addr - s.VAddr)
		rest = min(int64(end-addr), d.size-off)
		return off, rest, off > 0 && rest > 0
	}
	return 0, 0, false
}

// zero reports whether an address is in a page that a segment has, and nothing of the file.
func (d *decoder) zero(addr uint64) bool {
	return slices.ContainsFunc(d.f.Segments, func(s Segment) bool {
		end := (s.VAddr + max(s.MemSize, s.FileSize) + pageAlike - 1) &^ (pageAlike - 1)
		return s.Type == ptLoad && s.MemSize > 0 && addr >= s.VAddr && addr < end
	})
}
