package elfcheck

import (
	"debug/elf"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/luajit"
)

// lua is a file with a LuaJIT, of which the changes say more.
func lua(kind Kind, role luajit.Role, gc64 luajit.Answer, changes ...func(*File)) File {
	f := File{Platform: amd64, Kind: kind, Dynamic: true, LuaJIT: &luajit.Info{
		Role: role, GC64: gc64, JIT: luajit.Yes, FFI: luajit.Yes, Version: "2.1.1727870382", Evidence: []string{"as if it were"},
	}}
	for _, change := range changes {
		change(&f)
	}
	return f
}

func importing(names ...string) func(*File) {
	return func(f *File) {
		for _, name := range names {
			f.Imports = append(f.Imports, Symbol{Name: name})
		}
	}
}

func needing(names ...string) func(*File) { return func(f *File) { f.Needed = names } }
func on(p abi.Platform) func(*File)       { return func(f *File) { f.Platform = p } }
func version(v string) func(*File)        { return func(f *File) { f.LuaJIT.Version = v } }
func api(n int) func(*File)               { return func(f *File) { f.LuaJIT.API = n } }

func bytecode(version int, flags uint32) func(*File) {
	return func(f *File) {
		f.LuaJIT.Bytecode = append(f.LuaJIT.Bytecode, luajit.Bytecode{Offset: 0x100, Size: 22, Version: version, Flags: flags, Name: "=x", Prototypes: 1})
	}
}

const (
	embedded, linked, mentions = luajit.Embedded, luajit.Linked, luajit.Mentions
	yes, no, unknown           = luajit.Yes, luajit.No, luajit.Unknown
)

var luajitBytecodeModeCases = map[string]judged{
	"for the other mode": {file: lua(PIE, embedded, no, bytecode(2, luajit.FlagFR2)),
		want: []string{"error: at offset 0x100 | LuaJIT in this file | for a LuaJIT with GC64 and the runtime is one without"}},
	"the other way round":        {file: lua(PIE, embedded, yes, bytecode(2, 0)), want: []string{"error: for a LuaJIT without GC64"}},
	"of the other branch":        {file: lua(PIE, embedded, no, bytecode(1, 0)), want: []string{`error: of LuaJIT 2.0 and the runtime is "2.1.1727870382"`}},
	"one of two":                 {file: lua(PIE, embedded, yes, bytecode(2, luajit.FlagFR2), bytecode(2, 0)), want: []string{"error: without GC64"}},
	"of the same mode":           {file: lua(PIE, embedded, yes, bytecode(2, luajit.FlagFR2))},
	"of 2.0 in 2.0":              {file: lua(PIE, embedded, no, version("2.0.5"), bytecode(1, luajit.FlagStripped))},
	"the mode is not known":      {file: lua(PIE, embedded, unknown, bytecode(2, 0))},
	"linked: the library tells":  {file: lua(PIE, linked, yes, bytecode(2, 0))},
	"an object is not yet whole": {file: lua(Object, embedded, yes, bytecode(2, 0))},
	"no LuaJIT":                  {file: File{Platform: amd64, Kind: PIE}},
	"needs the FFI": {file: lua(PIE, embedded, no, bytecode(2, luajit.FlagFFI), func(f *File) { f.LuaJIT.FFI = no }),
		want: []string{"error: the FFI"}},
}

var luajitFixedDefectCases = map[string]judged{
	"arm64 before its fix": {file: lua(Shared, embedded, yes, on(arm64)), want: []string{`note: "2.1.1727870382" is older than commit 68354f44 of 2025-11-05`}},
	"arm64, long before": {file: lua(Shared, embedded, yes, on(arm64), version("2.1.0-beta2")),
		want: []string{"warning: e9af1abe | light userdata", "note: 68354f44"}},
	"a beta that was never renamed":      {file: lua(Shared, embedded, yes, on(arm64), version("2.1.0-beta3")), want: []string{"note: 68354f44"}},
	"at the fix":                         {file: lua(Shared, embedded, yes, on(arm64), version("2.1.1762386122"))},
	"without JIT":                        {file: lua(Shared, embedded, yes, on(arm64), func(f *File) { f.LuaJIT.JIT = no })},
	"amd64":                              {file: lua(Shared, embedded, yes)},
	"linked: the version is not its own": {file: lua(Shared, linked, yes, on(arm64))},
	"a number that is no time":           {file: lua(Shared, embedded, yes, on(arm64), version("2.1.5"))},
	"no version":                         {file: lua(Shared, embedded, yes, on(arm64), version(""))},
}

var luajitLowMemoryCases = map[string]judged{
	"without GC64":     {file: lua(PIE, embedded, no), want: []string{`note: embeds LuaJIT "2.1.1727870382" without GC64 | below 0x80000000`}},
	"no version":       {file: lua(Shared, embedded, no, version("")), want: []string{"note: embeds LuaJIT without GC64"}},
	"with GC64":        {file: lua(PIE, embedded, yes)},
	"not known":        {file: lua(PIE, embedded, unknown)},
	"linked":           {file: lua(PIE, linked, no)},
	"32-bit has less":  {file: lua(PIE, embedded, no, on(abi.Platform{OS: "linux", Arch: "386"}))},
	"only a mention":   {file: lua(PIE, mentions, no)},
	"another file":     {file: File{Platform: amd64, Kind: PIE}},
	"not yet a linked": {file: lua(Object, embedded, no)},
}

var luajitNewStateCases = map[string]judged{
	"the wrong function":    {file: lua(PIE, linked, no, importing("lua_newstate")), want: []string{"error: imports lua_newstate | NULL; call luaL_newstate"}},
	"both":                  {file: lua(PIE, linked, no, importing("lua_newstate", "luaL_newstate"))},
	"the right one":         {file: lua(PIE, linked, no, importing("luaL_newstate"))},
	"with GC64":             {file: lua(PIE, linked, yes, importing("lua_newstate"))},
	"the mode is not known": {file: lua(PIE, linked, unknown, importing("lua_newstate"))},
	"32-bit":                {file: lua(PIE, linked, no, importing("lua_newstate"), on(abi.Platform{OS: "linux", Arch: "386"}))},
	"another Lua":           {file: File{Platform: amd64, Kind: PIE, Imports: []Symbol{{Name: "lua_newstate"}}}},
}

var luajitSymbolsHiddenCases = map[string]judged{
	"nothing exported":     {file: lua(PIE, embedded, yes, importing("dlopen")), want: []string{"warning: imports dlopen | lua_gettop | -Wl,-E"}},
	"at a fixed address":   {file: lua(Executable, embedded, yes, importing("dlopen")), want: []string{"warning: -Wl,-E"}},
	"exported":             {file: lua(PIE, embedded, yes, importing("dlopen"), api(148))},
	"loads nothing":        {file: lua(PIE, embedded, yes)},
	"a library":            {file: lua(Shared, embedded, yes, importing("dlopen"))},
	"the library has them": {file: lua(PIE, linked, yes, importing("dlopen"))},
	"no LuaJIT":            {file: File{Platform: amd64, Kind: PIE, Imports: []Symbol{{Name: "dlopen"}}}},
}

var luajitTwoRuntimesCases = map[string]judged{
	"both libraries": {file: lua(PIE, linked, unknown, needing("libc.so.6", "liblua5.1.so.0", "libluajit-5.1.so.2")),
		want: []string{"warning: needs both libluajit-5.1.so.2 and liblua5.1.so.0 | comes first, liblua5.1.so.0,"}},
	"its own and another":     {file: lua(PIE, embedded, yes, needing("libluajit-5.1.so.2")), want: []string{"warning: embeds LuaJIT | needs another runtime, libluajit-5.1.so.2"}},
	"its own and PUC's":       {file: lua(Shared, embedded, yes, needing("liblua-5.4.so")), want: []string{"warning: liblua-5.4.so"}},
	"one library":             {file: lua(PIE, linked, unknown, needing("libluajit-5.1.so.2", "libm.so.6"))},
	"libluajit itself":        {file: lua(Shared, embedded, yes, needing("libm.so.6"))},
	"a module of another Lua": {file: lua(PIE, linked, unknown, needing("libluajit-5.1.so.2", "liblua5.1-luv.so.0", "liblua5.1-lpeg.so.2"))},
	"PUC's alone":             {file: File{Platform: amd64, Kind: PIE, Needed: []string{"liblua5.1.so.0"}}},
	"not a runtime":           {file: lua(PIE, linked, unknown, needing("libluajit-5.1.so.2", "liblualib.so", "libluabind.so"))},
}

var luajitUnwindCases = map[string]judged{
	"no table":            {file: lua(PIE, embedded, yes, importing("_Unwind_RaiseException")), want: []string{"warning: _Unwind_RaiseException | PT_GNU_EH_FRAME"}},
	"an empty one":        {file: lua(PIE, embedded, yes, importing("_Unwind_RaiseException"), frames(0)), want: []string{"warning: PT_GNU_EH_FRAME"}},
	"there":               {file: lua(PIE, embedded, yes, importing("_Unwind_RaiseException"), frames(20))},
	"unwinds by itself":   {file: lua(PIE, embedded, yes)},
	"registers its table": {file: lua(PIE, embedded, yes, importing("_Unwind_RaiseException", "__register_frame_info"))},
	"arm":                 {file: lua(PIE, embedded, no, importing("_Unwind_RaiseException"), on(abi.Platform{OS: "linux", Arch: "arm"}))},
	"linked":              {file: lua(PIE, linked, yes, importing("_Unwind_RaiseException"))},
}

func frames(size uint64) func(*File) {
	return func(f *File) {
		f.Segments = append(f.Segments, Segment{Type: elf.PT_GNU_EH_FRAME, FileSize: size})
	}
}
