package elfcheck

import (
	"debug/elf"
	"errors"

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
	// musl does not, and VersionRecord is the version of the first record of
	// version needs where that is not 1.
	VersionDamage string
	VersionRecord uint16
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
