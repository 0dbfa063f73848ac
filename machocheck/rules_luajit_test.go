package machocheck

import (
	"testing"

	"github.com/abivet/abivet/abi"
	mb "github.com/abivet/abivet/internal/machobuild"
	"github.com/abivet/abivet/luajit"
)

// luaFile is a file with a LuaJIT, of which the changes say more.
func luaFile(kind Kind, p abi.Platform, role luajit.Role, gc64 luajit.Answer, changes ...func(*File)) File {
	f := File{Kind: kind, Platform: p, LuaJIT: &luajit.Info{
		Role: role, GC64: gc64, JIT: luajit.Yes, FFI: luajit.Yes, Hardened: luajit.No, Version: "2.1.1787165859", Evidence: []string{"as if it were"},
	}}
	for _, change := range changes {
		change(&f)
	}
	return f
}

func imported(names ...string) func(*File) {
	return func(f *File) {
		for _, name := range names {
			f.Imports = append(f.Imports, Import{Name: name, Library: 1})
		}
	}
}

func dylibs(names ...string) func(*File) {
	return func(f *File) {
		for _, name := range names {
			f.Dylibs = append(f.Dylibs, Dylib{Name: name})
		}
	}
}

func lacks(change func(*luajit.Info)) func(*File) { return func(f *File) { change(f.LuaJIT) } }

const (
	embedded = luajit.Embedded
	linked   = luajit.Linked
)

func TestLuaJITLowHeap(t *testing.T) {
	no := lua(luajit.Embedded, luajit.No)
	runJudged(t, luajitLowHeap, map[string]judged{
		"most of it is gone":         {file: host(intel, no, 0x40000000, mb.PIE), want: []string{"note: leaves it 768 MiB or less"}},
		"nearly all of it":           {file: host(intel, no, 0x6f000000, mb.PIE), want: []string{"warning: leaves it 16 MiB or less"}},
		"the flag as it should be":   {file: host(intel, no, 0x10000, mb.PIE)},
		"Go's own linker":            {file: host(intel, no, goPageZero, mb.PIE)},
		"all of it: luajit-pagezero": {file: host(intel, no, 1<<32, mb.PIE)},
		"with GC64":                  {file: host(intel, lua(luajit.Embedded, luajit.Yes), 0x40000000, mb.PIE)},
		"not known":                  {file: host(intel, lua(luajit.Embedded, luajit.Unknown), 0x40000000, mb.PIE)},
		"arm64":                      {file: host(apple, no, 0x40000000, mb.PIE)},
		"no LuaJIT":                  {file: host(intel, nil, 0x40000000, mb.PIE)},
	})
}

func TestLuaJITLibraryBase(t *testing.T) {
	at := func(addr uint64) func(*File) {
		return func(f *File) { f.Segments = []Segment{{Name: "__TEXT", Addr: addr, Size: 0x1000, FileSize: 0x1000}} }
	}
	runJudged(t, luajitLibraryBase, map[string]judged{
		"LuaJIT's own Makefile of old": {file: luaFile(Library, intel, embedded, luajit.No, at(0x7fff04c4a000)), want: []string{"note: prefers to be at 0x7fff04c4a000, in the region of the system's own"}},
		"rebased low":                  {file: luaFile(Bundle, intel, linked, luajit.No, at(0x10000000)), want: []string{"note: at 0x10000000, below 2 GiB"}},
		"the default":                  {file: luaFile(Library, intel, embedded, luajit.No, at(0))},
		"somewhere else":               {file: luaFile(Library, intel, embedded, luajit.No, at(0x200000000))},
		"arm64 has another region":     {file: luaFile(Library, apple, embedded, luajit.Yes, at(0x7fff04c4a000))},
		"a program":                    {file: luaFile(Executable, intel, embedded, luajit.No, at(0x10000000))},
		"no LuaJIT":                    {file: File{Kind: Library, Platform: intel, Segments: []Segment{{Name: "__TEXT", Addr: 0x7fff04c4a000, FileSize: 1}}}},
	})
}

func TestLuaJITPageZeroMisplaced(t *testing.T) {
	zero := func(f *File) { f.Segments = []Segment{{Name: "__PAGEZERO", Size: 0x10000}} }
	runJudged(t, luajitPageZeroMisplaced, map[string]judged{
		"a library":         {file: luaFile(Library, intel, embedded, luajit.No, zero), want: []string{"note: this dylib has a page zero of 0x10000 bytes"}},
		"an extension":      {file: luaFile(Bundle, intel, linked, luajit.No, zero), want: []string{"note: this bundle"}},
		"a program has one": {file: luaFile(Executable, intel, embedded, luajit.No, zero)},
		"none":              {file: luaFile(Library, intel, embedded, luajit.No)},
		"no LuaJIT":         {file: File{Kind: Library, Platform: intel, Segments: []Segment{{Name: "__PAGEZERO", Size: 0x10000}}}},
	})
}

func TestLuaJITHardenedRuntime(t *testing.T) {
	signed := func(flags uint32, entitlements ...string) func(*File) {
		return func(f *File) {
			f.Signature = Signature{Present: true, Flags: flags, Entitlements: map[string]string{}}
			for _, e := range entitlements {
				f.Signature.Entitlements["com.apple.security.cs."+e] = "true"
			}
		}
	}
	denied := func(f *File) {
		f.Signature.Entitlements = map[string]string{"com.apple.security.cs.allow-unsigned-executable-memory": "false"}
	}
	hrt := lacks(func(i *luajit.Info) { i.Hardened = luajit.Yes })
	notKnown := lacks(func(i *luajit.Info) { i.Hardened = luajit.Unknown })
	noJIT := lacks(func(i *luajit.Info) { i.JIT = luajit.No })
	runJudged(t, luajitHardenedRuntime, map[string]judged{
		"no entitlement":                   {file: luaFile(Executable, apple, embedded, luajit.Yes, signed(HardenedRuntime)), want: []string{"error: allow-unsigned-executable-memory, which every build"}},
		"one that is false":                {file: luaFile(Executable, apple, embedded, luajit.Yes, signed(HardenedRuntime), denied), want: []string{"error: allow-unsigned"}},
		"one that it cannot use":           {file: luaFile(Executable, intel, embedded, luajit.No, signed(HardenedRuntime, "allow-jit")), want: []string{"error: since this build of LuaJIT cannot use com.apple.security.cs.allow-jit"}},
		"one that it can use":              {file: luaFile(Executable, apple, embedded, luajit.Yes, signed(HardenedRuntime, "allow-unsigned-executable-memory"))},
		"the one that allows all":          {file: luaFile(Executable, apple, embedded, luajit.Yes, signed(HardenedRuntime, "disable-executable-page-protection"))},
		"a hardened build without":         {file: luaFile(Executable, apple, embedded, luajit.Yes, signed(HardenedRuntime), hrt), want: []string{"error: allow-jit, which is enough for this build"}},
		"a hardened build with":            {file: luaFile(Executable, apple, embedded, luajit.Yes, signed(HardenedRuntime, "allow-jit"), hrt)},
		"not known which, with allow-jit":  {file: luaFile(Executable, apple, embedded, luajit.Yes, signed(HardenedRuntime, "allow-jit"), notKnown)},
		"without JIT":                      {file: luaFile(Executable, apple, embedded, luajit.Yes, signed(HardenedRuntime), noJIT)},
		"not hardened":                     {file: luaFile(Executable, apple, embedded, luajit.Yes, signed(AdHoc))},
		"a library has no say":             {file: luaFile(Library, apple, embedded, luajit.Yes, signed(HardenedRuntime))},
		"linked: the closure knows of JIT": {file: luaFile(Executable, apple, linked, luajit.Yes, signed(HardenedRuntime))},
		"iOS has other rules":              {file: luaFile(Executable, abi.Platform{OS: "ios", Arch: "arm64"}, embedded, luajit.Yes, signed(HardenedRuntime))},
	})
}

// One missing entitlement is one finding, of the rule that knows which it is.
func TestHardenedLuaJITIsSaidOnce(t *testing.T) {
	f := luaFile(Executable, apple, embedded, luajit.Yes, imported("_pthread_jit_write_protect_np"), lacks(func(i *luajit.Info) { i.Hardened = luajit.Yes }))
	f.Signature = Signature{Present: true, Flags: HardenedRuntime}
	findings, _ := abi.Check([]abi.Rule[*File]{hardenedRuntimeJIT, luajitHardenedRuntime}, &f, abi.Target{})
	if len(findings) != 1 || findings[0].Rule != "luajit-hardened-runtime" {
		t.Errorf("%+v", findings)
	}
}

func TestLuaJITSymbolsHidden(t *testing.T) {
	api := lacks(func(i *luajit.Info) { i.API = 148 })
	runJudged(t, luajitSymbolsHidden, map[string]judged{
		"nothing exported": {file: luaFile(Executable, apple, embedded, luajit.Yes, imported("_dlopen")), want: []string{"warning: -Wl,-export_dynamic"}},
		"exported":         {file: luaFile(Executable, apple, embedded, luajit.Yes, imported("_dlopen"), api)},
		"loads nothing":    {file: luaFile(Executable, apple, embedded, luajit.Yes)},
		"a library":        {file: luaFile(Library, apple, embedded, luajit.Yes, imported("_dlopen"))},
		"linked":           {file: luaFile(Executable, apple, linked, luajit.Yes, imported("_dlopen"))},
	})
}

func TestLuaJITTwoRuntimes(t *testing.T) {
	jit, puc := "@rpath/libluajit-5.1.2.dylib", "/opt/homebrew/opt/lua/lib/liblua.5.4.dylib"
	runJudged(t, luajitTwoRuntimes, map[string]judged{
		"both libraries":      {file: luaFile(Executable, apple, linked, luajit.Yes, dylibs(jit, puc)), want: []string{`warning: needs both "@rpath/libluajit-5.1.2.dylib" and "/opt/homebrew`}},
		"its own and another": {file: luaFile(Library, apple, embedded, luajit.Yes, dylibs(jit)), want: []string{"warning: needs another runtime"}},
		"one library":         {file: luaFile(Executable, apple, linked, luajit.Yes, dylibs(jit, "/usr/lib/libSystem.B.dylib"))},
		"its own":             {file: luaFile(Executable, apple, embedded, luajit.Yes, dylibs("/usr/lib/libSystem.B.dylib"))},
		"PUC's alone":         {file: File{Kind: Executable, Platform: apple, Dylibs: []Dylib{{Name: puc}}}},
	})
}

func TestLuaJITNewState(t *testing.T) {
	runJudged(t, luajitNewState, map[string]judged{
		"the wrong function": {file: luaFile(Bundle, intel, linked, luajit.No, imported("_lua_newstate")), want: []string{"error: always returns NULL"}},
		"both":               {file: luaFile(Bundle, intel, linked, luajit.No, imported("_lua_newstate", "_luaL_newstate"))},
		"not known":          {file: luaFile(Bundle, intel, linked, luajit.Unknown, imported("_lua_newstate"))},
		"arm64":              {file: luaFile(Bundle, apple, linked, luajit.Yes, imported("_lua_newstate"))},
	})
}

func TestLuaJITUnwind(t *testing.T) {
	table := func(name string) func(*File) {
		return func(f *File) { f.Segments = []Segment{{Name: "__TEXT", Sections: []Section{{Name: name, Size: 16}}}} }
	}
	raises := imported("__Unwind_RaiseException")
	runJudged(t, luajitUnwind, map[string]judged{
		"no table":            {file: luaFile(Executable, apple, embedded, luajit.Yes, raises), want: []string{"warning: neither __unwind_info nor __eh_frame"}},
		"the compact one":     {file: luaFile(Executable, apple, embedded, luajit.Yes, raises, table("__unwind_info"))},
		"the other one":       {file: luaFile(Executable, apple, embedded, luajit.Yes, raises, table("__eh_frame"))},
		"unwinds by itself":   {file: luaFile(Executable, apple, embedded, luajit.Yes)},
		"a library does it":   {file: luaFile(Executable, apple, linked, luajit.Yes, raises)},
		"an object is a part": {file: luaFile(Object, apple, embedded, luajit.Yes, raises)},
	})
}

func TestLuaJITBytecodeMode(t *testing.T) {
	dump := func(flags uint32) func(*File) {
		return lacks(func(i *luajit.Info) {
			i.Bytecode = []luajit.Bytecode{{Version: 2, Flags: flags, Size: 22, Prototypes: 1}}
		})
	}
	runJudged(t, luajitBytecodeMode, map[string]judged{
		"of the other mode": {file: luaFile(Executable, apple, embedded, luajit.Yes, dump(0)), want: []string{"error: for a LuaJIT without GC64"}},
		"of the same":       {file: luaFile(Executable, apple, embedded, luajit.Yes, dump(luajit.FlagFR2))},
		"linked":            {file: luaFile(Executable, apple, linked, luajit.Yes, dump(0))},
	})
}

func TestLuaJITFixedDefect(t *testing.T) {
	of := func(version string) func(*File) { return lacks(func(i *luajit.Info) { i.Version = version }) }
	linker := func(version abi.Version) func(*File) { return func(f *File) { f.Builds = []Build{{Linker: version}} } }
	runJudged(t, luajitFixedDefect, map[string]judged{
		"the FFI of macOS":       {file: luaFile(Library, apple, embedded, luajit.Yes, of("2.1.1693000000")), want: []string{"warning: 83954100", "note: 68354f44"}},
		"amd64 finds its memory": {file: luaFile(Executable, intel, embedded, luajit.No, of("2.1.0-beta3"))},
		"what Xcode 16 folds":    {file: luaFile(Executable, intel, embedded, luajit.Yes, of("2.1.1727827584"), linker("1115.7.3")), want: []string{"note: linked with -Wl,-no_deduplicate"}},
		"folded by a later one":  {file: luaFile(Library, intel, embedded, luajit.Yes, of("2.1.0-beta3"), linker("1230.1")), want: []string{"note: 2240d844"}},
		"mended":                 {file: luaFile(Executable, intel, embedded, luajit.Yes, of("2.1.1727827585"), linker("1115.7.3"))},
		"Xcode 15 does not":      {file: luaFile(Executable, intel, embedded, luajit.Yes, of("2.1.0-beta3"), linker("1053.12"))},
		"nor another linker":     {file: luaFile(Executable, intel, embedded, luajit.Yes, of("2.1.0-beta3"), linker(""))},
		"head":                   {file: luaFile(Library, apple, embedded, luajit.Yes)},
		"2.0 has other times":    {file: luaFile(Executable, intel, embedded, luajit.No, of("2.0.1700000000"))},
	})
}
