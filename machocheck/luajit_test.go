package machocheck

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/abivet/abivet/abi"
	mb "github.com/abivet/abivet/internal/machobuild"
	"github.com/abivet/abivet/luajit"
)

func lua(role luajit.Role, gc64 luajit.Answer) *luajit.Info {
	return &luajit.Info{Role: role, GC64: gc64, Version: "2.0.5", Evidence: []string{"as if it were"}}
}

func host(p abi.Platform, info *luajit.Info, pageZero uint64, flags uint32) File {
	return File{Platform: p, CPU: mb.AMD64, Kind: Executable, Flags: flags, LuaJIT: info, Segments: []Segment{{Name: "__PAGEZERO", Size: pageZero}}}
}

func TestLuaJITPageZero(t *testing.T) {
	no, yes, unknown := lua(luajit.Embedded, luajit.No), lua(luajit.Embedded, luajit.Yes), lua(luajit.Embedded, luajit.Unknown)
	library := host(intel, no, 0, 0)
	library.Kind = Library
	runJudged(t, luajitPageZero, map[string]judged{
		"default page zero":             {file: host(intel, no, 1<<32, mb.PIE), want: []string{`error: embeds LuaJIT "2.0.5" without GC64, which needs memory below 0x80000000, but page zero covers all up to 0x100000000 (up to 0x110000000 once the program is moved); link the main executable with -Wl,-pagezero_size,0x10000`}},
		"small page zero":               {file: host(intel, no, 0x10000, mb.PIE)},
		"Go's own linker":               {file: host(intel, no, goPageZero, mb.PIE)},
		"the slide takes the rest":      {file: host(intel, no, 0x70000000, mb.PIE), want: []string{"error: up to 0x80000000"}},
		"without a slide it is left":    {file: host(intel, no, 0x70000000, 0)},
		"one byte below":                {file: host(intel, no, 0x6fffffff, mb.PIE)},
		"GC64 allocates anywhere":       {file: host(intel, yes, 1<<32, mb.PIE)},
		"arm64 is always GC64":          {file: host(apple, no, 1<<32, mb.PIE)},
		"the mode is not known":         {file: host(intel, unknown, 1<<32, mb.PIE), want: []string{"note: whether with GC64 is not known"}},
		"not known, small page zero":    {file: host(intel, unknown, 0x10000, mb.PIE)},
		"linked, the mode is not known": {file: host(intel, lua(luajit.Linked, luajit.Unknown), 1<<32, mb.PIE), want: []string{"note: needs a library of LuaJIT"}},
		"linked to 2.0":                 {file: host(intel, lua(luajit.Linked, luajit.No), 1<<32, mb.PIE), want: []string{"error: needs a library of LuaJIT"}},
		"it only says the name":         {file: host(intel, lua(luajit.Mentions, luajit.Unknown), 1<<32, mb.PIE)},
		"no LuaJIT":                     {file: host(intel, nil, 1<<32, mb.PIE)},
		"a library has no page zero":    {file: library},
		"iOS simulator has other rules": {file: host(abi.Platform{OS: "ios-simulator", Arch: "amd64"}, no, 1<<32, mb.PIE)},
	})
}

func TestLuaJITPageZeroNeedless(t *testing.T) {
	yes := lua(luajit.Embedded, luajit.Yes)
	byGo := host(intel, yes, goPageZero, mb.PIE)
	byGo.Go = &GoBuild{Version: "go1.26.8"}
	asked := host(intel, yes, 0x10000, mb.PIE)
	asked.Go = &GoBuild{Version: "go1.26.8"}
	stripped := host(intel, yes, goPageZero, mb.PIE)
	stripped.Segments = append(stripped.Segments, Segment{Name: "__TEXT", Sections: []Section{{Name: "__gopclntab"}}})
	none := host(intel, yes, 0, mb.PIE)
	none.Segments = nil
	runJudged(t, luajitPageZeroNeedless, map[string]judged{
		"small with GC64":                      {file: host(intel, yes, 0x10000, mb.PIE), want: []string{"note: covers 0x10000 bytes instead of 0x100000000"}},
		"full":                                 {file: host(intel, yes, 1<<32, mb.PIE)},
		"without GC64 it is needed":            {file: host(intel, lua(luajit.Embedded, luajit.No), 0x10000, mb.PIE)},
		"not known":                            {file: host(intel, lua(luajit.Embedded, luajit.Unknown), 0x10000, mb.PIE)},
		"Go's linker always does so":           {file: byGo},
		"so it does without build information": {file: stripped},
		"another linker was asked to":          {file: host(intel, yes, goPageZero, mb.PIE), want: []string{"note: 0x1000000"}},
		"Go was asked to":                      {file: asked, want: []string{"note: 0x10000"}},
		"pagezero-arm64 judges that":           {file: host(apple, yes, 0x10000, mb.PIE)},
		"none at all":                          {file: none},
	})
}

func TestLuaJITHostDecides(t *testing.T) {
	with := func(kind Kind, p abi.Platform, info *luajit.Info) File {
		return File{Kind: kind, Platform: p, LuaJIT: info}
	}
	no := lua(luajit.Embedded, luajit.No)
	runJudged(t, luajitHostDecides, map[string]judged{
		"bundle":                 {file: with(Bundle, intel, no), want: []string{"warning: this bundle embeds LuaJIT"}},
		"library":                {file: with(Library, intel, no), want: []string{"warning: -Wl,-pagezero_size,0x10000"}},
		"library that needs 2.0": {file: with(Library, intel, lua(luajit.Linked, luajit.No)), want: []string{"warning: this dylib needs a library of LuaJIT"}},
		"not known":              {file: with(Bundle, intel, lua(luajit.Embedded, luajit.Unknown))},
		"GC64":                   {file: with(Bundle, intel, lua(luajit.Embedded, luajit.Yes))},
		"arm64":                  {file: with(Bundle, apple, no)},
		"a program is the host":  {file: with(Executable, intel, no)},
		"an object is linked":    {file: with(Object, intel, no)},
	})
}

// interpreter is code with what all builds of LuaJIT for amd64 have in common:
// the dispatch at the end of most instructions, and the head of its messages.
func interpreter(gc64 bool) []byte {
	advance := "\x83\xc3\x04"
	if gc64 {
		advance = "\x48\x83\xc3\x04"
	}
	dispatch := "\x8b\x03\x0f\xb6\xcc\x0f\xb6\xe8" + advance + "\xc1\xe8\x10\x41\xff\x24\xee"
	messages := strings.Join([]string{"not enough memory", "error in error handling", "C++ exception", "string length overflow", ""}, "\x00")
	code := strings.Repeat(dispatch+strings.Repeat("\x90", 600), 80)
	return []byte(code + messages)
}

// luaProgram is a program that has the code, and a page zero.
func luaProgram(cpu uint32, code []byte, zero uint64) mb.Image {
	m := program(cpu)
	m.Commands[0] = mb.Segment{Name: "__PAGEZERO", Size: zero}
	m.Commands[1] = text(code)
	m.Commands[5] = mb.Blob{Kind: mb.ExportsTrie, Data: mb.Trie("_main", "_lua_gettop")}
	m.Commands[6] = mb.Symtab{Defined: []string{"_main", "_lua_gettop"}, Undefined: []mb.Undefined{{Name: "_exit", Library: 1}}, Ranges: true}
	return m
}

// TestLuaJITStory is what this module was written for: one program, as the
// linker makes it and as LuaJIT needs it.
func TestLuaJITStory(t *testing.T) {
	linked := func(compatibility uint32) mb.Image {
		m := program(mb.AMD64)
		m.Commands = append(m.Commands, mb.Library{Name: "@rpath/libluajit-5.1.2.dylib", Compatibility: compatibility}, mb.RPath("@loader_path"))
		return m
	}
	bundle := luaProgram(mb.AMD64, interpreter(false), 1<<32)
	bundle.Type, bundle.Commands = mb.Bundle, bundle.Commands[1:]
	tests := map[string]struct {
		image mb.Image
		want  []string // rules
	}{
		"as linked by default":        {luaProgram(mb.AMD64, interpreter(false), 1<<32), []string{"luajit-pagezero error"}},
		"linked with the flag":        {luaProgram(mb.AMD64, interpreter(false), 0x10000), nil},
		"with GC64":                   {luaProgram(mb.AMD64, interpreter(true), 1<<32), nil},
		"with GC64 and the flag":      {luaProgram(mb.AMD64, interpreter(true), 0x10000), []string{"luajit-pagezero-needless note"}},
		"arm64 with the flag":         {luaProgram(mb.ARM64, nil, 0x10000), []string{"pagezero-arm64 error"}},
		"arm64":                       {luaProgram(mb.ARM64, nil, 1<<32), nil},
		"an extension":                {bundle, []string{"luajit-host-decides warning"}},
		"linked to LuaJIT 2.0":        {linked(mb.Version(2, 0, 0)), []string{"luajit-pagezero error"}},
		"linked to LuaJIT 2.1":        {linked(mb.Version(2, 1, 0)), []string{"luajit-pagezero note"}},
		"a program of the same shape": {luaProgram(mb.AMD64, make([]byte, 1<<16), 1<<32), nil},
	}
	for reason, test := range tests {
		t.Run(reason, func(t *testing.T) {
			test.image.Page = 0x4000 // so that it is sound in all else
			f := read(t, test.image.Bytes(), WantLuaJIT)
			if f.Exports != nil || f.Imports != nil {
				t.Errorf("symbols %q, %v that nobody asked for", f.Exports, f.Imports)
			}
			findings, _ := abi.Check(Rules(), f, macOS("13.0"))
			var got []string
			for _, x := range findings {
				got = append(got, fmt.Sprintf("%s %s", x.Rule, x.Severity))
				if x.Rule == "luajit-pagezero" && !strings.Contains(x.Message, "-Wl,-pagezero_size,0x10000") {
					t.Errorf("%s: does not name the flag", x.Message)
				}
			}
			if fmt.Sprint(got) != fmt.Sprint(test.want) {
				t.Errorf("found %v, want %v; LuaJIT: %+v", got, test.want, f.LuaJIT)
			}
		})
	}
}

// TestLuaJITFix holds the words of the rule to what a reader of it needs.
func TestLuaJITFix(t *testing.T) {
	for _, words := range []string{
		"-Wl,-pagezero_size,0x10000",      // what mends it
		"main executable",                 // where
		"-image_base",                     // and what of the old pair is not needed
		"-ldflags '-extldflags",           // a Go program
		"CGO_LDFLAGS=-Wl,-pagezero_size",  // likewise
		"refuses",                         // cmd/go, in #cgo LDFLAGS
		"target_link_options", "build.rs", // others
	} {
		if !strings.Contains(strings.Join(strings.Fields(luajitPageZero.Fix), " "), words) {
			t.Errorf("the fix does not say %q", words)
		}
	}
}

// TestLuaJITBuilds reads real programs and libraries for macOS that have a
// LuaJIT inside, below the directory that ABIVET_LUAJIT_MACHO names.
func TestLuaJITBuilds(t *testing.T) {
	dir := os.Getenv("ABIVET_LUAJIT_MACHO")
	if dir == "" {
		t.Skip("ABIVET_LUAJIT_MACHO is not set: real builds of LuaJIT are NOT looked at")
	}
	t.Setenv("ABIVET_MACHO_CORPUS", dir)
	for _, path := range corpus(t) {
		files, err := ReadFile(path, WantLuaJIT)
		if err != nil {
			t.Errorf("%s: %v", path, err)
		}
		for _, f := range files {
			if f.embedsLuaJIT() {
				holdLongCode(t, path, f)
			}
			if f.LuaJIT == nil || f.LuaJIT.Role != luajit.Embedded || f.LuaJIT.GC64 == luajit.Unknown {
				t.Errorf("%s (%s): LuaJIT is %+v; want one embedded, of a known mode", path, f.Arch, f.LuaJIT)
				continue
			}
			zero, _ := f.PageZero()
			want := f.Kind == Executable && f.LuaJIT.GC64 == luajit.No && zero.Size == fullPageZero
			if got := len(checkLuaJITPageZero(f, abi.Target{})) > 0; got != want {
				t.Errorf("%s (%s): luajit-pagezero found %t, want %t", path, f.Arch, got, want)
			}
		}
	}
}

// holdLongCode holds that an interpreter is in the code that is left when short
// functions are not, and that it is found there without a name.
func holdLongCode(t *testing.T, path string, f *File) {
	t.Helper()
	r, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	d := decoder{r: r, base: f.Slice.Offset, size: f.Slice.Size, file: f}
	defer d.own().release()
	image := luajit.Image{Platform: f.Platform}
	if image.Regions, err = d.longCode(d.regions()); err != nil {
		t.Fatal(err)
	}
	if ok, err := luajit.Sampled(image); !ok || err != nil {
		t.Errorf("%s (%s): in code of long functions nothing of an interpreter is found: %v", path, f.Arch, err)
	}
}
