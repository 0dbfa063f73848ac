package elfcheck

import (
	"debug/elf"
	"fmt"
	"slices"
	"strings"

	"github.com/abivet/abivet/internal/isa"
	"github.com/abivet/abivet/internal/wording"
)

// asksByName are parts of the names of functions and variables, in lower case, by which
// libraries tell others which processor they run on. Origin: the imports of 2,700
// libraries and programs of Debian whose code for newer processors is chosen elsewhere:
// FFmpeg, babl, GEGL, Highway, VLC, Qt, GCC's and glibc's own.
var asksByName = []string{
	"cpu_accel", "cpu_cap", "cpu_detect", "cpu_feature", "cpu_flag", "cpu_has", "cpu_indicator", "cpu_info", "cpu_init", "cpu_model", "cpu_support",
	"cpucap", "cpudetect", "cpufeature", "cpuflag", "cpuhas", "cpuid", "cpuinfo", "cpusupport",
	"detect_cpu", "detectcpu", "vlc_cpu", "has_avx", "hasavx", "has_sse", "hassse", "hwcap", "ia32cap", "simd_level", "simdlevel",
	"chosentarget", "supportedtargets", "_rtld_global_ro",
}

// asksFor reports whether a library says by this name which processor it
// runs on.
func asksFor(arch, name string) bool {
	if arch == "arm64" && (name == "getauxval" || name == "elf_aux_info") {
		return true // of x86 the kernel says nothing there that is newer than v1
	}
	name = strings.ToLower(name)
	return slices.ContainsFunc(asksByName, func(part string) bool { return strings.Contains(name, part) })
}

// Relocations that call a function to choose another. Origin: elf.h of glibc.
var irelative = map[elf.Machine]uint32{elf.EM_X86_64: 37, elf.EM_AARCH64: 1032}

// dispatch finds what the tables of the dynamic linker say of a choice of
// functions.
func (d *decoder) dispatch(exports []Symbol) error {
	out := d.f.Instructions
	for _, table := range []struct {
		what    string
		symbols []Symbol
	}{{"import", d.f.Imports}, {"export", exports}} {
		i := slices.IndexFunc(table.symbols, func(s Symbol) bool { return asksFor(d.f.Platform.Arch, s.Name) })
		if i >= 0 {
			out.Dispatch = append(out.Dispatch, table.what+" "+wording.Plain(table.symbols[i].Name))
		}
	}
	for i := range exports {
		if exports[i].Type == elf.STT_GNU_IFUNC {
			out.Dispatch = append(out.Dispatch, fmt.Sprintf("indirect function %s", wording.Plain(exports[i].Name)))
			return nil
		}
	}
	indirect := 0
	err := d.eachRelocation(func(r relocation) bool {
		if r.kind == irelative[d.f.Machine] {
			indirect++
		}
		return true
	})
	if indirect > 0 {
		out.Dispatch = append(out.Dispatch, fmt.Sprintf("%d relocations of indirect functions", indirect))
	}
	return err
}

// reach tells of the functions that use extensions how they are reached.
func (d *decoder) reach(spans []span, exports []Symbol) error {
	functions := d.f.Instructions.Functions
	if len(functions) == 0 {
		return nil
	}
	at := make(map[uint64]*Function, len(functions))
	for i := range functions {
		at[functions[i].Address] = &functions[i]
	}
	for i := range exports {
		if fn := at[exports[i].Value]; fn != nil && exports[i].Type == elf.STT_FUNC {
			fn.Direct = true
		}
	}
	for _, s := range spans {
		if at[s.start] != nil || namedForLevel(s.name) {
			continue // whoever reaches this one has the processor for what it calls
		}
		b, err := d.code(s)
		if err != nil {
			return err
		}
		isa.Decode(d.f.Platform.Arch, b, func(target int) {
			to := s.start + uint64(target)
			if fn := at[to]; fn != nil && (to < s.start || to >= s.end) {
				fn.Direct = true
			}
		})
	}
	main, err := d.mainFunction()
	if fn := at[main]; fn != nil && err == nil {
		fn.Direct, fn.Entry = true, true
	}
	return err
}

// mainFunction returns the address that the start code of a program for amd64
// hands to the C library, or 0.
//
//	lea main(%rip), %rdi    48 8d 3d
//	mov $main, %rdi         48 c7 c7
func (d *decoder) mainFunction() (uint64, error) {
	entry := d.word(d.head[24:])
	off, rest, ok := d.offset(entry)
	if entry == 0 || !ok || d.f.Machine != elf.EM_X86_64 || !d.wide {
		return 0, nil
	}
	b, err := d.record(off, min(rest, startCode), "code at the entry")
	if err != nil {
		return 0, err
	}
	for i := 0; i+7 <= len(b); i++ {
		value := uint64(int64(int32(d.big.Uint32(b[i+3:]))))
		switch string(b[i : i+3]) {
		case "\x48\x8d\x3d":
			return entry + uint64(i) + 7 + value, nil
		case "\x48\xc7\xc7":
			return value, nil
		}
	}
	return 0, nil
}

// startCode is as long as the start code of glibc and musl.
const startCode = 64
