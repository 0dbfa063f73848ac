package ldso

import (
	"debug/elf"

	"github.com/abivet/abivet/internal/elfbuild"
)

// layoutDamages are about segments that are not where they should be, and about what
// relocations then call, copy and write to.
func layoutDamages() map[string]loading {
	opened := func(main any) loading { return loading{files: files{"/c/main": main, "/d/liba.so": versioned}} }
	needed := func(library any) loading {
		return loading{files: files{"/c/main": asking, "/d/liba.so": library}}
	}
	lazy := func(l loading) loading { l.request.Lazy = true; return l }
	starts := with(program("liba.so"), runpath("/d"))
	fixed := with(starts, func(m *elfbuild.Image) { m.Type = elf.ET_EXEC })
	calling := with(so("m", "liba.so"), runpath("/d"), calls(ref("none")))
	relocated := func(r ...elfbuild.Relocation) elfbuild.Image {
		return with(so("m"), func(m *elfbuild.Image) { m.Relocations = append(m.Relocations, r...) })
	}
	noteless := with(so("m"), note(elfbuild.BuildID(1, 2, 3, 4)))
	sealed := with(so("m"), func(m *elfbuild.Image) { m.RELRO = true })
	twice := with(so("m"), func(m *elfbuild.Image) {
		m.Segments = append(m.Segments, elf.ProgHeader{Type: elf.PT_LOOS, Off: 64, Vaddr: 64, Filesz: 56, Memsz: 56})
	})
	return map[string]loading{
		"a resolver that is no code":               opened(relocated(elfbuild.Relocation{Type: uint32(elf.R_X86_64_IRELATIVE), Addend: 1 << 40})),
		"a symbol that is not there":               opened(at(with(so("m"), takes(def("f"))), elf.DT_RELA, 12, 1<<20)),
		"a call of another type":                   opened(at(calling, elf.DT_JMPREL, 8, 1)),
		"a call of another type, lazily":           lazy(opened(at(calling, elf.DT_JMPREL, 8, 1))),
		"no place for the loader, lazily":          lazy(opened(without(calling, elf.DT_PLTGOT))),
		"no such place for the loader, lazily":     lazy(opened(set(calling, elf.DT_PLTGOT, 1<<40))),
		"no place for the loader":                  opened(set(relocated(), elf.DT_PLTGOT, 1<<40)),
		"read-only memory that is not there":       opened(segment(sealed, elf.PT_GNU_RELRO, func(p *elf.Prog64) { p.Memsz = 1 << 40 })),
		"a program's memory that is not there":     opened(segment(with(starts, func(m *elfbuild.Image) { m.RELRO = true }), elf.PT_GNU_RELRO, func(p *elf.Prog64) { p.Memsz = 1 << 40 })),
		"no thread-local storage is as large":      opened(with(starts, func(m *elfbuild.Image) { m.TLS = 1 << 60 })),
		"a loader's name that is elsewhere":        opened(segment(starts, elf.PT_INTERP, func(p *elf.Prog64) { p.Vaddr = 1 << 40 })),
		"a program without a dynamic table":        opened(segment(fixed, elf.PT_DYNAMIC, func(p *elf.Prog64) { p.Type = 0 })),
		"a segment that nobody may read":           opened(segment(asking, elf.PT_LOAD, func(p *elf.Prog64) { p.Flags = 0 })),
		"a library's segment that nobody may read": needed(segment(versioned, elf.PT_LOAD, func(p *elf.Prog64) { p.Flags = 0 })),
		"symbols' versions at address 0":           opened(set(asking, elf.DT_VERSYM, 0)),
		"a record of versions of version 0":        opened(at(asking, elf.DT_VERNEED, 0, 1<<16)),
		"two dynamic tables":                       opened(segment(twice, elf.PT_LOOS, func(p *elf.Prog64) { p.Type = uint32(elf.PT_DYNAMIC) })),
		"notes of more than the file":              opened(segment(noteless, elf.PT_NOTE, func(p *elf.Prog64) { p.Filesz = 1 << 40 })),
		"a dynamic table of more than the file":    opened(segment(asking, elf.PT_DYNAMIC, func(p *elf.Prog64) { p.Filesz = 1 << 40 })),
		"a name behind the string table":           opened(set(with(so("m"), named(elf.DT_AUXILIARY, "x")), elf.DT_AUXILIARY, 0x700)),
		"a segment with too much memory":           needed(segment(versioned, elf.PT_LOAD, func(p *elf.Prog64) { p.Memsz = 0x1800 })),
		"calls of no number":                       opened(set(calling, elf.DT_PLTRELSZ, 23)),
		"the name of a definition's version":       needed(at(versioned, elf.DT_VERDEF, 12, 1<<31)),
	}
}
