package ldso

import (
	"debug/elf"

	"github.com/abivet/abivet/elfcheck"
)

// mappable says why glibc does not map a file, or nil.
func (s *state) mappable(name string, img *image) *Failure {
	f, where := img.file, shown(name)
	fail := func(c Category, message string) *Failure {
		return &Failure{Category: c, Object: where, Message: where + ": " + message}
	}
	page := pageSize(f.Machine)
	loads, table := 0, f.Dynamic
	for _, seg := range f.Segments {
		if seg.Type == elf.PT_NOTE && seg.FileSize >= 32 && s.before("2.36") && (seg.Align == 4 || seg.Align == 8) &&
			(seg.Offset > uint64(img.size) || seg.FileSize > uint64(img.size)-seg.Offset) {
			return fail(BadELF, "cannot read file data") // it looks for the kernel that the file wants
		}
		table = table && !(seg.Type == elf.PT_DYNAMIC && (seg.VAddr == 0 || seg.FileSize == 0))
		if seg.Type != elf.PT_LOAD {
			continue
		}
		loads++
		if old := s.before("2.35"); old && seg.Align%page != 0 {
			return fail(BadELF, "ELF load command alignment not page-aligned")
		} else if old && (seg.VAddr-seg.Offset)&(seg.Align-1) != 0 {
			return fail(BadELF, "ELF load command address/offset not properly aligned")
		} else if (seg.VAddr-seg.Offset)&(page-1) != 0 {
			return fail(BadELF, "ELF load command address/offset not page-aligned")
		}
	}
	switch {
	case loads == 0:
		return fail(BadELF, "object file has no loadable segments")
	case f.Kind == elfcheck.Executable:
		return fail(NotDlopenable, "cannot dynamically load executable")
	case !table:
		return fail(NotDlopenable, "object file has no dynamic section")
	}
	if category, what := s.laidOut(f, page); what != "" {
		return fail(category, what)
	}
	if failure := s.stumbles(f, where); failure != nil {
		return failure
	}
	switch {
	case f.DynFlags1&elf.DF_1_PIE != 0:
		return fail(NotDlopenable, "cannot dynamically load position-independent executable")
	case s.opening && f.DynFlags1&elf.DF_1_NOOPEN != 0:
		return fail(NotDlopenable, "shared object cannot be dlopen()ed")
	case s.opening && !s.before("2.41") && f.WantsExecStack() && !s.process.Objects[0].File.WantsExecStack():
		return fail(ExecStack, "cannot enable executable stack as shared object requires: Invalid argument")
	}
	return nil
}

// pageSize is that of the usual kernel of a machine.
func pageSize(m elf.Machine) uint64 {
	if m == elf.EM_PPC64 {
		return 64 << 10
	}
	return 4 << 10
}

func bindsNow(f *elfcheck.File) bool {
	return f.DynFlags&elf.DF_BIND_NOW != 0 || f.DynFlags1&elf.DF_1_NOW != 0
}
