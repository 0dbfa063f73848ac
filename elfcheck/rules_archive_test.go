package elfcheck

import (
	"bytes"
	"debug/elf"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/internal/elfbuild"
)

func asks(names ...string) File {
	f := File{Platform: amd64, Kind: Object}
	for _, name := range names {
		f.Imports = append(f.Imports, Symbol{Name: name, Bind: elf.STB_GLOBAL})
	}
	return f
}

func asked(change func(*File), names ...string) File {
	f := asks(names...)
	change(&f)
	return f
}

// muslOf is a target with a release of musl, and its libstdc++.
func muslOf(release abi.Version) abi.Target {
	return abi.Target{Name: "musl", Platform: amd64, Libc: abi.Musl, LibcVersion: release, Symbols: map[string]abi.Version{"GLIBCXX": "3.4.28", "CXXABI": "1.3.12"}}
}

var archiveFloorCases = map[string]judged{
	"newer than the target":            {asks("call_once", "puts"), with("GLIBC", "2.27"), []string{"error: needs call_once, which glibc has from 2.28 on (libpthread); old has 2.27"}},
	"the kernel's own strlcat":         {asked(func(f *File) { f.KernelModule = true }, "strlcat"), debian12, nil},
	"the same":                         {asks("call_once", "arc4random"), debian12, nil},
	"what the compiler puts in":        {asks("__isoc23_strtol"), debian12, []string{"error: __isoc23_strtol, which glibc has from 2.38"}},
	"one finding for a release":        {asks("strlcpy", "strlcat", "strlcpy"), debian12, []string{"warning: needs strlcat, strlcpy, which | ; libbsd has it too"}},
	"each release has its own":         {asks("strlcpy", "fmaximum_numf"), with("GLIBC", "2.34"), []string{"error: from 2.35 on (libm)", "warning: from 2.38 on (libc)"}},
	"a newer default is not the first": {asks("memcpy", "stat", "pthread_sigmask", "pthread_create", "dlopen"), with("GLIBC", "2.17"), nil},
	"what is linked in":                {asks("atexit", "at_quick_exit", "pthread_atfork", "fstatat64"), with("GLIBC", "2.17"), nil},
	"of other libraries":               {asks("SSL_new", "main", "_ZN3foo3barEv"), debian12, nil},
	"weak":                             {File{Platform: amd64, Kind: Object, Imports: []Symbol{{Name: "strlcpy", Bind: elf.STB_WEAK}}}, debian12, nil},
	"another member has it":            {asked(func(f *File) { f.Supplied = map[string]bool{"strlcpy": true} }, "strlcpy"), debian12, nil},
	"of a linked file others judge":    {asked(func(f *File) { f.Kind = Shared }, "strlcpy"), debian12, nil},
	"another system":                   {asked(func(f *File) { f.Platform.OS = "freebsd" }, "strlcpy"), debian12, nil},
	"Android":                          {asked(func(f *File) { f.Libc = abi.Bionic }, "strlcpy"), debian12, nil},
	"for another processor":            {asked(func(f *File) { f.Platform = arm64 }, "strlcpy"), debian12, nil},
	"a target that says nothing":       {asks("strlcpy"), abi.Target{Name: "x", Platform: amd64}, nil},

	"newer libstdc++":            {asks("_ZSt28__throw_bad_array_new_lengthv"), with("GLIBCXX", "3.4.28"), []string{"error: _ZSt28__throw_bad_array_new_lengthv, which libstdc++ has from GLIBCXX_3.4.29 on; old has 3.4.28"}},
	"that libstdc++":             {asks("_ZSt28__throw_bad_array_new_lengthv", "__gxx_personality_v0"), debian12, nil},
	"newer CXXABI":               {asks("_ZNSt15__exception_ptr13exception_ptr10_M_releaseEv"), with("CXXABI", "1.3.12"), []string{"error: from CXXABI_1.3.13 on; old has 1.3.12"}},
	"a libstdc++ nobody promise": {asks("_ZSt28__throw_bad_array_new_lengthv"), with("GLIBC", "2.17"), nil},
	"libstdc++ beside musl":      {asks("_ZSt28__throw_bad_array_new_lengthv"), muslOf("1.2.5"), []string{"error: GLIBCXX_3.4.29 on; musl has 3.4.28"}},

	"kept for old programs alone":   {asks("__malloc_hook", "__exp_finite"), debian12, []string{"warning: needs __exp_finite, which glibc 2.31 has for programs alone that are linked already", "warning: needs __malloc_hook, which glibc 2.36 has for programs alone"}},
	"a linker there still finds it": {asks("__malloc_hook"), with("GLIBC", "2.31"), nil},
	"musl never had it":             {asks("open64"), muslOf("1.2.3"), nil},
	"the compiler's, newer":         {asked(func(f *File) { f.Platform = arm64 }, "__aarch64_ldadd4_acq_rel"), abi.Target{Name: "old", Platform: arm64, Symbols: map[string]abi.Version{"GLIBC": "2.28", "GLIBCXX": "3.4.25"}}, []string{"warning: libgcc has from the GCC of GLIBCXX_3.4.28 on; old has 3.4.25"}},
	"the compiler's, of a version":  {asks("__cpu_model"), with("GCC", "4.3.0"), []string{"warning: libgcc has from GCC_4.8.0 on"}},
	"the compiler's, old":           {asks("__popcountdi2"), debian12, nil},

	"no musl has it":            {asks("getcontext", "makecontext"), muslOf("1.2.5"), []string{"error: needs getcontext, makecontext, which glibc has and no musl; musl has musl 1.2.5"}},
	"fortified":                 {asks("__fprintf_chk"), muslOf("1.2.5"), []string{"error: __fprintf_chk, which glibc has and no musl"}},
	"a newer musl has it":       {asks("statx"), muslOf("1.2.3"), []string{"error: statx, which musl has from 1.2.5 on; musl has musl 1.2.3"}},
	"this musl has it":          {asks("statx", "strlcpy", "call_once"), muslOf("1.2.5"), nil},
	"large files":               {asks("open64"), muslOf("1.2.4"), []string{"error: open64, which musl has for linkers up to 1.2.3"}},
	"large files before":        {asks("open64"), muslOf("1.2.3"), nil},
	"the compiler's own":        {asked(func(f *File) { f.Platform.Arch = "386" }, "__divdi3"), abi.Target{Platform: abi.Platform{OS: "linux", Arch: "386"}, Libc: abi.Musl, LibcVersion: "1.2.5"}, nil},
	"what moved out of glibc":   {asks("xdr_int"), muslOf("1.2.5"), nil},
	"musl of no known release":  {asks("getcontext"), abi.Target{Platform: amd64, Libc: abi.Musl}, nil},
	"what neither has":          {asks("foo", "fgetln"), muslOf("1.2.5"), nil},
	"a name that is none":       {asks("x; y"), muslOf("1.2.5"), nil},
	"weak, and no musl has it":  {File{Platform: amd64, Kind: Object, Imports: []Symbol{{Name: "getcontext", Bind: elf.STB_WEAK}}}, muslOf("1.2.5"), nil},
	"large files, for a loader": {asked(func(f *File) { f.Kind = Shared }, "open64"), muslOf("1.2.5"), nil},
}

// caller and hidden stand at the start and in the middle of .text.
func objectThatCalls(narrow bool) elfbuild.Object {
	return elfbuild.Object{
		Narrow: narrow,
		Symbols: []elfbuild.Symbol{
			{Name: "local", Bind: elf.STB_LOCAL, Type: elf.STT_FUNC, Section: 1, Value: 8, Size: 8},
			{Name: "caller", Bind: elf.STB_GLOBAL, Type: elf.STT_FUNC, Section: 1, Value: 0, Size: 8},
			{Name: "strlcpy", Bind: elf.STB_GLOBAL},
			{Name: "arc4random", Bind: elf.STB_GLOBAL},
			{Name: "of_another_library", Bind: elf.STB_GLOBAL},
			{Name: "call_once", Bind: elf.STB_GLOBAL, Type: elf.STT_FUNC, Section: 1, Value: 16, Visibility: elf.STV_HIDDEN},
			{Name: "getcontext", Bind: elf.STB_GLOBAL},
		},
		Relocations: []elfbuild.Relocation{{Offset: 9, Symbol: 3, Type: 4}, {Offset: 2, Symbol: 4, Type: 4}, {Offset: 3, Symbol: 5, Type: 4}, {Offset: 12, Symbol: 4, Type: 4}},
	}
}

func TestCallers(t *testing.T) {
	for _, narrow := range []bool{false, true} {
		o := objectThatCalls(narrow)
		if narrow {
			o.Machine = elf.EM_386
		}
		f, err := readBytes(o.Bytes(), WantImports|WantCallers|WantSupplies)
		require.NoError(t, err)
		assert.Equal(t, map[string]string{"strlcpy": "local", "arc4random": "caller"}, f.Callers)
		assert.Equal(t, []string{"call_once"}, f.Supplies, "hidden from other files, and not from the linker")
		assert.Len(t, f.Imports, 4)

		alone, err := readBytes(o.Bytes(), WantSupplies)
		require.NoError(t, err)
		assert.Nil(t, alone.Callers)
		assert.Empty(t, alone.Imports)
		assert.Equal(t, f.Supplies, alone.Supplies)
	}
}

func TestKernelModule(t *testing.T) {
	o := objectThatCalls(false)
	o.StackNote = true
	module := bytes.Replace(o.Bytes(), []byte(".note.GNU-stack\x00"), []byte(".modinfo\x00ck\x00\x00\x00\x00\x00"), 1)
	f, err := readBytes(module, 0)
	require.NoError(t, err)
	assert.True(t, f.KernelModule)
	f, err = readBytes(o.Bytes(), 0)
	require.NoError(t, err)
	assert.False(t, f.KernelModule)
}

func TestCallersAreEvidence(t *testing.T) {
	f, err := readBytes(objectThatCalls(false).Bytes(), WantImports|WantCallers)
	require.NoError(t, err)
	findings, _ := abi.Check([]abi.Rule[*File]{archiveFloor}, f, debian12)
	require.Len(t, findings, 1)
	assert.Equal(t, []string{"strlcpy is called in local"}, findings[0].Evidence)
	findings, _ = abi.Check([]abi.Rule[*File]{archiveFloor}, f, alpine)
	require.Len(t, findings, 2)
	assert.Equal(t, []string{"getcontext is undefined in the symbol table"}, findings[0].Evidence)
	assert.Equal(t, []string{"arc4random is called in caller"}, findings[1].Evidence)
}

// What many members ask for is said once.
func TestArchiveFloor(t *testing.T) {
	object := func(names ...string) *File {
		f := &File{Platform: amd64, Kind: Object, Callers: map[string]string{}}
		for _, name := range names {
			f.Imports = append(f.Imports, Symbol{Name: name})
		}
		f.Callers[names[0]] = "f, which is g"
		return f
	}
	old := abi.Target{Name: "old, which is old", Platform: amd64, Libc: abi.Glibc, Symbols: map[string]abi.Version{"GLIBC": "2.17"}}
	var a ArchiveFloor
	a.Add(0, "a.o", object("thrd_create"), old)
	a.Add(1, "b.o", object("call_once", "thrd_create", "__isoc23_strtol"), old)
	a.Add(2, "c.o", object("puts"), old)
	a.Add(3, "d.o", object("call_once"), old)
	got := map[int][]abi.Finding{}
	for number, f := range a.Findings() {
		got[number] = append(got[number], f)
	}
	require.Len(t, got, 2)
	require.Len(t, got[0], 1)
	assert.Equal(t, "needs call_once, thrd_create, which glibc has from 2.28 on (libpthread); old, which is old has 2.17 (3 members)", got[0][0].Message)
	assert.Equal(t, "call_once", got[0][0].Subject)
	assert.Equal(t, []string{"a.o: thrd_create is called in \"f, which is g\"", "b.o: call_once is called in \"f, which is g\"", "b.o: thrd_create is undefined in the symbol table", "d.o: call_once is called in \"f, which is g\""}, got[0][0].Evidence)
	require.Len(t, got[1], 1)
	assert.Equal(t, "needs __isoc23_strtol, which glibc has from 2.38 on (libc); old, which is old has 2.17", got[1][0].Message)
	assert.Equal(t, []string{"__isoc23_strtol is undefined in the symbol table"}, got[1][0].Evidence)

	alone, _ := abi.Check([]abi.Rule[*File]{archiveFloor}, object("thrd_create"), old)
	var one ArchiveFloor
	one.Add(7, "a.o", object("thrd_create"), old)
	for number, f := range one.Findings() {
		assert.Equal(t, 7, number)
		assert.Equal(t, alone[0], f, "what one member has is said as of a file")
	}
}
