package elfcheck

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/arch/arm64/arm64asm"
	"golang.org/x/arch/x86/x86asm"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/internal/wording"
)

var isaUsed = abi.Rule[*File]{
	Doc: abi.Doc{
		ID:       "isa-used",
		Title:    "has instructions that the target's oldest processor lacks",
		Severity: abi.Warning,
		Costly:   true,
		Why: `-march=native, -mavx2 and a distribution's own defaults let a compiler use
instructions anywhere, and nothing in the file says so: it starts, and is killed by SIGILL
("Illegal instruction") on an older processor. Libraries that choose their functions
when they run have such instructions too, by right. So this is a warning only where nothing
in the file asks which processor it is on, or where main itself has them, and a note otherwise.
Only functions that the unwind table or symbols name are read, and of those the ones
that decode to their end: tables between them are not code, and hand-written assembly
without them is not judged.`,
		Fix: `build with -march of the target's level, such as -march=x86-64, and look in the flags of
the libraries that are linked in for -march=native; or let the program choose when it runs, by
__builtin_cpu_supports or target_clones`,
		Refs: []string{"https://gitlab.com/x86-psABIs/x86-64-ABI", "https://gcc.gnu.org/onlinedocs/gcc/x86-Options.html"},
	},
	Check: checkISAUsed,
	Skip:  skipISAUsed,
}

// namesLevel are parts of the names of functions that were written for one kind of
// processor, and are chosen by whoever calls them. Origin: the symbols of
// glibc, FFmpeg, dav1d, x265, OpenBLAS, ISA-L and GCC's target_clones; _ZGV begins the
// names of vector functions, which compilers call where they may.
var namesLevel = []string{
	"avx", "evex", "_sse", "sse2", "sse3", "sse4", "_bmi", "_fma", "fma3", "fma4", "popcnt", "f16c", "_lzcnt", "_movbe", "x86_64_v", "x86_64-v", "x86-64-v", "svml", "_zgv",
	"haswell", "skylake", "sandybridge", "nehalem", "cooperlake", "sapphirerapids", "_hsw", "_skx", "_knl", "_zen", "arch_",
	"_lse", "_sve", "dotprod", "_crc", "crc32c", "armv8", "neoverse",
}

func checkISAUsed(f *File, t abi.Target) []abi.Finding {
	if f.Instructions == nil || f.Platform.Arch != t.Platform.Arch {
		return nil
	}
	have, ok := isaLevel(f.Platform.Arch, t.ISA)
	if !ok {
		return nil
	}
	var above []Function
	for _, fn := range f.Instructions.Functions {
		fn.Uses = slices.DeleteFunc(slices.Clone(fn.Uses), func(u InstructionUse) bool { return !aboveISA(f, u, have) })
		if len(fn.Uses) > 0 {
			above = append(above, fn)
		}
	}
	if len(above) == 0 {
		return nil
	}
	guard := guardOf(f, above)
	if entry := slices.DeleteFunc(slices.Clone(above), func(fn Function) bool { return !fn.Entry }); len(entry) > 0 && len(f.Instructions.Dispatch) > 0 {
		above = entry // the others may be chosen, as those of a C library in the program are
	}
	// What is most likely to run comes first.
	slices.SortStableFunc(above, func(a, b Function) int { return likely(b) - likely(a) })
	finding := abi.Finding{
		Subject:  topUse(above).Extension,
		Evidence: isaEvidence(f.Platform.Arch, above),
	}
	what := fmt.Sprintf("%s in %s", extensions(above), functionNames(above))
	if guard == "" {
		finding.Message = fmt.Sprintf("uses %s, and nothing chooses by processor whether they run; %s has processors of level %s", what, wording.Called(t), t.ISA)
		return []abi.Finding{finding}
	}
	finding.Severity = abi.Note
	finding.Message = fmt.Sprintf("has %s, which may be guarded: %s; %s has processors of level %s", what, guard, wording.Called(t), t.ISA)
	return []abi.Finding{finding}
}

func aboveISA(f *File, u InstructionUse, have float64) bool {
	need, ok := isaLevel(f.Platform.Arch, u.Level)
	return ok && need > have
}

// guardOf says what speaks for the functions being chosen by processor, or "".
func guardOf(f *File, above []Function) string {
	direct, names, telling := false, 0, 0
	for _, fn := range above {
		if fn.Entry {
			return ""
		}
		direct = direct || fn.Direct && !namedForLevel(fn.Name)
		if fn.Name != "" {
			names++
		}
		if namedForLevel(fn.Name) {
			telling++
		}
	}
	switch {
	case len(f.Instructions.Dispatch) > 0:
		return f.Instructions.Dispatch[0]
	case namedForLevel(f.SOName), namedForLevel(f.Name):
		return "its own name is of one kind of processor, " + wording.Plain(cmp.Or(f.SOName, f.Name))
	case names > 1 && telling == names:
		return "all that have names are named for their processor" // and the others serve them: libmvec
	case !direct:
		return "all are reached by pointer alone or named for their processor"
	}
	return ""
}

func namedForLevel(name string) bool {
	name = strings.ToLower(name)
	return slices.ContainsFunc(namesLevel, func(part string) bool { return strings.Contains(name, part) })
}

func likely(fn Function) int {
	switch {
	case fn.Entry:
		return 3
	case namedForLevel(fn.Name):
		return 0
	case fn.Direct:
		return 2
	}
	return 1
}

// topUse returns a use of the highest level.
func topUse(functions []Function) InstructionUse {
	var top InstructionUse
	for _, fn := range functions {
		for _, u := range fn.Uses {
			if u.Level > top.Level {
				top = u
			}
		}
	}
	return top
}

// extensions names the level and the extensions.
func extensions(functions []Function) string {
	var names []string
	for _, fn := range functions {
		for _, u := range fn.Uses {
			if !slices.Contains(names, u.Extension) {
				names = append(names, u.Extension)
			}
		}
	}
	slices.Sort(names)
	return fmt.Sprintf("instructions of level %s (%s)", topUse(functions).Level, strings.Join(names, ", "))
}

func functionNames(functions []Function) string {
	var names []string
	const few = 4
	for _, fn := range functions[:min(few, len(functions))] {
		names = append(names, functionName(fn))
	}
	if more := len(functions) - few; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(names, ", "), more)
	}
	return strings.Join(names, ", ")
}

func functionName(fn Function) string {
	if fn.Name != "" {
		return wording.Plain(fn.Name)
	}
	return fmt.Sprintf("the function at %#x", fn.Address)
}

// isaEvidence shows an instruction of each of the first few functions.
func isaEvidence(arch string, functions []Function) []string {
	var evidence []string
	const few = 4
	for _, fn := range functions[:min(few, len(functions))] {
		u := topUse([]Function{fn})
		evidence = append(evidence, fmt.Sprintf("%#x: % x%s: %s, in %s", u.Address, u.Code, disassembled(arch, u.Code), u.Extension, functionName(fn)))
	}
	return evidence
}

// disassembled is an instruction in words, or nothing where the decoder does
// not know it.
func disassembled(arch string, code []byte) (text string) {
	defer func() {
		if recover() != nil { // in a decoder that is not ours
			text = ""
		}
	}()
	if arch == "arm64" {
		if i, err := arm64asm.Decode(code); err == nil {
			return " " + arm64asm.GNUSyntax(i)
		}
		return ""
	}
	i, err := x86asm.Decode(code, 64)
	if err != nil || i.Op == 0 || i.Len != len(code) {
		return ""
	}
	return " " + x86asm.GNUSyntax(i, 0, nil)
}

func skipISAUsed(f *File, t abi.Target) string {
	in := f.Instructions
	switch {
	case f.Kind == DebugInfo:
		return ""
	case t.ISA == "":
		return without(func(t abi.Target) bool { return t.ISA == "" }, "which processors it runs on")(f, t)
	case f.Kind == Object:
		return "which functions are chosen by processor is known of a linked file alone"
	case in == nil:
		return "code of " + f.Platform.Arch + " is not decoded"
	case in.Damage != "":
		return "where functions are is damaged: " + in.Damage
	case in.Decoded == 0 && !f.Notes.GoBuildID:
		return "neither an unwind table nor symbols say where functions are"
	case in.Undecoded > 0:
		return fmt.Sprintf("%d of %d functions hold tables or unknown instructions", in.Undecoded, in.Undecoded+in.Decoded)
	}
	return ""
}
