package elfcheck

import (
	"cmp"
	"debug/elf"
	"slices"
)

// A span is where a function stands in memory, and its name where a symbol
// gives one.
type span struct {
	start, end uint64
	name       string
}

// functionSpans finds the functions of a linked file, in their order: from the
// table for unwinding, which strip leaves, and from symbols. Only these are taken for
// code: what lies between them in a segment may be tables of data.
func (d *decoder) functionSpans(exports []Symbol) ([]span, error) {
	spans, err := d.frames()
	if err != nil {
		return nil, err
	}
	if !d.f.Notes.GoBuildID {
		// Go's symbols are of its own code, which says by GOAMD64 what it needs and
		// asks for the rest.
		for i := range exports {
			s := &exports[i]
			if s.Type == elf.STT_FUNC && s.Size > 0 && s.Value+s.Size > s.Value {
				spans = append(spans, span{start: s.Value, end: s.Value + s.Size, name: s.Name})
			}
		}
		if spans, err = d.symbolSpans(spans); err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(spans, func(a, b span) int { return cmp.Compare(a.start, b.start) })
	code := d.codeSegments()
	kept, reach := spans[:0], uint64(0)
	for _, s := range spans {
		for len(code) > 0 && code[0].VAddr <= s.start {
			reach = max(reach, code[0].VAddr+code[0].FileSize)
			code = code[1:]
		}
		last := len(kept) - 1
		switch {
		case s.end > reach: // no segment that is code has all of it
		case last < 0 || s.start >= kept[last].end:
			kept = append(kept, s)
		case s.start == kept[last].start && kept[last].name == "":
			kept[last].name = s.name
		}
	}
	return kept, nil
}

// codeSegments returns the segments that are code by their addresses.
func (d *decoder) codeSegments() []Segment {
	var code []Segment
	for _, s := range d.f.Segments {
		if s.Type == ptLoad && s.Flags&elf.PF_X != 0 {
			code = append(code, s)
		}
	}
	slices.SortFunc(code, func(a, b Segment) int { return cmp.Compare(a.VAddr, b.VAddr) })
	return code
}

// symbolSpans adds the functions of the full symbol table.
func (d *decoder) symbolSpans(spans []span) ([]span, error) {
	err := d.eachFunction(func(name []byte, f function) error {
		if f.size > 0 && f.value+f.size > f.value {
			spans = append(spans, span{start: f.value, end: f.value + f.size, name: string(name)})
		}
		return nil
	})
	return spans, err
}

// eachFunction calls do for each function that the full symbol table of a linked
// file defines, where the file was not stripped. No loader looks at the table, so one that
// does not lie in the file is none.
func (d *decoder) eachFunction(do func(name []byte, f function) error) error {
	sections, ok := d.sectionList()
	i := slices.IndexFunc(sections, func(s section) bool { return s.kind == elf.SHT_SYMTAB })
	if !ok || i < 0 {
		return nil
	}
	symtab := sections[i]
	if symtab.link >= uint32(len(sections)) || symtab.offset > uint64(d.size) || symtab.size > uint64(d.size)-symtab.offset ||
		symtab.size%uint64(d.symbolSize()) != 0 {
		return nil
	}
	defer d.aside()()
	if err := d.strings(sections[symtab.link]); err != nil {
		return nil
	}
	return d.eachObjectSymbol(symtab, func(_ uint32, info byte, f function) error {
		if elf.ST_TYPE(info) != elf.STT_FUNC || f.section == 0 {
			return nil
		}
		name, err := d.str(uint64(f.name), "symbol")
		if err != nil {
			return err
		}
		return do(name, f)
	})
}

// aside makes room for another string table than the dynamic one, which is there
// again, in its own memory, after what aside returns was called.
func (d *decoder) aside() (back func()) {
	dyn, named, strs := d.dyn, d.named, d.strs
	d.strs, d.named = d.others, 0
	return func() {
		d.others = d.strs
		d.dyn, d.named, d.strs = dyn, named, strs
	}
}

// sectionList returns the section headers of a linked file, or false where they
// are not there or make no sense.
func (d *decoder) sectionList() ([]section, bool) {
	var sections []section
	err := d.eachSection(func(s section) bool {
		sections = append(sections, s)
		return len(sections) <= maxSections
	})
	return sections, err == nil && len(sections) > 0 && len(sections) <= maxSections
}

// namedSection finds a section of a linked file that has bytes.
func (d *decoder) namedSection(name string) (section, bool) {
	sections, ok := d.sectionList()
	index := int(d.big.Uint16(d.head[24+3*d.wordSize()+14:]))
	if !ok || index >= len(sections) {
		return section{}, false
	}
	defer d.aside()()
	if err := d.strings(sections[index]); err != nil {
		return section{}, false
	}
	for _, s := range sections {
		if s.kind == elf.SHT_NULL || s.kind == elf.SHT_NOBITS || s.size == 0 {
			continue
		}
		if have, err := d.sectionName(s); err == nil && have == name {
			return s, true
		}
	}
	return section{}, false
}
