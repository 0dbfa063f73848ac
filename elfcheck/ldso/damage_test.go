package ldso

import (
	"debug/elf"
	"encoding/binary"

	"github.com/abivet/abivet/internal/elfbuild"
)

// dynamic changes entries of the dynamic table.
func dynamic(m elfbuild.Image, change func(tag elf.DynTag, value uint64) (elf.DynTag, uint64)) []byte {
	b := build(m)
	var table elf.Prog64
	segment(m, elf.PT_DYNAMIC, func(p *elf.Prog64) { table = *p })
	for at := table.Off; at < table.Off+table.Filesz; at += 16 {
		tag, value := change(elf.DynTag(binary.LittleEndian.Uint64(b[at:])), binary.LittleEndian.Uint64(b[at+8:]))
		binary.LittleEndian.PutUint64(b[at:], uint64(tag))
		binary.LittleEndian.PutUint64(b[at+8:], value)
	}
	return b
}

// set gives a tag of the dynamic table another value.
func set(m elfbuild.Image, tag elf.DynTag, value uint64) []byte {
	return dynamic(m, func(t elf.DynTag, v uint64) (elf.DynTag, uint64) {
		if t == tag {
			return t, value
		}
		return t, v
	})
}

// without makes a tag one that nobody knows.
func without(m elfbuild.Image, tag elf.DynTag) []byte {
	return dynamic(m, func(t elf.DynTag, v uint64) (elf.DynTag, uint64) {
		if t == tag {
			return 0x6000fff0, v
		}
		return t, v
	})
}

// at changes a word of the table that a tag gives the address of.
func at(m elfbuild.Image, tag elf.DynTag, offset int, value uint32) []byte {
	b := build(m)
	dynamic(m, func(t elf.DynTag, v uint64) (elf.DynTag, uint64) {
		if t == tag {
			binary.LittleEndian.PutUint32(b[int(v)+offset:], value) // the first segment lies in memory as in the file
		}
		return t, v
	})
	return b
}

// damages are about what loaders stumble over in files that are damaged, and
// what of the damage they do not see.
func damages() map[string]loading {
	opened := func(main any) loading { return loading{files: files{"/c/main": main, "/d/liba.so": versioned}} }
	needed := func(library any) loading {
		return loading{files: files{"/c/main": asking, "/d/liba.so": library}}
	}
	lazy := func(l loading) loading { l.request.Lazy = true; return l }
	program := with(program("liba.so"), runpath("/d"))
	relative := elfbuild.Relocation{Type: uint32(elf.R_X86_64_RELATIVE)}
	calling := with(so("m", "liba.so"), runpath("/d"), calls(ref("none")))
	relocating := with(so("m"), func(m *elfbuild.Image) { m.Relocations = []elfbuild.Relocation{relative, relative} })
	astray := func(offset uint64) loading {
		return opened(at(relocating, elf.DT_RELA, 24, uint32(offset)))
	}
	return map[string]loading{
		"a version's hash":                          opened(at(asking, elf.DT_VERNEED, 16, 7)),
		"the hash of a version of a library":        needed(at(versioned, elf.DT_VERDEF, 28+8, 7)),
		"the number of a record of versions":        opened(at(asking, elf.DT_VERNEED, 0, 1<<16|9)),
		"no number of version needs":                opened(set(asking, elf.DT_VERNEEDNUM, 0)),
		"too large a number of version needs":       opened(set(asking, elf.DT_VERNEEDNUM, 99)),
		"too large a number of version definitions": needed(set(versioned, elf.DT_VERDEFNUM, 99)),
		"no table of symbols' versions":             opened(without(asking, elf.DT_VERSYM)),
		"a size of symbols that nobody heeds":       opened(set(asking, elf.DT_SYMENT, 32)),
		"a size of the string table":                opened(set(asking, elf.DT_STRSZ, 1)),
		"no size of the string table":               opened(without(asking, elf.DT_STRSZ)),
		"no string table":                           opened(without(asking, elf.DT_STRTAB)),
		"no symbol table":                           opened(without(asking, elf.DT_SYMTAB)),
		"calls without addends":                     opened(set(calling, elf.DT_PLTREL, uint64(elf.DT_REL))),
		"calls of no form":                          opened(without(calling, elf.DT_PLTREL)),
		"calls of no form, lazily":                  lazy(opened(without(calling, elf.DT_PLTREL))),
		"calls without a size":                      opened(without(calling, elf.DT_PLTRELSZ)),
		"calls without a table":                     opened(without(calling, elf.DT_JMPREL)),
		"relocations without a size":                opened(without(relocating, elf.DT_RELASZ)),
		"more relative relocations than there are":  opened(with(relocating, tag(elf.DT_RELACOUNT, 9))),
		"a relative count of a table without calls": opened(with(calling, tag(elf.DT_RELACOUNT, 1))),
		"a program at address 0":                    opened(patched(program, 16, 2)),
		"an interpreter that is cut short":          opened(segment(program, elf.PT_INTERP, func(p *elf.Prog64) { p.Filesz-- })),
		"a segment of endless memory":               needed(segment(versioned, elf.PT_LOAD, func(p *elf.Prog64) { p.Memsz = 1 << 62 })),
		"a size of relocations":                     opened(set(relocating, elf.DT_RELAENT, 32)),
		"no size of relocations":                    opened(without(relocating, elf.DT_RELAENT)),
		"a size of packed relocations":              opened(with(so("m"), tag(36, 0), tag(35, 0), tag(37, 4))),
		"relative relocations that are":             opened(with(relocating, tag(elf.DT_RELACOUNT, 2))),
		"relative relocations that are not":         opened(at(with(relocating, tag(elf.DT_RELACOUNT, 2)), elf.DT_RELA, 24+8, 6)),
		"a filter of three words":                   needed(at(versioned, elf.DT_GNU_HASH, 8, 3)),
		"a relocation of the header":                astray(0),
		"a relocation of nothing":                   astray(1 << 30),
		"a note that is cut short":                  opened(noted(so("m"))),
		"a library's note that is cut short":        needed(noted(versioned)),
		"the dynamic table at address 0":            opened(segment(asking, elf.PT_DYNAMIC, func(p *elf.Prog64) { p.Vaddr = 0 })),
		"the dynamic table elsewhere in the file":   opened(segment(asking, elf.PT_DYNAMIC, func(p *elf.Prog64) { p.Off = 0 })),
		"a name of nothing":                         opened(named0(asking)),
		"a program that names nothing":              opened(named0(program)),
		"a program of class 3":                      opened(patched(program, elf.EI_CLASS, 3)),
		"a program of EI_VERSION 0":                 opened(patched(program, elf.EI_VERSION, 0)),
		"a program without PT_PHDR":                 opened(segment(program, elf.PT_PHDR, func(p *elf.Prog64) { p.Type = 0 })),
		"a program with PT_PHDR elsewhere":          opened(segment(program, elf.PT_PHDR, func(p *elf.Prog64) { p.Vaddr += 56 })),
		"a program with too small a segment":        opened(segment(program, elf.PT_LOAD, func(p *elf.Prog64) { p.Memsz = p.Filesz - 1 })),
		"a program with DT_RELAENT":                 opened(set(with(program, func(m *elfbuild.Image) { m.Relocations = relocating.Relocations }), elf.DT_RELAENT, 3)),
		"a library with too small a segment":        needed(segment(versioned, elf.PT_LOAD, func(p *elf.Prog64) { p.Memsz = p.Filesz - 1 })),
		"segments in the wrong order":               needed(swapped(versioned)),
		"a segment aligned to more than there is":   needed(segment(versioned, elf.PT_LOAD, func(p *elf.Prog64) { p.Align = 1 << 62 })),
	}
}

// versioned is a library with a version, and asking asks it of it.
var (
	versioned = with(so("liba.so"), defs("V1"), has(defv("f", "V1")))
	asking    = with(so("m", "liba.so"), runpath("/d"), needs("liba.so", v("V1")), takes(ref("f", "V1", "liba.so")))
)

// noted has a note that says it is longer than its segment.
func noted(m elfbuild.Image) []byte {
	m = with(m, note(elfbuild.BuildID(1, 2, 3, 4)))
	b := build(m)
	segment(m, elf.PT_NOTE, func(p *elf.Prog64) { binary.LittleEndian.PutUint32(b[p.Off+4:], 1<<20) })
	return b
}

// named0 asks for a library of no name before another.
func named0(m elfbuild.Image) []byte {
	m.Needed = append([]string{""}, m.Needed...)
	return build(m)
}

// swapped has its segments in the other order.
func swapped(m elfbuild.Image) []byte {
	b := build(m)
	var first []byte
	for at := 64; at < 64+56*12; at += 56 {
		header := b[at : at+56]
		if elf.ProgType(binary.LittleEndian.Uint32(header)) != elf.PT_LOAD {
			continue
		}
		if first == nil {
			first = header
			continue
		}
		var other [56]byte
		copy(other[:], first)
		copy(first, header)
		copy(header, other[:])
		break
	}
	return b
}
