package ldso

import (
	"debug/elf"
	"fmt"
	"slices"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/elfcheck"
)

// calls says what is wrong with calls that wait, and with what is called at once.
func (b *binder) calls(o *Object, lazy bool) {
	l := o.File.Loading
	if l == nil {
		return
	}
	if _, some := l.Tag(elf.DT_JMPREL); some && lazy && gotOfLoader[o.File.Machine] {
		// Which object this is, and the function that finds what is called, stand there.
		table, there := l.Tag(elf.DT_PLTGOT)
		if word := uint64(o.File.Class / 8); !there || !mapped(o.File, table, 3*word, elf.PF_W) {
			b.process.fail(*crash(shown(o.Path), "its DT_PLTGOT is no place that the loader can write to"))
		}
	}
	if l.Wild > 0 {
		b.process.fail(*crash(shown(o.Path), fmt.Sprintf("%d of its relocations call what is no code, or copy what is its own", l.Wild)))
	}
}

// gotOfLoader has the machines on which glibc writes to the global offset table of
// calls that wait. Origin: elf_machine_runtime_setup in their dl-machine.h.
var gotOfLoader = map[elf.Machine]bool{elf.EM_X86_64: true, elf.EM_386: true, elf.EM_AARCH64: true, elf.EM_S390: true}

// mapped reports whether segments with the flags map all of a piece of memory, to the end of the
// page.
func mapped(f *elfcheck.File, addr, size uint64, flags elf.ProgFlag) bool {
	page := pageSize(f.Machine)
	for end := addr + size; addr < end; {
		next := addr
		for _, seg := range f.Segments {
			top := down(seg.VAddr+max(seg.MemSize, seg.FileSize)+page-1, page)
			if seg.Type == elf.PT_LOAD && seg.Flags&flags == flags && next >= down(seg.VAddr, page) && next < top {
				next = top
			}
		}
		if next == addr {
			return false
		}
		addr = next
	}
	return true
}

// relro is the end of what is to be read only, where there is no memory, or that of others:
// of a program the kernel says so. Origin: _dl_protect_relro of glibc, reloc_all of musl.
func (s *state) relro(o *Object) {
	page := pageSize(o.File.Machine)
	for _, seg := range o.File.Segments {
		start, end := down(seg.VAddr, page), down(seg.VAddr+seg.MemSize, page)
		if seg.Type != elf.PT_GNU_RELRO || end == start || end > start && mapped(o.File, start, end-start, 0) {
			continue
		}
		why := fmt.Sprintf("PT_GNU_RELRO has %#x bytes at %#x, which no PT_LOAD has", seg.MemSize, seg.VAddr)
		if o != s.process.Objects[0] || s.loader.libc == abi.Musl {
			s.process.fail(*crash(shown(o.Path), why))
			return
		}
		const message = "cannot apply additional memory protection after relocation: Cannot allocate memory"
		s.process.fail(Failure{Category: Other, Object: shown(o.Path), Message: message, Why: why})
		return
	}
}

// astray is the end of a loader that relocates what it cannot write to.
func (s *state) astray(o *Object) {
	l := o.File.Loading
	if l == nil {
		return
	}
	astray := l.Astray
	if s.loader.libc == abi.Musl || !s.before("2.36") { // an older one knows no packed relocations
		astray += l.PackedAstray
	}
	if l.Nobody > 0 {
		s.process.fail(*crash(shown(o.Path), fmt.Sprintf("%d of its relocations are to symbols beyond the end of their table", l.Nobody)))
	}
	if astray > 0 {
		s.process.fail(*crash(shown(o.Path), fmt.Sprintf("%d of its relocations are of places that are in no segment, or in one that is not writable", astray)))
	}
}

// known relocation types that a loader handles, by machine. Origin: the
// dl-machine.h of glibc.
var handled = map[elf.Machine][]uint32{
	elf.EM_X86_64:  {0, 1, 2, 5, 6, 7, 8, 10, 16, 17, 18, 32, 33, 36, 37, 38},
	elf.EM_386:     {0, 1, 2, 5, 6, 7, 8, 14, 35, 36, 37, 38, 41, 42},
	elf.EM_AARCH64: {0, 257, 258, 1024, 1025, 1026, 1027, 1028, 1029, 1030, 1031, 1032},
	elf.EM_S390:    {0, 1, 3, 4, 5, 9, 10, 11, 12, 16, 17, 19, 22, 23, 54, 55, 56, 61},
	elf.EM_PPC64: {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 19, 20, 21, 22, 24, 25, 26, 37, 38, 39, 40, 41, 42, 43, 44, 56, 57, 68, 69, 70, 71, 72, 73, 78,
		95, 96, 97, 98, 99, 100, 110, 111, 112, 113, 247, 248},
}

func (b *binder) badRelocation(o *Object) (uint32, bool) {
	good := handled[o.File.Machine]
	if good == nil {
		return 0, false
	}
	for _, kind := range o.File.Relocations.Types {
		if !slices.Contains(good, kind) {
			return kind, true
		}
	}
	return 0, false
}
