package elfcheck

import (
	"debug/elf"
	"math/bits"
	"slices"
)

// relatives is how many of the first relocations are relative, as the dynamic table
// says, and how many of them stand in the table.
func (d *decoder) relatives() (count, here int64) {
	t, w := &d.dyn, d.wordSize()
	tag, here := elf.DT_RELACOUNT, t.relasz/(3*w)
	switch {
	case t.rela == 0 && t.rel == 0:
		return 0, 0
	case t.rela == 0:
		tag, here = elf.DT_RELCOUNT, t.relsz/(2*w)
	case t.jmprel > t.rela && t.jmprel+t.pltrelsz == t.rela+t.relasz:
		here = (t.jmprel - t.rela) / (3 * w)
	}
	n, _ := d.f.Loading.Tag(tag)
	count = int64(min(n, 1<<31))
	return count, min(count, here)
}

// unlike counts a relocation that is not relative among the first.
func (c *relocationCounter) unlike() {
	if int64(c.f.Relocations.Count) <= c.here && c.like != 0 {
		c.f.Loading.Unlike++
	}
}

// unlikeBehind counts those behind the end of the table that are not relative: glibc
// goes by their number alone.
func (d *decoder) unlikeBehind(count, like int64) error {
	t, entry := &d.dyn, 2*d.wordSize()
	off, size, rest, addend := t.rel, t.relsz, t.relRest, false
	if t.rela != 0 {
		off, size, rest, addend, entry = t.rela, t.relasz, t.relaRest, true, entry+d.wordSize()
	}
	size -= size % entry
	if count*entry > rest-size {
		d.f.Loading.Unlike++
		return nil
	}
	_, err := d.relocationTable(off+size, count*entry, addend, func(r relocation) bool {
		if int64(r.kind) != like {
			d.f.Loading.Unlike++
		}
		return true
	})
	return err
}

// packed counts in Loading.PackedAstray what of the packed relative relocations is in no
// place that can be written to. Origin: ELF_DYNAMIC_DO_RELR of glibc.
func (d *decoder) packed(places *writer) error {
	t, w := &d.dyn, d.wordSize()
	_, there := d.f.Loading.Tag(dtRELR)
	_, sized := d.f.Loading.Tag(dtRELRSZ)
	if there && !sized {
		d.f.Loading.PackedAstray++ // glibc looks for the size
	}
	if t.relr == 0 || t.relrsz == 0 {
		return nil
	}
	var where uint64 // none before the first address
	per := chunkSize / w * w
	for done := int64(0); done < t.relrsz; done += per {
		b, err := d.bytes(&d.chunk, t.relr+done, min(per, t.relrsz-done), "relative relocations")
		if err != nil {
			return err
		}
		for ; int64(len(b)) >= w; b = b[w:] {
			entry := d.word(b)
			if entry&1 == 0 {
				if !places.writes(entry) || d.overTable(1, entry) {
					d.f.Loading.PackedAstray++
				}
				where = entry + uint64(w)
				continue
			}
			if bitmap := entry >> 1; bitmap != 0 {
				first, last := uint64(bits.TrailingZeros64(bitmap)), uint64(bits.Len64(bitmap)-1)
				if where == 0 || d.overTable(bitmap, where) || !places.writes(where+first*uint64(w)) || !places.writes(where+last*uint64(w)) {
					d.f.Loading.PackedAstray++
				}
			}
			where += uint64(8*w-1) * uint64(w)
		}
	}
	return nil
}

// overTable reports whether one of the words from an address on that a bitmap has is
// in the dynamic table, and one that a loader looks at afterwards.
func (d *decoder) overTable(bitmap, addr uint64) bool {
	table, w := d.dyn.addr, uint64(d.wordSize())
	for ; bitmap != 0; bitmap &= bitmap - 1 {
		at := addr + uint64(bits.TrailingZeros64(bitmap))*w - table
		if i := at / (2 * w); i < uint64(len(d.f.Loading.Tags)) && at%(2*w) >= w && slices.Contains(relocating, d.f.Loading.Tags[i].Tag) {
			return true
		}
	}
	return false
}

// relocating are the tags that tell of relocations and what they need.
var relocating = []elf.DynTag{
	elf.DT_STRTAB, elf.DT_SYMTAB, elf.DT_VERSYM, elf.DT_RELA, elf.DT_RELASZ, elf.DT_REL, elf.DT_RELSZ, elf.DT_JMPREL, elf.DT_PLTREL, elf.DT_PLTRELSZ,
}
