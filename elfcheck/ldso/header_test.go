package ldso

import (
	"debug/elf"
	"encoding/binary"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/internal/elfbuild"
)

// patched is an image with bytes of its header changed: pairs of a place and a
// value.
func patched(m elfbuild.Image, pairs ...int) []byte {
	b := build(m)
	for i := 0; i < len(pairs); i += 2 {
		b[pairs[i]] = byte(pairs[i+1])
	}
	return b
}

// segment changes the first program header of a type.
func segment(m elfbuild.Image, kind elf.ProgType, change func(*elf.Prog64)) []byte {
	b := build(m)
	for at := 64; ; at += 56 {
		if elf.ProgType(binary.LittleEndian.Uint32(b[at:])) != kind {
			continue
		}
		p := elf.Prog64{Type: uint32(kind), Flags: binary.LittleEndian.Uint32(b[at+4:])}
		fields := []*uint64{&p.Off, &p.Vaddr, &p.Paddr, &p.Filesz, &p.Memsz, &p.Align}
		for i, f := range fields {
			*f = binary.LittleEndian.Uint64(b[at+8+8*i:])
		}
		change(&p)
		binary.LittleEndian.PutUint32(b[at:], p.Type)
		binary.LittleEndian.PutUint32(b[at+4:], p.Flags)
		for i, f := range fields {
			binary.LittleEndian.PutUint64(b[at+8+8*i:], *f)
		}
		return b
	}
}

// headers are about what the header of a library says. Each library stands
// before a good one, so that it shows whether the loader goes on.
func headers() map[string]loading {
	needed := func(first any) loading {
		return loading{files: files{"/c/main": with(so("m", "liba.so"), runpath("/d:/e")), "/d/liba.so": first, "/e/liba.so": lib}}
	}
	opened := func(main any) loading { return loading{files: files{"/c/main": main}} }
	kernel := func(v abi.Version, l loading) loading { l.request.Kernel = v; return l }
	m := so("m")
	return map[string]loading{
		"no ELF file":                          needed(patched(lib, 0, 'x')),
		"class 0":                              needed(patched(lib, elf.EI_CLASS, 0)),
		"class 3":                              needed(patched(lib, elf.EI_CLASS, 3)),
		"no byte order":                        needed(patched(lib, elf.EI_DATA, 0)),
		"the other byte order":                 needed(patched(lib, elf.EI_DATA, 2)),
		"EI_VERSION 0":                         needed(patched(lib, elf.EI_VERSION, 0)),
		"EI_VERSION 2":                         needed(patched(lib, elf.EI_VERSION, 2)),
		"OSABI of Linux":                       needed(patched(lib, elf.EI_OSABI, 3)),
		"OSABI of FreeBSD":                     needed(patched(lib, elf.EI_OSABI, 9)),
		"OSABI 255":                            needed(patched(lib, elf.EI_OSABI, 255)),
		"ABI version 1":                        needed(patched(lib, elf.EI_ABIVERSION, 1)),
		"ABI version 1 of Linux":               needed(patched(lib, elf.EI_OSABI, 3, elf.EI_ABIVERSION, 1)),
		"ABI version 3 of Linux":               needed(patched(lib, elf.EI_OSABI, 3, elf.EI_ABIVERSION, 3)),
		"ABI version 4 of Linux":               needed(patched(lib, elf.EI_OSABI, 3, elf.EI_ABIVERSION, 4)),
		"ABI version 9 of Linux":               needed(patched(lib, elf.EI_OSABI, 3, elf.EI_ABIVERSION, 9)),
		"padding that is not zero":             needed(patched(lib, 12, 1)),
		"relocatable object":                   needed(patched(lib, 16, 1)),
		"core dump":                            needed(patched(lib, 16, 4)),
		"type 0":                               needed(patched(lib, 16, 0)),
		"no machine":                           needed(patched(lib, 18, 0)),
		"machine BPF":                          needed(patched(lib, 18, 247)),
		"e_version 0":                          needed(patched(lib, 20, 0)),
		"e_flags":                              needed(patched(lib, 48, 1)),
		"e_ehsize 0":                           needed(patched(lib, 52, 0)),
		"program headers of 32 bytes":          needed(patched(lib, 54, 32)),
		"no program headers":                   needed(patched(lib, 56, 0)),
		"section headers nowhere":              needed(patched(lib, 40, 255, 41, 255, 42, 255, 43, 255)),
		"opened: section headers nowhere":      opened(patched(m, 40, 255, 41, 255, 42, 255, 43, 255)),
		"opened: OSABI of FreeBSD":             opened(patched(m, elf.EI_OSABI, 9)),
		"opened: the other byte order":         opened(patched(m, elf.EI_DATA, 2)),
		"opened: EI_VERSION 2":                 opened(patched(m, elf.EI_VERSION, 2)),
		"opened: for another class":            opened(i386),
		"opened: for another machine":          opened(arm64),
		"opened: for another byte order":       opened(s390x),
		"opened: program headers of 32 bytes":  opened(patched(m, 54, 32)),
		"opened: padding that is not zero":     opened(patched(m, 15, 7)),
		"opened: e_version 0":                  opened(patched(m, 20, 0)),
		"opened: 63 bytes":                     opened(build(m)[:63]),
		"opened: its program headers cut off":  opened(build(m)[:100]),
		"needed: 63 bytes":                     needed(build(m)[:63]),
		"needed: its program headers cut off":  needed(build(m)[:100]),
		"an ABI tag for another system":        needed(with(lib, note(elfbuild.ABITag(3, 3, 2, 0)))),
		"an ABI tag for a kernel to come":      kernel("6.1", needed(with(lib, note(elfbuild.ABITag(0, 99, 0, 0))))),
		"an ABI tag for an old kernel":         needed(with(lib, note(elfbuild.ABITag(0, 3, 2, 0)))),
		"opened: an ABI tag of another system": opened(with(m, note(elfbuild.ABITag(2, 3, 2, 0)))),
	}
}

func note(n elfbuild.Note) func(*elfbuild.Image) {
	return func(m *elfbuild.Image) { m.Notes = append(m.Notes[:len(m.Notes):len(m.Notes)], n) }
}

func of(t elf.Type) func(*elfbuild.Image) { return func(m *elfbuild.Image) { m.Type = t } }

// mappings are about what is mapped, and about what a loader refuses there.
func mappings() map[string]loading {
	opened := func(main any) loading { return loading{files: files{"/c/main": main}} }
	needed := func(library any) loading {
		return loading{files: files{"/c/main": with(so("m", "liba.so"), runpath("/d:/e")), "/d/liba.so": library, "/e/liba.so": lib}}
	}
	started := func(library any) loading {
		return loading{files: files{"/c/main": with(program("liba.so"), runpath("/d")), "/d/liba.so": library}}
	}
	m := so("m")
	stack := func(f elf.ProgFlag) elfbuild.Image { return with(m, func(m *elfbuild.Image) { m.Stack = f }) }
	note5 := func(pairs ...uint32) elfbuild.Image { return with(m, note(elfbuild.Property(pairs...))) }
	return map[string]loading{
		"at a fixed address":                           opened(with(m, of(elf.ET_EXEC))),
		"a library at a fixed address":                 needed(with(lib, of(elf.ET_EXEC))),
		"a started library at a fixed address":         started(with(lib, of(elf.ET_EXEC))),
		"a library that is a PIE":                      needed(with(lib, flags1(elf.DF_1_PIE))),
		"a library with an interpreter":                needed(with(lib, func(m *elfbuild.Image) { m.Interpreter = glibcLoader })),
		"DF_1_NOOPEN":                                  opened(with(m, flags1(elf.DF_1_NOOPEN))),
		"a library with DF_1_NOOPEN":                   needed(with(lib, flags1(elf.DF_1_NOOPEN))),
		"a started library with DF_1_NOOPEN":           started(with(lib, flags1(elf.DF_1_NOOPEN))),
		"no dynamic section":                           needed(elfbuild.Image{Static: true, Stack: plain}),
		"an empty dynamic section":                     needed(segment(lib, elf.PT_DYNAMIC, func(p *elf.Prog64) { p.Filesz = 0 })),
		"a dynamic section without a type":             needed(segment(lib, elf.PT_DYNAMIC, func(p *elf.Prog64) { p.Type = 0 })),
		"no loadable segment":                          needed(nowhere(lib)),
		"a segment that is not aligned to a page":      needed(segment(lib, elf.PT_LOAD, func(p *elf.Prog64) { p.Align = 0x123 })),
		"a segment aligned to nothing":                 needed(segment(lib, elf.PT_LOAD, func(p *elf.Prog64) { p.Align = 0 })),
		"a segment aligned to one":                     needed(segment(lib, elf.PT_LOAD, func(p *elf.Prog64) { p.Align = 1 })),
		"a segment aligned to 64 KiB":                  needed(segment(lib, elf.PT_LOAD, func(p *elf.Prog64) { p.Align = 0x10000 })),
		"address and offset agree in a page alone":     needed(segment(lib, elf.PT_LOAD, func(p *elf.Prog64) { p.Align, p.Vaddr = 0x10000, 0x1000 })),
		"address and offset do not agree":              needed(segment(lib, elf.PT_LOAD, func(p *elf.Prog64) { p.Vaddr = 0x123 })),
		"an executable stack":                          opened(stack(elf.PF_R | elf.PF_W | elf.PF_X)),
		"silence about the stack":                      opened(stack(0)),
		"a library with an executable stack":           needed(with(lib, func(m *elfbuild.Image) { m.Stack = 7 })),
		"a library that is silent about the stack":     needed(with(lib, func(m *elfbuild.Image) { m.Stack = 0 })),
		"a started library with an executable stack":   started(with(lib, func(m *elfbuild.Image) { m.Stack = 7 })),
		"a second library with an executable stack":    {files: files{"/c/main": with(so("m", "liba.so", "libb.so"), runpath("/d")), "/d/liba.so": lib, "/d/libb.so": with(so("libb.so"), func(m *elfbuild.Image) { m.Stack = 7 })}},
		"an executable stack and a missing library":    {files: files{"/c/main": with(so("m", "liba.so", "none.so"), runpath("/d")), "/d/liba.so": with(lib, func(m *elfbuild.Image) { m.Stack = 7 })}},
		"ISA of the baseline":                          opened(note5(0xc0008002, 1)),
		"ISA v2":                                       opened(note5(0xc0008002, 2)),
		"ISA v3":                                       opened(note5(0xc0008002, 4)),
		"ISA v4":                                       opened(note5(0xc0008002, 8)),
		"ISA of a bit that nobody knows":               opened(note5(0xc0008002, 16)),
		"ISA v4 is used and not needed":                opened(note5(0xc0010002, 8)),
		"a library for ISA of a bit that nobody knows": needed(with(lib, note(elfbuild.Property(0xc0008002, 16)))),
		"a started library for an ISA nobody knows":    started(with(lib, note(elfbuild.Property(0xc0008002, 16)))),
		"a program for an ISA nobody knows":            opened(with(program(), note(elfbuild.Property(0xc0008002, 16)))),
		"RELR alone":                                   opened(with(m, tag(36, 0), tag(35, 0), tag(37, 8))),
		"a bit of DT_FLAGS_1 that nobody knows":        opened(with(m, flags1(1<<30))),
		"DT_TEXTREL":                                   opened(with(m, tag(elf.DT_TEXTREL, 0))),
		"two sonames":                                  opened(with(m, named(elf.DT_SONAME, "other"))),
	}
}

// nowhere makes nothing of an image loadable.
func nowhere(m elfbuild.Image) []byte {
	b := segment(m, elf.PT_LOAD, func(p *elf.Prog64) { p.Type = 0 })
	for at := 64; at < 64+56*2; at += 56 {
		if binary.LittleEndian.Uint32(b[at:]) == uint32(elf.PT_LOAD) {
			binary.LittleEndian.PutUint32(b[at:], 0)
		}
	}
	return b
}
