package elfcheck

import (
	"debug/elf"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/internal/wording"
)

var archiveFloor = abi.Rule[*File]{
	Doc: abi.Doc{
		ID:       "archive-floor",
		Title:    "an object asks for functions that the target's libraries do not have",
		Severity: abi.Error,
		Why: `A static archive, an object or a .syso that is shipped built asks its C library for
functions by name alone: nothing in it says which version it was compiled against.
Where the libraries are older, or musl, the linker of whoever uses it stops with
"undefined reference to 'call_once'", far from the one who built it. Compilers put
names in that no source has: __isoc23_strtol with the headers of glibc 2.38,
__fprintf_chk with _FORTIFY_SOURCE, open64 with -D_LARGEFILE64_SOURCE, which musl
since 1.2.4 keeps for its loader alone.
The first release that has a name in any of its libraries is a sound lower bound:
what the linked program then asks for is seen in that program alone. Names that
neither glibc nor libstdc++ has are left out, for another library may have them, and
so are weak ones and those that the archive itself defines. What libbsd is known to
have as well (strlcpy, arc4random) is a warning.
The other way about, a newer glibc keeps names for old programs alone (sys_errlist,
__malloc_hook, __res_nsearch, __exp_finite of -ffast-math): an archive that was built before does
not link there. That is a warning, and so are names of libgcc that came with a newer
GCC, such as __aarch64_ldadd4_acq_rel.`,
		Fix: `build the archive on the target or an older system, as for a program: in a manylinux
or Alpine image, or with "zig cc -target <arch>-linux-gnu.<version>" or -linux-musl;
or ship one archive for glibc and one for musl`,
		Refs: []string{
			"https://github.com/confluentinc/confluent-kafka-go/issues/786",
			"https://github.com/marcboeker/go-duckdb/issues/22",
			"https://sourceware.org/glibc/wiki/ABIList",
			"https://git.musl-libc.org/cgit/musl/tree/WHATSNEW",
		},
	},
	Check: checkArchiveFloor,
	Skip:  skipArchiveFloor,
}

func skipArchiveFloor(f *File, t abi.Target) string {
	if f.Kind != Object || f.KernelModule || f.Platform.OS != "linux" {
		return ""
	}
	return without(func(t abi.Target) bool {
		return t.Symbols["GLIBC"] == "" && t.Symbols["GLIBCXX"] == "" && (t.Libc != abi.Musl || t.LibcVersion == "") && t.Libc != abi.Bionic
	}, "which C library it has")(f, t)
}

func checkArchiveFloor(f *File, t abi.Target) (findings []abi.Finding) {
	for l, names := range f.lacking(t) {
		findings = append(findings, l.finding(names, f.callersOf(names)))
	}
	return findings
}

// lacking yields why the target does not have names that the object asks for,
// and these, in order.
func (f *File) lacking(t abi.Target) iter.Seq2[lack, []string] {
	return func(yield func(lack, []string) bool) {
		if f.Kind != Object || f.KernelModule || f.Platform.OS != "linux" || f.Libc == abi.Bionic || t.Platform.Arch != "" && t.Platform != f.Platform {
			return
		}
		lacking := map[lack][]string{}
		for _, s := range f.Imports {
			if s.Bind == elf.STB_WEAK || f.Supplied[s.Name] {
				continue
			}
			if l := lacks(t, f.Platform.Arch, s.Name); l.why != "" && !slices.Contains(lacking[l], s.Name) {
				lacking[l] = append(lacking[l], s.Name)
			}
		}
		for _, l := range slices.SortedFunc(maps.Keys(lacking), func(a, b lack) int { return strings.Compare(a.why, b.why) }) {
			slices.Sort(lacking[l])
			if !yield(l, lacking[l]) {
				return
			}
		}
	}
}

// finding says of names that they are lacking.
func (l lack) finding(names, evidence []string) abi.Finding {
	return abi.Finding{
		Severity: l.severity,
		Message:  "needs " + wording.List(names) + ", which " + l.why,
		Evidence: evidence,
		Subject:  names[0],
		Fix:      l.fix,
	}
}

// callersOf names every symbol and, where the object tells, who asks for it.
func (f *File) callersOf(names []string) []string {
	lines := make([]string, len(names))
	for i, name := range names {
		lines[i] = wording.Plain(name) + " is undefined in the symbol table"
		if caller := f.Callers[name]; caller != "" {
			lines[i] = wording.Plain(name) + " is called in " + wording.Plain(caller)
		}
	}
	return lines
}
