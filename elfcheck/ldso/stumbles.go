package ldso

import (
	"debug/elf"
	"fmt"

	"github.com/abivet/abivet/elfcheck"
)

// addends are the machines whose relocations all have addends, as glibc makes
// sure. Origin: ELF_MACHINE_NO_REL of its dl-machine.h.
var addends = map[elf.Machine]bool{elf.EM_X86_64: true, elf.EM_AARCH64: true, elf.EM_RISCV: true, elf.EM_PPC64: true, elf.EM_S390: true, elf.EM_LOONGARCH: true}

// Of relative relocations in their packed form, which package elf does not name.
const (
	dtRELR    elf.DynTag = 36
	dtRELRSZ  elf.DynTag = 35
	dtRELRENT elf.DynTag = 37
)

// stumbles says at what of the dynamic table glibc ends the process, or nil.
// Origin: elf_get_dynamic_info, and whoever uses what it has found.
func (s *state) stumbles(f *elfcheck.File, name string) *Failure {
	l := f.Loading
	if l == nil || !f.Dynamic {
		return nil
	}
	asserts := func(what string) *Failure {
		return &Failure{
			Category: LoaderAssert, Object: name,
			Message: fmt.Sprintf("Inconsistency detected by ld.so: get-dynamic-info.h: elf_get_dynamic_info: Assertion `%s' failed!", what),
			Why:     name + " has a dynamic table that no linker writes",
		}
	}
	kind, calls := l.Tag(elf.DT_PLTREL)
	switch {
	case calls && addends[f.Machine] && kind != uint64(elf.DT_RELA):
		return asserts("info[DT_PLTREL]->d_un.d_val == DT_RELA")
	case calls && kind != uint64(elf.DT_RELA) && kind != uint64(elf.DT_REL):
		return asserts("info[DT_PLTREL]->d_un.d_val == DT_REL || info[DT_PLTREL]->d_un.d_val == DT_RELA")
	}
	word := uint64(f.Class / 8)
	sized := []struct {
		table, size elf.DynTag
		want        uint64
		what        string
		asked       bool
	}{
		{elf.DT_RELA, elf.DT_RELAENT, 3 * word, "info[DT_RELAENT]->d_un.d_val == sizeof (ElfW(Rela))", addends[f.Machine]},
		{elf.DT_REL, elf.DT_RELENT, 2 * word, "info[DT_RELENT]->d_un.d_val == sizeof (ElfW(Rel))", f.Machine == elf.EM_386 || f.Machine == elf.EM_ARM},
		{dtRELR, dtRELRENT, word, "info[DT_RELRENT]->d_un.d_val == sizeof (ElfW(Relr))", !s.before("2.36")},
	}
	for _, t := range sized {
		if _, ok := l.Tag(t.table); !ok || !t.asked {
			continue
		}
		size, ok := l.Tag(t.size)
		if !ok {
			return crash(name, fmt.Sprintf("%s is there and %s is not", t.table, t.size))
		}
		if size != t.want {
			return asserts(t.what)
		}
	}
	tables := [][2]elf.DynTag{{elf.DT_PLTREL, elf.DT_JMPREL}, {elf.DT_PLTREL, elf.DT_PLTRELSZ}, {elf.DT_RELA, elf.DT_RELASZ}}
	if !addends[f.Machine] {
		tables = append(tables, [2]elf.DynTag{elf.DT_REL, elf.DT_RELSZ})
	}
	for _, t := range tables {
		_, ok := l.Tag(t[0])
		if _, beside := l.Tag(t[1]); ok && !beside {
			return crash(name, fmt.Sprintf("%s is there and %s is not", t[0], t[1]))
		}
	}
	if at, there := l.Tag(elf.DT_VERSYM); there && at == 0 {
		return crash(name, "its DT_VERSYM is at address 0, and what is there are no numbers of versions")
	}
	for _, tag := range []elf.DynTag{elf.DT_STRTAB, elf.DT_SYMTAB, elf.DT_GNU_HASH, elf.DT_HASH, elf.DT_RELA, elf.DT_REL, elf.DT_JMPREL, elf.DT_VERSYM} {
		if at, there := l.Tag(tag); there && sealed(f, at) {
			return crash(name, fmt.Sprintf("its %s is in a segment that nobody may read", tag))
		}
	}
	if l.VersionDamage != "" {
		return damaged(name, l.VersionDamage)
	}
	if l.Bloom&(l.Bloom-1) != 0 {
		where := "dl-setup_hash.c"
		if s.before("2.36") {
			where = "dl-lookup.c"
		}
		return &Failure{
			Category: LoaderAssert, Object: name,
			Message: fmt.Sprintf("Inconsistency detected by ld.so: %s: _dl_setup_hash: Assertion `(bitmask_nwords & (bitmask_nwords - 1)) == 0' failed!", where),
			Why:     fmt.Sprintf("the filter of its DT_GNU_HASH has %d words, which is no power of two", l.Bloom),
		}
	}
	for _, tag := range []elf.DynTag{elf.DT_STRTAB, elf.DT_SYMTAB} {
		if at, _ := l.Tag(tag); at == 0 {
			return crash(name, fmt.Sprintf("its dynamic table has no %s", tag))
		}
	}
	return nil
}

// sealed reports whether an address is in a segment without any permission.
func sealed(f *elfcheck.File, addr uint64) bool {
	for _, seg := range f.Segments {
		if seg.Type == elf.PT_LOAD && addr >= seg.VAddr && addr-seg.VAddr < seg.FileSize {
			return seg.Flags&(elf.PF_R|elf.PF_W|elf.PF_X) == 0
		}
	}
	return false
}

// crash is a loader that reads what is not there.
func crash(name, why string) *Failure {
	return &Failure{Category: Crash, Object: name, Message: "signal 11:", Why: why}
}

// damaged is what is said of a file of which a part that the loader needs is not
// there.
func damaged(name, what string) *Failure {
	return &Failure{Category: BadELF, Object: name, Message: name + ": " + what}
}
