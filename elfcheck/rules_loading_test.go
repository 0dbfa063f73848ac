package elfcheck

import (
	"debug/elf"

	"github.com/abivet/abivet/abi"
)

func stack(kind Kind, m elf.Machine, flags elf.ProgFlag) File {
	return File{Platform: amd64, Kind: kind, Machine: m, Segments: []Segment{{Type: elf.PT_GNU_STACK, Flags: flags}}}
}

const (
	rw  = elf.PF_R | elf.PF_W
	rwx = elf.PF_R | elf.PF_W | elf.PF_X
)

var execStackCases = map[string]judged{
	"asked for":                       {stack(Shared, elf.EM_X86_64, rwx), debian12, []string{"warning: asks for an executable stack"}},
	"dlopen refuses it":               {stack(Shared, elf.EM_X86_64, rwx), with("GLIBC", "2.41"), []string{"error: asks for an executable stack | dlopen refuses that in the glibc 2.41 of old"}},
	"a program may have it":           {stack(PIE, elf.EM_X86_64, rwx), with("GLIBC", "2.41"), []string{"warning: executable stack"}},
	"not asked for":                   {stack(Shared, elf.EM_X86_64, rw), with("GLIBC", "2.41"), nil},
	"no header on x86":                {File{Kind: Shared, Machine: elf.EM_X86_64}, with("GLIBC", "2.43"), []string{"error: has no PT_GNU_STACK"}},
	"no header on arm":                {File{Kind: Executable, Machine: elf.EM_ARM}, debian12, []string{"warning: has no PT_GNU_STACK"}},
	"no header on arm64":              {File{Kind: Shared, Machine: elf.EM_AARCH64}, with("GLIBC", "2.43"), nil},
	"everything on mips asks":         {stack(Shared, elf.EM_MIPS, rwx), with("GLIBC", "2.41"), nil},
	"asked for on arm64":              {stack(Shared, elf.EM_AARCH64, rwx), debian12, []string{"warning: asks"}},
	"an object says nothing on x86":   {File{Kind: Object, Machine: elf.EM_386, StackNote: StackSilent}, abi.Target{}, []string{"warning: has no .note.GNU-stack"}},
	"an object says nothing, arm64":   {File{Kind: Object, Machine: elf.EM_AARCH64, StackNote: StackSilent}, abi.Target{}, nil},
	"an object asks for it":           {File{Kind: Object, Machine: elf.EM_AARCH64, StackNote: StackExecutable}, abi.Target{}, []string{"warning: has a .note.GNU-stack"}},
	"an object is plain":              {File{Kind: Object, Machine: elf.EM_X86_64, StackNote: StackPlain}, abi.Target{}, nil},
	"debug information is not loaded": {File{Kind: DebugInfo, Machine: elf.EM_X86_64}, debian12, nil},
}

func started(kind Kind, libc abi.Libc, by string) File {
	return File{Platform: amd64, Kind: kind, Libc: libc, LibcEvidence: []string{"evidence"}, Interpreter: by}
}

var interpreterCases = map[string]judged{
	"glibc's, on musl":           {started(PIE, abi.Glibc, loader), alpine, []string{"error: is built for glibc (loader /lib64/ld-linux-x86-64.so.2); alpine:3.22 has musl"}},
	"musl's, on glibc":           {started(Executable, abi.Musl, "/lib/ld-musl-x86_64.so.1"), debian12, []string{"error: musl | debian:12 has glibc"}},
	"musl's, on musl":            {started(PIE, abi.Musl, "/lib/ld-musl-x86_64.so.1"), alpine, nil},
	"glibc's, on glibc":          {started(PIE, abi.Glibc, loader), debian12, nil},
	"from a store":               {started(PIE, abi.Glibc, "/nix/store/x/lib/ld-linux-x86-64.so.2"), debian12, []string{"error: /nix/store/x/lib/ld-linux-x86-64.so.2 | debian:12 has glibc at /lib64/ld-linux-x86-64.so.2"}},
	"a path for the eye":         {started(PIE, "", "/lib/ld; rm -rf"), debian12, []string{`error: "/lib/ld; rm -rf"`}},
	"static":                     {started(Executable, "", ""), alpine, nil},
	"a library started for show": {started(Shared, abi.Glibc, "/odd/ld.so"), debian12, nil},
	"another architecture":       {File{Platform: arm64, Kind: PIE, Interpreter: "/lib/ld-linux-aarch64.so.1"}, debian12, nil},
}

// packed is a library with packed relocations that needs some versions.
func packed(needs ...VersionNeed) File {
	return File{Platform: amd64, Kind: Shared, RELR: true, VersionNeeds: needs}
}

func onAndroid(level abi.Version) abi.Target {
	return abi.Target{Name: "android:" + string(level), Libc: abi.Bionic, LibcVersion: level}
}

var (
	debian11 = abi.Target{Name: "debian:11", Libc: abi.Glibc, Symbols: map[string]abi.Version{"GLIBC": "2.31"}, Markers: map[string]bool{relrMarker: false}}
	musl122  = abi.Target{Name: "alpine:3.15", Libc: abi.Musl, LibcVersion: "1.2.2"}
	musl123  = abi.Target{Name: "alpine:3.17", Libc: abi.Musl, LibcVersion: "1.2.3"}
)

var relrUnsupportedCases = map[string]judged{
	"before glibc knew":          {packed(), debian11, []string{"error: has packed relative relocations (DT_RELR); debian:11 has a glibc without GLIBC_ABI_DT_RELR"}},
	"a program":                  {File{Kind: PIE, Interpreter: loader, RELR: true}, debian11, []string{"error: debian:11"}},
	"a static program":           {File{Kind: PIE, RELR: true}, debian11, nil},
	"a loader itself":            {File{Kind: Shared, SOName: "ld-linux-x86-64.so.2", RELR: true}, debian11, nil},
	"refused, and said so":       {packed(need(relrMarker)), debian11, nil},
	"a glibc that knows":         {packed(need("GLIBC_2.2.5"), need(relrMarker)), debian12, nil},
	"without the marker":         {packed(need("GLIBC_2.2.5")), debian12, []string{"error: debian:12 has a glibc that refuses them in a file that does not need GLIBC_ABI_DT_RELR"}},
	"without libc":               {packed(), debian12, nil},
	"no packed ones":             {File{Kind: Shared}, debian11, nil},
	"before musl knew":           {packed(), musl122, []string{"error: alpine:3.15 has musl 1.2.2"}},
	"a musl that may be patched": {packed(), musl123, nil},
	"a musl that knows":          {packed(), alpine, nil},
	"before Android knew":        {packed(), onAndroid("29"), []string{"error: (DT_RELR); android:29 has API level 29 | from 30 on"}},
	"an Android that knows":      {packed(), onAndroid("30"), nil},
	"before its own tag":         {File{Kind: Shared, AndroidRELR: true}, onAndroid("27"), []string{"error: (DT_ANDROID_RELR); android:27 has API level 27 | from 28 on"}},
	"its own tag":                {File{Kind: Shared, AndroidRELR: true}, onAndroid("28"), nil},
}

func goLibrary(mode string, flags elf.DynFlag, libc abi.Libc) File {
	return File{Kind: Shared, Libc: libc, DynFlags: flags, Go: &GoBuild{Settings: map[string]string{"-buildmode": mode}}}
}

var goCSharedMuslCases = map[string]judged{
	"musl's dlopen refuses it": {goLibrary("c-shared", elf.DF_STATIC_TLS, abi.Musl), alpine, []string{"error: is a Go shared library | alpine:3.22 has musl"}},
	"of no C library":          {goLibrary("c-shared", elf.DF_STATIC_TLS, ""), alpine, []string{"error: is a Go shared library"}},
	"glibc takes it":           {goLibrary("c-shared", elf.DF_STATIC_TLS, abi.Glibc), debian12, nil},
	"libc-mismatch says it":    {goLibrary("c-shared", elf.DF_STATIC_TLS, abi.Glibc), alpine, nil},
	"no fixed place":           {goLibrary("c-shared", 0, abi.Musl), alpine, nil},
	"a program":                {goLibrary("exe", elf.DF_STATIC_TLS, abi.Musl), alpine, nil},
}

var isaDeclaredCases = map[string]judged{
	"v3 on v2":                     {File{Platform: amd64, Notes: Notes{ISANeeded: 7}}, debian12, []string{"error: x86-64-v3 | debian:12 has x86-64-v2"}},
	"v4 alone":                     {File{Platform: amd64, Notes: Notes{ISANeeded: 8}}, debian12, []string{"error: x86-64-v4"}},
	"equal":                        {File{Platform: amd64, Notes: Notes{ISANeeded: 3}}, debian12, nil},
	"baseline":                     {File{Platform: amd64, Notes: Notes{ISANeeded: 1}}, debian12, nil},
	"used is not needed":           {File{Platform: amd64, Notes: Notes{ISAUsed: 15}}, debian12, nil},
	"another architecture":         {File{Platform: arm64, Notes: Notes{ISANeeded: 8}}, debian12, nil},
	"debug information never runs": {File{Platform: amd64, Kind: DebugInfo, Notes: Notes{ISANeeded: 8}}, debian12, nil},
}

var libcMismatchCases = map[string]judged{
	"glibc on musl":                {started(Shared, abi.Glibc, ""), alpine, []string{"error: is built for glibc (evidence); alpine:3.22 has musl"}},
	"musl on glibc":                {started(Shared, abi.Musl, ""), debian12, []string{"error: built for musl | debian:12 has glibc"}},
	"the same":                     {started(Shared, abi.Glibc, ""), debian12, nil},
	"not known":                    {started(Shared, "", ""), alpine, nil},
	"a program has an interpreter": {started(PIE, abi.Glibc, loader), alpine, nil},
	"a library started for show":   {started(Shared, abi.Glibc, loader), alpine, []string{"error: built for glibc"}},
	"another architecture":         {File{Platform: arm64, Kind: Shared, Libc: abi.Glibc}, alpine, nil},
}

var policy = abi.Target{Name: "manylinux_2_28", Platform: amd64, Libraries: []string{"libc.so.6", "libm.so.6"}}

var libraryNotInTargetCases = map[string]judged{
	"not promised":          {File{Needed: []string{"libc.so.6", "libpng16.so.16"}}, policy, []string{"error: needs libpng16.so.16, which manylinux_2_28 does not promise"}},
	"promised":              {File{Needed: []string{"libc.so.6", "libm.so.6"}}, policy, nil},
	"the loader itself":     {File{Needed: []string{"ld-linux-x86-64.so.2", "ld64.so.2"}}, policy, nil},
	"may be brought along":  {File{Needed: []string{"libpng16.so.16"}, RunPath: []string{"/x", "$ORIGIN/../lib"}}, policy, []string{"warning: libpng16.so.16 | brought along"}},
	"with the other braces": {File{Needed: []string{"libpng16.so.16"}, RPath: []string{"${ORIGIN}"}}, policy, []string{"warning: libpng16.so.16"}},
	"a path of its own":     {File{Needed: []string{"libpng16.so.16"}, RunPath: []string{"/opt/lib"}}, policy, []string{"error: libpng16.so.16"}},
	"nothing is promised":   {File{Needed: []string{"libpng16.so.16"}}, debian12, nil},
	"an empty promise":      {File{Needed: []string{"libc.so.6"}}, abi.Target{Name: "none", Libraries: []string{}}, []string{"error: libc.so.6 | none"}},
}

var zlibInside = abi.Target{Name: "manylinux_2_17", Libraries: []string{"libz.so.1"}, Forbidden: map[string][]string{"libz.so.1": {"inflate_table"}, "libc.so.6": {"__issignaling"}}}

func imports(needed string, symbols ...Symbol) File {
	return File{Needed: []string{needed}, Imports: symbols}
}

var forbiddenSymbolCases = map[string]judged{
	"forbidden":                  {imports("libz.so.1", Symbol{Name: "inflate_table"}), zlibInside, []string{"warning: uses inflate_table of libz.so.1, which manylinux_2_17 forbids"}},
	"allowed":                    {imports("libz.so.1", Symbol{Name: "inflate"}), zlibInside, nil},
	"of a library with versions": {imports("libc.so.6", Symbol{Name: "__issignaling", Version: "GLIBC_2.18", Library: "libc.so.6"}), zlibInside, []string{"warning: __issignaling of libc.so.6"}},
	"weakly":                     {imports("libc.so.6", Symbol{Name: "__issignaling", Bind: elf.STB_WEAK}), zlibInside, nil},
	"of another library":         {imports("libz.so.1", Symbol{Name: "inflate_table", Version: "MY_1", Library: "libmy.so"}), zlibInside, nil},
	"the library is not needed":  {imports("libmy.so", Symbol{Name: "inflate_table"}), zlibInside, nil},
	"nothing is forbidden":       {imports("libz.so.1", Symbol{Name: "inflate_table"}), debian12, nil},
}

func load(offset, vaddr, align uint64) File {
	return File{Platform: arm64, Dynamic: true, Segments: []Segment{{Type: elf.PT_GNU_STACK, Align: 1}, {Type: elf.PT_LOAD, Offset: offset, VAddr: vaddr, FileSize: 1, MemSize: 1, Align: align}}}
}

var sixteen = abi.Target{Name: "android:35", Platform: arm64, Libc: abi.Bionic, PageSize: 16384}

var pageAlignmentCases = map[string]judged{
	"4 KiB on 16":                 {load(0x1000, 0x5000, 0x1000), sixteen, []string{"error: segment 1 is aligned to 4096 bytes; android:35 has pages of 16384"}},
	"equal":                       {load(0x1000, 0x5000, 0x4000), sixteen, nil},
	"64 KiB on 16":                {load(0x1000, 0x21000, 0x10000), sixteen, nil},
	"address and offset disagree": {load(0x1000, 0x6000, 0x4000), sixteen, []string{"error: segment 1 has address 0x6000 and file offset 0x1000"}},
	"an address below the offset": {load(0x8000, 0x4000, 0x4000), sixteen, nil},
	"empty":                       {File{Dynamic: true, Segments: []Segment{{Type: elf.PT_LOAD, Align: 1}}}, sixteen, nil},
	"static, the addresses agree": {static(load(0x1000, 0x5000, 0x1000)), sixteen, nil},
	"static, they do not":         {static(load(0x1000, 0x6000, 0x1000)), sixteen, []string{"error: 0x6000"}},
	"debug information":           {debugInfo(load(0x1000, 0x6000, 0x1000)), sixteen, nil},
	"no ELF file is for macOS":    {load(0x1000, 0x5000, 0x1000), abi.Target{Name: "macos:13", Platform: abi.Platform{OS: "darwin", Arch: "arm64"}, PageSize: 16384}, nil},
	"the smallest pages":          {load(0x1000, 0x5000, 0x1000), debian12, nil},
	"read-only to a page's end":   {relro(arm64, 0x4000, 0x4000, 0x8000, 0x100), sixteen, nil},
	"read-only into a page":       {relro(arm64, 0x4000, 0x1000, 0x5000, 0x100), sixteen, []string{"error: PT_GNU_RELRO) ends at 0x5000 | of android:35 in which segment 1 has data"}},
	"nothing else in that page":   {relro(arm64, 0x4000, 0x1000, 0x8000, 0x100), sixteen, nil},
	"glibc leaves the last page":  {relro(amd64, 0x14000, 0x2800, 0x16800, 0x100), debian12, nil},
	"glibc takes in the first":    {relro(amd64, 0x14800, 0x2800, 0x14000, 0x800), debian12, []string{"error: PT_GNU_RELRO) begins at 0x14800 | in which segment 1 has data"}},
	"too little for glibc":        {relro(amd64, 0x14800, 0x400, 0x14000, 0x800), debian12, nil},
	"as GNU ld lays it out":       {relro(amd64, 0x13ee8, 0x118, 0x13ee8, 0x128), debian12, nil},
	"likewise, on larger pages":   {relro(arm64, 0x7ee8, 0x118, 0x7ee8, 0x128), sixteen, nil},
	"no loader protects it":       {static(relro(arm64, 0x4000, 0x1000, 0x5000, 0x100)), sixteen, nil},
}

// relro is a file with a part that is read-only after relocation, and one that
// is not, in segments of their own.
func relro(p abi.Platform, start, size, data, dataSize uint64) File {
	return File{Platform: p, Dynamic: true, Segments: []Segment{
		{Type: elf.PT_LOAD, Flags: rw, Offset: start, VAddr: start, FileSize: size, MemSize: size, Align: 0x10000},
		{Type: elf.PT_LOAD, Flags: rw, Offset: data, VAddr: data, FileSize: dataSize, MemSize: dataSize, Align: 0x10000},
		{Type: elf.PT_GNU_RELRO, VAddr: start, MemSize: size},
	}}
}

func static(f File) File { f.Dynamic = false; return f }

func debugInfo(f File) File { f.Kind = DebugInfo; return f }

var textRelocationsCases = map[string]judged{
	"flagged":     {File{DynFlags: elf.DF_TEXTREL, Relocations: Relocations{Text: 3}}, abi.Target{}, []string{"warning: has relocations in its code (DT_TEXTREL)"}},
	"not flagged": {File{DynFlags: elf.DF_BIND_NOW}, abi.Target{}, nil},
}

var wrongArchitectureCases = map[string]judged{
	"another machine":   {File{Platform: arm64, Class: 64, Machine: elf.EM_AARCH64}, debian12, []string{"error: is built for linux/arm64; debian:12 is linux/amd64"}},
	"none of several":   {File{Platform: arm64}, abi.Target{Name: "x", Platform: abi.Platform{OS: "linux", Arch: "386 and amd64"}}, []string{"error: x is known here for linux/386 and amd64"}},
	"another class":     {File{Platform: abi.Platform{OS: "linux", Arch: "386"}}, debian12, []string{"error: linux/386 | linux/amd64"}},
	"another system":    {File{Platform: abi.Platform{OS: "freebsd", Arch: "amd64"}}, debian12, []string{"error: freebsd/amd64"}},
	"the other order":   {File{Platform: abi.Platform{OS: "linux", Arch: "ppc64"}, BigEndian: true}, abi.Target{Name: "x", Platform: abi.Platform{OS: "linux", Arch: "ppc64le"}}, []string{"error: linux/ppc64; x is linux/ppc64le"}},
	"the same":          {File{Platform: amd64}, debian12, nil},
	"debug information": {File{Platform: arm64, Kind: DebugInfo}, debian12, nil},
}

func android(level int) File { return File{Libc: abi.Bionic, Notes: Notes{Android: level}} }

var lollipop = abi.Target{Name: "android:21", Libc: abi.Bionic, LibcVersion: "21"}

var androidLevelCases = map[string]judged{
	"newer":              {android(24), lollipop, []string{"error: is built for API level 24; android:21 has 21"}},
	"equal":              {android(21), lollipop, nil},
	"older":              {android(16), lollipop, nil},
	"not said":           {android(0), lollipop, nil},
	"of another family":  {android(24), alpine, nil},
	"no level is given":  {android(24), abi.Target{Name: "android", Libc: abi.Bionic}, nil},
	"compares as number": {android(9), abi.Target{Name: "android:10", Libc: abi.Bionic, LibcVersion: "10"}, nil},
}
