package elfcheck

import "debug/elf"

// symbolCount tells how many dynamic symbols there are. Nothing in the dynamic
// table says so: a loader reaches symbols through the hash table and the
// relocations alone.
//
// DT_HASH has the number, and on MIPS DT_MIPS_SYMTABNO. DT_GNU_HASH has it where it holds a symbol, as those
// that it does not hold come first. It may hold undefined ones too: GNU ld puts
// those there whose address is taken. Where it holds none, what the relocations
// name and what the section header of .dynsym says is all there is.
func (d *decoder) symbolCount() (int64, error) {
	n, err := d.hashedCount()
	have := d.dyn.symRest / d.symbolSize()
	if err == nil && n > have {
		err = d.damaged(d.dyn.symtab, "dynamic symbols: %d of them, their segment holds %d", n, have)
	}
	if err != nil && d.overlook(err) == nil { // a loader does not count them
		d.f.Loading.Unfound++
		n, err = d.relocationCount()
		n = min(n, have)
	}
	return n, err
}

func (d *decoder) hashedCount() (int64, error) {
	if d.dyn.hash != 0 && (d.f.Loading == nil || d.dyn.gnuHash == 0) {
		return d.sysvCount()
	}
	if d.dyn.symbols != 0 {
		return d.dyn.symbols, nil
	}
	var count int64
	if d.dyn.gnuHash != 0 {
		n, exact, err := d.gnuCount()
		if err != nil || exact {
			return n, err
		}
		count = n
	}
	n, err := d.sectionCount()
	if err != nil {
		return 0, err
	}
	if n == 0 {
		if n, err = d.relocationCount(); err != nil {
			return 0, err
		}
	}
	return max(count, n), nil
}

func (d *decoder) sysvCount() (int64, error) {
	// Alpha and 64-bit S/390 have entries of eight bytes here.
	w := int64(4)
	if d.f.Machine == elf.EM_ALPHA || d.f.Machine == elf.EM_S390 && d.wide {
		w = 8
	}
	b, err := d.record(d.dyn.hash, 2*w, "hash table")
	if err != nil {
		return 0, err
	}
	if w == 8 {
		return int64(min(d.big.Uint64(b[8:]), uint64(d.size))), nil
	}
	return int64(d.big.Uint32(b[4:])), nil
}

// gnuCount walks the chain that ends last. It is not exact where the table
// holds no symbol.
func (d *decoder) gnuCount() (count int64, exact bool, err error) {
	const what = "GNU hash table"
	off := d.dyn.gnuHash
	b, err := d.record(off, 16, what)
	if err != nil {
		return 0, false, err
	}
	buckets, first, bloom := int64(d.big.Uint32(b)), int64(d.big.Uint32(b[4:])), int64(d.big.Uint32(b[8:]))
	off += 16 + bloom*d.wordSize()
	if buckets > (d.size-min(off, d.size))/4 {
		return 0, false, d.damaged(off, "%s: %d buckets, the file ends at %#x", what, buckets, d.size)
	}
	last := int64(0)
	for done := int64(0); done < buckets; {
		n := min(buckets-done, chunkSize/4)
		if b, err = d.bytes(&d.chunk, off+done*4, n*4, what); err != nil {
			return 0, false, err
		}
		for i := range n {
			last = max(last, int64(d.big.Uint32(b[i*4:])))
		}
		done += n
	}
	if last == 0 {
		return first, false, nil
	}
	if last < first {
		err := d.damaged(off, "%s: symbol %d is in a bucket, the first that is hashed is %d", what, last, first)
		return first, false, d.overlook(err)
	}
	for chain := off + buckets*4 + (last-first)*4; ; chain += 4 {
		if b, err = d.record(chain, 4, what); err != nil {
			return 0, false, err
		}
		last++
		if b[0]&1 != 0 && !d.big || b[3]&1 != 0 && d.big {
			return last, true, nil
		}
	}
}

// sectionCount asks the section header that describes the dynamic symbols, if
// there is one.
func (d *decoder) sectionCount() (int64, error) {
	var count int64
	err := d.eachSection(func(s section) bool {
		if s.kind == elf.SHT_DYNSYM && int64(s.offset) == d.dyn.symtab {
			count = int64(s.size) / d.symbolSize()
			return false
		}
		return true
	})
	return count, err
}

// relocationCount returns the highest symbol number that a relocation names,
// plus one.
func (d *decoder) relocationCount() (int64, error) {
	count := int64(0)
	err := d.eachRelocation(func(r relocation) bool {
		count = max(count, int64(r.symbol)+1)
		return true
	})
	return count, err
}
