package elfcheck

import (
	"debug/elf"
	"io"
	"slices"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/abi/extension"
)

// extensions tells whose extension a shared object is. Most are nobody's, and
// that was seen when their symbols were read.
func (d *decoder) extensions(want Want) error {
	f := d.f
	if f.Kind != Shared || !f.Dynamic || d.dyn.symtab == 0 {
		return nil
	}
	if f.Go != nil && f.Go.Settings["-buildmode"] == "plugin" {
		f.Extensions = append(f.Extensions, extension.Info{
			Host: extension.Go, Built: f.Go.Version, Evidence: []string{"build information: -buildmode=plugin, package " + f.Go.Path},
		})
	}
	enters := len(d.hosts) > 0 && extension.Asked(d.hosts, d.imported)
	if d.dyn.strings == nil {
		var err error
		if enters, err = d.enters(); err != nil {
			return err
		}
	}
	if !enters {
		return nil
	}
	exports := f.Exports
	if want&WantExports == 0 {
		var err error
		if exports, err = d.exports(); err != nil {
			return err
		}
		defer func() { d.spare.exports = kept(exports) }()
	}
	img := extension.Image{Defined: appendNames(nil, exports), Libraries: f.Needed, BigEndian: f.BigEndian}
	d.listed = d.listed[:0]
	for i := range f.Imports {
		if s := &f.Imports[i]; s.Bind == elf.STB_WEAK {
			img.Weak = append(img.Weak, s.Name)
		} else {
			d.listed = append(d.listed, s.Name)
		}
	}
	img.Imported = d.listed
	img.Constants = Constants(f, d.r)
	img.Code = func(name string, b []byte) (int, error) {
		i := slices.IndexFunc(exports, func(s Symbol) bool { return s.Name == name })
		if i < 0 {
			return 0, nil
		}
		off, rest, ok := d.offset(exports[i].Value)
		if !ok {
			return 0, nil
		}
		b = b[:min(int64(len(b)), rest)]
		n, err := d.r.ReadAt(b, off)
		if n == len(b) {
			err = nil
		}
		return n, err
	}
	img.Pointers, img.ReadAt, img.PointerSize = d.pointers, d.readAt, int(d.wordSize())
	if f.DynFlags&elf.DF_SYMBOLIC == 0 {
		img.Preempted = d.preempted
	}
	infos, err := extension.Recognise(img)
	if err != nil {
		return &abi.FormatError{Format: "elf", What: "extension", Err: err}
	}
	f.Extensions = append(f.Extensions, infos...)
	return nil
}

// pointers hands over the places that relocations write to.
func (d *decoder) pointers(do func(extension.Pointer) error) error {
	var failed error
	err := d.eachRelocation(func(r relocation) bool {
		p := extension.Pointer{Place: r.offset, To: r.addend, Own: r.symbol == 0}
		if p.Own && d.dyn.rela == 0 {
			if off, rest, ok := d.offset(r.offset); ok && rest >= 4 { // such a table is of 32 bits
				if b, err := d.record(off, 4, "relocated place"); err == nil {
					p.To = uint64(d.big.Uint32(b))
				}
			}
		}
		failed = do(p)
		return failed == nil
	})
	if err == nil {
		err = failed
	}
	return err
}

// preempted hands over the names of defined symbols that a relocation refers to.
func (d *decoder) preempted(do func(string)) error {
	refers := map[uint32]bool{}
	if err := d.eachRelocation(func(r relocation) bool {
		if r.symbol != 0 {
			refers[r.symbol] = true
		}
		return true
	}); err != nil {
		return err
	}
	count, err := d.symbolCount()
	if err != nil {
		return err
	}
	entry := d.symbolSize()
	per := chunkSize / entry
	for first := int64(0); first < count; first += per {
		symbols, err := d.bytes(&d.chunk, d.dyn.symtab+first*entry, min(per, count-first)*entry, "symbols")
		if err != nil {
			return err
		}
		for n := uint32(first); len(symbols) > 0; symbols, n = symbols[entry:], n+1 {
			info, other, section := symbols[12], symbols[13], d.big.Uint16(symbols[14:entry])
			if d.wide {
				info, other, section = symbols[4], symbols[5], d.big.Uint16(symbols[6:])
			}
			if !refers[n] || section == uint16(elf.SHN_UNDEF) || elf.ST_BIND(info) == elf.STB_LOCAL || elf.ST_VISIBILITY(other) != elf.STV_DEFAULT {
				continue
			}
			name, err := d.str(uint64(d.big.Uint32(symbols)), "symbol")
			if err != nil {
				return err
			}
			do(string(name))
		}
	}
	return nil
}

// readAt reads what the file has at an address.
func (d *decoder) readAt(b []byte, addr uint64) (bool, error) {
	off, rest, ok := d.offset(addr)
	if !ok || rest < int64(len(b)) {
		return false, nil
	}
	n, err := d.r.ReadAt(b, off)
	if n == len(b) {
		err = nil
	}
	return true, err
}

// enters reports whether a symbol that the file defines, or asks for, speaks for
// an extension, of a file whose string table is too large to be held: where no
// string does, no symbol is looked at again.
func (d *decoder) enters() (bool, error) {
	if suspect, err := d.suspectExtension(); err != nil || !suspect {
		return false, err
	}
	for i := range d.f.Imports {
		if extension.IsEntry(d.f.Imports[i].Name) {
			return true, nil
		}
	}
	defer func(named int64) { d.named = named }(d.named) // what is not kept takes no room
	count, err := d.symbolCount()                        // imports have been read, so the table is whole
	if err != nil {
		return false, err
	}
	entry := d.symbolSize()
	per := chunkSize / entry
	for first := int64(0); first < count; first += per {
		symbols, err := d.bytes(&d.chunk, d.dyn.symtab+first*entry, min(per, count-first)*entry, "symbols")
		if err != nil {
			return false, err
		}
		for ; len(symbols) > 0; symbols = symbols[entry:] {
			info, section := symbols[12], d.big.Uint16(symbols[14:entry])
			if d.wide {
				info, section = symbols[4], d.big.Uint16(symbols[6:])
			}
			if section == uint16(elf.SHN_UNDEF) || elf.ST_BIND(info) == elf.STB_LOCAL {
				continue
			}
			name, err := d.str(uint64(d.big.Uint32(symbols)), "symbol")
			if err != nil || extension.IsOffered(name) {
				return err == nil, err
			}
		}
	}
	return false, nil
}

// Constants are the parts of a file that a loader maps, as package extension
// looks through them: those with code, last, only where no other segment is
// neither code nor written to. Linkers that make such a one put all constants in
// it.
func Constants(f *File, r io.ReaderAt) []extension.Region {
	var constants, code []extension.Region
	parted := false
	for _, s := range f.Segments {
		if s.Type != ptLoad || s.FileSize == 0 {
			continue
		}
		region := extension.Region{Data: r, Offset: int64(s.Offset), Size: int64(s.FileSize)}
		if s.Flags&elf.PF_X != 0 {
			code = append(code, region)
			continue
		}
		constants = append(constants, region)
		parted = parted || s.Flags&elf.PF_W == 0
	}
	if parted {
		return constants
	}
	return append(constants, code...)
}

// suspectExtension looks through the string table piece by piece.
func (d *decoder) suspectExtension() (bool, error) {
	t := &d.dyn
	const overlap = 256 // of names: one that is longer is found by its beginning
	for at := int64(0); at < t.strsz; at += chunkSize - overlap {
		b, err := d.bytes(&d.chunk, t.strtab+at, min(chunkSize, t.strsz-at), "string table")
		if err != nil || extension.Suspect(b, d.imported) {
			return err == nil, err
		}
	}
	return false, nil
}

func (d *decoder) imported(yield func(string) bool) {
	for i := range d.f.Imports {
		if !yield(d.f.Imports[i].Name) {
			return
		}
	}
}
