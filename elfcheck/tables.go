package elfcheck

import "debug/elf"

// asLoaders undoes what of the dynamic table no loader heeds: the size of the string
// table; and relocations of calls of which is not said what they are.
func (d *decoder) asLoaders() {
	t := &d.dyn
	if t.strtab != 0 && (t.strsz == 0 || t.strsz > t.strRest) {
		_ = d.overlook(d.damaged(t.strtab, "string table: %d bytes, of which the segment has %d in the file", t.strsz, t.strRest))
		t.strsz = t.strRest
	}
	if t.pltrel == 0 && t.jmprel != 0 {
		_ = d.overlook(d.damaged(t.jmprel, "relocations of calls: no DT_PLTREL says of which form"))
		t.jmprel, t.pltrelsz = 0, 0
	}
}

// inSegments refuses tables that run over the end of the segment that they
// begin in. A loader that follows them reads what is not theirs, or crashes; and
// the relocations, which all loaders follow, are read by none of the rules here.
func (d *decoder) inSegments() error {
	t := &d.dyn
	for _, table := range [...]struct {
		name            string
		off, size, rest int64
	}{
		{"string table", t.strtab, t.strsz, t.strRest},
		{"relocations", t.rela, t.relasz, t.relaRest},
		{"relocations without addends", t.rel, t.relsz, t.relRest},
		{"relative relocations", t.relr, t.relrsz, t.relrRest},
		{"relocations of calls", t.jmprel, t.pltrelsz, t.jmpRest},
	} {
		if table.off == 0 && table.rest < 0 && table.size > 0 {
			return d.damaged(0, "%s: %d bytes at address 0", table.name, table.size)
		}
		if table.off != 0 && table.size > table.rest {
			return d.damaged(table.off, "%s: %d bytes, of which the segment has %d in the file", table.name, table.size, table.rest)
		}
	}
	if d.f.Loading != nil {
		return nil
	}
	if err := d.headsInSegments(); err != nil {
		return err
	}
	if t.jmprel != 0 && t.pltrelsz > 0 && t.pltrel != elf.DT_REL && t.pltrel != elf.DT_RELA {
		// glibc ends the process, and others take them for those of DT_REL.
		return d.damaged(t.jmprel, "relocations of calls: DT_PLTREL says %d of their form: want %d or %d", int64(t.pltrel), elf.DT_RELA, elf.DT_REL)
	}
	return nil
}

// headsInSegments refuses tables of which nothing but their contents say how
// long they are, and not so much as a first record lies in the segment.
func (d *decoder) headsInSegments() error {
	t := &d.dyn
	for _, table := range [...]struct {
		name             string
		off, least, rest int64
	}{
		{"hash table", t.hash, 8, t.hashRest},
		{"GNU hash table", t.gnuHash, 16, t.gnuRest},
		{"symbol versions", t.versym, 2, t.versymRest},
		{"version needs", t.verneed, 16, t.verneedRest},
		{"version definitions", t.verdef, 20, t.defsRest},
	} {
		if table.off != 0 && table.rest < table.least {
			return d.damaged(table.off, "%s: want at least %d bytes, of which the segment has %d in the file", table.name, table.least, table.rest)
		}
	}
	if t.verneed != 0 && t.needs == 0 { // loaders follow the chain, and do not count
		return d.damaged(t.verneed, "version needs: DT_VERNEED without a DT_VERNEEDNUM says where they are, but not how many")
	}
	return nil
}

// prefetch reads the string, symbol, hash and version tables at once where they
// stand together, as linkers lay them out: one read instead of five.
func (d *decoder) prefetch() error {
	t := &d.dyn
	if t.strtab == 0 {
		if t.strsz != 0 {
			return d.damaged(0, "dynamic table: DT_STRSZ without DT_STRTAB")
		}
		return nil
	}
	lo, hi := t.strtab, t.strtab+t.strsz
	for _, off := range []int64{t.symtab, t.gnuHash, t.hash, t.versym, t.verneed, t.verdef} {
		if off != 0 {
			lo, hi = min(lo, off), max(hi, off)
		}
	}
	hi = min(hi+1024, d.size) // the last of them has some length
	most := d.wholeStrings()
	if d.want&(WantRefs|WantRelocations) != 0 {
		// The relocations come next.
		if end := max(hi, t.rela+t.relasz, t.rel+t.relsz, t.jmprel+t.pltrelsz, t.relr+t.relrsz); min(most, maxTogether) >= end-lo {
			hi = min(end, d.size) // of a size without its table nobody has said where it ends
		}
	}
	if hi > d.headLen && hi-lo <= min(most, maxTogether) {
		d.metaOff = lo
		if err := d.pread(grow(&d.meta, hi-lo), lo, "dynamic symbols"); err != nil {
			return err
		}
	}
	if t.strsz > most {
		return nil
	}
	var err error
	t.strings, err = d.bytes(&d.strs, t.strtab, t.strsz, "string table")
	return err
}
