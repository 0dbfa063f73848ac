package machocheck

import (
	"slices"
	"strings"
	"testing"

	"github.com/abivet/abivet/abi"
)

func TestRulesAreSound(t *testing.T) {
	if err := abi.Validate(Rules()); err != nil {
		t.Error(err)
	}
	if err := abi.Validate(UniversalRules()); err != nil {
		t.Error(err)
	}
	byID := func(a, b abi.Rule[*File]) int { return strings.Compare(a.ID, b.ID) }
	if !slices.IsSortedFunc(Rules(), byID) {
		t.Error("the rules are not in the order of their IDs")
	}
	for _, r := range Rules() {
		if len(r.Refs) == 0 {
			t.Errorf("%s: no source is named", r.ID)
		}
	}
}

// A judged is a file, the target and what is to be said: a severity and a part
// of the message for each finding, or nothing.
type judged struct {
	file   File
	target abi.Target
	want   []string
}

func (j judged) check(t *testing.T, rule abi.Rule[*File]) {
	t.Helper()
	findings, _ := abi.Check([]abi.Rule[*File]{rule}, &j.file, j.target)
	compareFindings(t, findings, j.want)
}

func compareFindings(t *testing.T, findings []abi.Finding, want []string) {
	t.Helper()
	var got []string
	for _, x := range findings {
		got = append(got, x.Severity.String()+": "+x.Message)
		if x.Subject == "" || len(x.Evidence) == 0 || x.Fix == "" {
			t.Errorf("finding without subject, evidence or fix: %+v", x)
		}
	}
	if len(got) != len(want) {
		t.Fatalf("got %q\nwant %q", got, want)
	}
	for i := range want {
		severity, part, _ := strings.Cut(want[i], ": ")
		if !strings.HasPrefix(got[i], severity+": ") || !strings.Contains(got[i], part) {
			t.Errorf("got %q\nwant %q", got[i], want[i])
		}
	}
}

func runJudged(t *testing.T, rule abi.Rule[*File], tests map[string]judged) {
	t.Helper()
	for reason, test := range tests {
		t.Run(reason, func(t *testing.T) { test.check(t, rule) })
	}
}

var (
	intel = abi.Platform{OS: darwin, Arch: "amd64"}
	apple = abi.Platform{OS: darwin, Arch: "arm64"}
)

func macOS(release abi.Version) abi.Target { return abi.Target{Platform: apple, MinOS: release} }

func builds(minOS, sdk abi.Version) []Build {
	return []Build{{OS: darwin, MinOS: minOS, SDK: sdk}}
}

// built is a file for macOS with a minimum and an SDK.
func built(kind Kind, minOS, sdk abi.Version) File {
	return File{Platform: apple, Kind: kind, Builds: builds(minOS, sdk), MinOS: minOS, SDK: sdk, UUID: "X"}
}

func (f File) needing(libs ...Dylib) File { f.Dylibs = libs; return f }

func (f File) rpaths(paths ...string) File { f.RPaths = paths; return f }

func TestDependencyNotPortable(t *testing.T) {
	app := File{Kind: Executable}
	atRPath, weakAtRPath := Dylib{Name: "@rpath/x.dylib"}, Dylib{Name: "@rpath/x.dylib", Link: Weak}
	runJudged(t, dependencyNotPortable, map[string]judged{
		"part of macOS":        {file: app.needing(Dylib{Name: "/usr/lib/libSystem.B.dylib"}, Dylib{Name: "/System/Library/Frameworks/AppKit.framework/AppKit"})},
		"beside the program":   {file: app.needing(Dylib{Name: "@rpath/a.dylib"}, Dylib{Name: "@loader_path/b.dylib"}, Dylib{Name: "@executable_path/c.dylib"})},
		"Homebrew":             {file: app.needing(Dylib{Name: "/opt/homebrew/lib/libz.dylib"}), want: []string{"error: Homebrew"}},
		"Homebrew on Intel":    {file: app.needing(Dylib{Name: "/usr/local/lib/libz.dylib"}), want: []string{"error: Homebrew on Intel"}},
		"home directory":       {file: app.needing(Dylib{Name: "/Users/me/libx.dylib"}), want: []string{"error: home directory"}},
		"installed separately": {file: app.needing(Dylib{Name: "/Library/edb/libperl.dylib"}), want: []string{"error: installed separately"}},
		"no place at all":      {file: app.needing(Dylib{Name: "/lib/libpython3.13.dylib"}), want: []string{"error: no part of macOS"}},
		"relative, of Go":      {file: app.needing(Dylib{Name: "libgo.dylib"}), want: []string{"error: relative to the working directory"}},
		"unknown variable":     {file: app.needing(Dylib{Name: "@here/libx.dylib"}), want: []string{"error: relative to the working directory"}},
		"the name is quoted":   {file: app.needing(Dylib{Name: "/a\x1b[2J"}), want: []string{`error: "/a\x1b[2J"`}},
		"weak may be missing":  {file: app.needing(Dylib{Name: "/opt/x.dylib", Link: Weak}), want: []string{"note: weakly"}},
		"each one is named":    {file: app.needing(Dylib{Name: "/opt/x.dylib"}, Dylib{Name: "/opt/y.dylib"}), want: []string{"error: x.dylib", "error: y.dylib"}},
		"objects need none":    {file: File{Kind: Object}.needing(Dylib{Name: "/opt/x.dylib"})},

		"by a home directory":    {file: app.needing(atRPath).rpaths("/Users/me/build"), want: []string{`warning: @rpath stands for "/Users/me/build", which is in a home directory`}},
		"by strange paths alone": {file: app.needing(atRPath).rpaths("/opt/homebrew/lib", "/tmp/x/"), want: []string{"warning: Homebrew"}},
		"weakly, by one":         {file: app.needing(weakAtRPath).rpaths("/tmp/x"), want: []string{"note: temporary directory"}},
		"another path serves":    {file: app.needing(atRPath).rpaths("/Users/me/build", "@loader_path")},
		"the system's serves":    {file: app.needing(atRPath).rpaths("/Users/me/build", "/usr/lib/swift")},
		"the program may serve":  {file: File{Kind: Library}.needing(atRPath).rpaths("/Users/me/build")},
		"nobody asks for it":     {file: app.needing(Dylib{Name: "@loader_path/x.dylib"}).rpaths("/Users/me/build")},
	})
}

func TestInstallNameNotPortable(t *testing.T) {
	lib := func(name string) File { return File{Kind: Library, ID: Dylib{Name: name}} }
	runJudged(t, installNameNotPortable, map[string]judged{
		"by @rpath":              {file: lib("@rpath/libx.dylib")},
		"part of macOS":          {file: lib("/usr/lib/libx.dylib")},
		"none":                   {file: lib("")},
		"of the build machine":   {file: lib("/Users/me/x/libx.dylib"), want: []string{"note: home directory"}},
		"bare, of Go's c-shared": {file: lib("libgo.dylib"), want: []string{"warning: relative"}},
		"bare without extension": {file: lib("cgo-arm64-c-shared"), want: []string{"warning: relative"}},
		"bare, of a plugin":      {file: lib("udx-native@1.bare"), want: []string{"note: relative"}},
		"bundles have none":      {file: File{Kind: Bundle, ID: Dylib{Name: "x"}}},
	})
}

func TestRPathMissing(t *testing.T) {
	lib := Dylib{Name: "@rpath/libx.dylib"}
	runJudged(t, rpathMissing, map[string]judged{
		"a program is loaded by nobody": {file: File{Kind: Executable}.needing(lib), want: []string{`error: "@rpath/libx.dylib"`}},
		"a program with one":            {file: File{Kind: Executable}.needing(lib).rpaths("@loader_path")},
		"a program without @rpath":      {file: File{Kind: Executable}.needing(Dylib{Name: "@loader_path/x"})},
		"a plugin has its host's":       {file: File{Kind: Bundle}.needing(lib), want: []string{"note: the program that loads this bundle"}},
		"weak may be missing":           {file: File{Kind: Executable}.needing(Dylib{Name: "@rpath/x", Link: Weak}), want: []string{"note: never found"}},
	})
}

func TestFixupsTooNew(t *testing.T) {
	chained := func(f File) File { f.ChainedFixups = true; return f }
	trie := func(f File) File { f.ExportsTrie = true; return f }
	form := func(f File, n int) File { f.ChainFormats = []int{n}; return f }
	runJudged(t, fixupsTooNew, map[string]judged{
		"from 10.15 on it is known":       {file: chained(built(Library, "10.15", "14.0"))},
		"below it is not":                 {file: chained(built(Library, "10.14.6", "14.0")), want: []string{"error: its minimum is macOS 10.14.6"}},
		"nor is the trie":                 {file: trie(built(Library, "10.9", "14.0")), want: []string{"error: 0x80000033"}},
		"the target decides, if named":    {file: chained(built(Library, "10.13", "14.0")), target: macOS("11.0")},
		"an old target":                   {file: chained(built(Library, "11.0", "14.0")), target: macOS("10.14"), want: []string{"error: the target is macOS 10.14"}},
		"the older form":                  {file: built(Library, "10.9", "14.0")},
		"no minimum and no target":        {file: chained(File{Platform: intel, Kind: Library})},
		"iOS knows it from another on":    {file: chained(File{Platform: abi.Platform{OS: "ios"}, Kind: Library, MinOS: "9.0"})},
		"10.2 is not above 10.15":         {file: chained(built(Executable, "10.2", "14.0")), want: []string{"error: 10.2"}},
		"debug information is not loaded": {file: chained(built(DebugInfo, "10.9", "14.0"))},
		"a younger form of pointers":      {file: form(chained(built(Library, "10.15", "14.0")), 6), want: []string{"error: form 6, which macOS knows from 10.15.4 on; its minimum is macOS 10.15"}},
		"a form that it knows":            {file: form(chained(built(Library, "10.15.4", "14.0")), 6)},
		"the first forms":                 {file: form(chained(built(Library, "10.15", "14.0")), 2)},
	})
}

func TestMacOSMinimum(t *testing.T) {
	runJudged(t, macosMinimum, map[string]judged{
		"equal":                 {file: built(Executable, "13.0", "14.0"), target: macOS("13.0")},
		"below":                 {file: built(Executable, "10.15.4", "14.0"), target: macOS("11.0")},
		"above":                 {file: built(Executable, "13.0", "14.0"), target: macOS("12.6"), want: []string{"error: built for macOS 13.0 or later; target has macOS 12.6"}},
		"above by the patch":    {file: built(Executable, "10.15.4", "11.0"), target: macOS("10.15.3"), want: []string{"error: 10.15.4"}},
		"10.9 is below 10.15":   {file: built(Executable, "10.9", "11.0"), target: macOS("10.15")},
		"objects have a rule":   {file: built(Object, "13.0", ""), target: macOS("11.0")},
		"no target":             {file: built(Executable, "13.0", "14.0")},
		"the target is Linux":   {file: built(Executable, "13.0", "14.0"), target: abi.Target{Platform: abi.Platform{OS: "linux"}, MinOS: "1"}},
		"iOS has other numbers": {file: File{Platform: abi.Platform{OS: "ios", Arch: "arm64"}, Kind: Library, MinOS: "16.0"}, target: macOS("11.0")},
	})
	for reason, want := range map[string]struct {
		file   File
		target abi.Target
		skip   string
	}{
		"no target":  {built(Executable, "13.0", ""), abi.Target{}, "no target macOS release"},
		"no minimum": {File{Platform: intel}, macOS("11.0"), "does not name the macOS"},
		"judged":     {built(Executable, "13.0", ""), macOS("11.0"), ""},
		"iOS":        {File{Platform: abi.Platform{OS: "ios"}}, macOS("11.0"), ""},
	} {
		if got := macosMinimum.Skip(&want.file, want.target); !strings.Contains(got, want.skip) || (got == "") != (want.skip == "") {
			t.Errorf("%s: skipped %q; want %q", reason, got, want.skip)
		}
	}
}

func TestSymbolNewerThanMinOS(t *testing.T) {
	needs := func(p abi.Platform, minOS abi.Version, i Import) File {
		f := built(Executable, minOS, "26.0").needing(Dylib{Name: "/usr/lib/libSystem.B.dylib"}, Dylib{Name: "@rpath/libx.dylib"})
		f.Platform, f.Imports = p, []Import{i}
		return f
	}
	on := func(p abi.Platform, release abi.Version) abi.Target { return abi.Target{Platform: p, MinOS: release} }
	strchrnul := Import{Name: "_strchrnul", Library: 1}
	runJudged(t, symbolNewerThanMinOS, map[string]judged{
		"newer than the minimum":       {file: needs(apple, "11.0", strchrnul), want: []string{`warning: needs "_strchrnul", which came with macOS 15.4; its minimum is macOS 11.0`}},
		"the target decides":           {file: needs(apple, "11.0", strchrnul), target: macOS("15.4")},
		"newer than the target":        {file: needs(apple, "26.0", strchrnul), target: macOS("15.3"), want: []string{"warning: the target is macOS 15.3"}},
		"weak may be missing":          {file: needs(apple, "11.0", Import{Name: "_strchrnul", Library: 1, Weak: true})},
		"of another library":           {file: needs(apple, "11.0", Import{Name: "_strchrnul", Library: 2})},
		"looked up everywhere":         {file: needs(apple, "11.0", Import{Name: "_strchrnul", Library: DynamicLookup}), want: []string{"warning: _strchrnul"}},
		"always there on arm64":        {file: needs(apple, "11.0", Import{Name: "_clock_gettime", Library: 1})},
		"on Intel since 10.12":         {file: needs(intel, "10.11", Import{Name: "_clock_gettime", Library: 1}), want: []string{"warning: 10.12"}},
		"and there from then on":       {file: needs(intel, "10.12", Import{Name: "_clock_gettime", Library: 1}), target: on(intel, "10.12")},
		"what no header says":          {file: needs(intel, "10.14", Import{Name: "____chkstk_darwin", Library: 1}), want: []string{"warning: 10.15"}},
		"what the header says wrongly": {file: needs(intel, "10.7", Import{Name: "__tlv_bootstrap", Library: 1})},
		"nobody knows the minimum":     {file: needs(apple, "", strchrnul)},
	})
	if n := len(introduced()["amd64"]); n < 100 {
		t.Errorf("%d symbols are known; want some hundred", n)
	}
}

func TestPageZeroARM64(t *testing.T) {
	zero := func(p abi.Platform, kind Kind, s ...Segment) File { return File{Platform: p, Kind: kind, Segments: s} }
	runJudged(t, pageZeroARM64, map[string]judged{
		"4 GiB":                      {file: zero(apple, Executable, Segment{Name: "__PAGEZERO", Size: 1 << 32})},
		"LuaJIT's flag":              {file: zero(apple, Executable, Segment{Name: "__PAGEZERO", Size: 0x10000}), want: []string{"error: covers 0x10000 bytes"}},
		"rounded down to none":       {file: zero(apple, Executable), want: []string{"error: covers 0x0 bytes"}},
		"the name does not matter":   {file: zero(apple, Executable, Segment{Name: "x", Size: 1 << 32})},
		"with bytes it is none":      {file: zero(apple, Executable, Segment{Size: 1 << 32, FileSize: 1}), want: []string{"error: covers 0x0"}},
		"with access it is none":     {file: zero(apple, Executable, Segment{Size: 1 << 32, MaxProt: 7}), want: []string{"error: covers 0x0"}},
		"libraries have none":        {file: zero(apple, Library)},
		"Intel may have a small one": {file: zero(intel, Executable, Segment{Size: 0x10000})},
	})
}

func TestPlatformMismatch(t *testing.T) {
	on := func(os string, kind Kind, b ...Build) File {
		return File{Platform: abi.Platform{OS: os, Arch: "arm64"}, Kind: kind, Builds: b}
	}
	runJudged(t, platformMismatch, map[string]judged{
		"same":                           {file: on(darwin, Library), target: macOS("")},
		"iOS on a Mac":                   {file: on("ios", Library), target: macOS(""), want: []string{"error: is for ios/arm64; target is darwin/arm64"}},
		"simulator":                      {file: on("ios-simulator", Executable), target: macOS(""), want: []string{"error: ios-simulator"}},
		"zippered":                       {file: on(darwin, Library, Build{OS: "maccatalyst"}, Build{OS: darwin}), target: abi.Target{Platform: abi.Platform{OS: "maccatalyst"}}},
		"a Catalyst program runs there":  {file: on("maccatalyst", Executable), target: macOS("")},
		"a Catalyst library does not":    {file: on("maccatalyst", Library), target: macOS(""), want: []string{"error: maccatalyst"}},
		"macOS on Linux":                 {file: on(darwin, Executable), target: abi.Target{Platform: abi.Platform{OS: "linux", Arch: "arm64"}}, want: []string{"error: linux/arm64"}},
		"the target has a name":          {file: on(darwin, Library), target: abi.Target{Name: "debian:13", Platform: abi.Platform{OS: "linux", Arch: "arm64"}}, want: []string{"error: is for darwin/arm64; debian:13 is linux/arm64"}},
		"no target":                      {file: on("ios", Library)},
		"debug information is for tools": {file: on("ios", DebugInfo), target: macOS("")},
	})
}

func TestUnsignedARM64(t *testing.T) {
	runJudged(t, unsignedARM64, map[string]judged{
		"signed":                                {file: File{Platform: apple, Kind: Library, Signature: Signature{Present: true}}},
		"not signed":                            {file: File{Platform: apple, Kind: Library}, want: []string{"error: LC_CODE_SIGNATURE"}},
		"Intel needs none":                      {file: File{Platform: intel, Kind: Executable}},
		"objects need none":                     {file: File{Platform: apple, Kind: Object}},
		"iOS is signed by the one who installs": {file: File{Platform: abi.Platform{OS: "ios", Arch: "arm64"}, Kind: Library}},
	})
}

func TestWritableExecutable(t *testing.T) {
	with := func(p abi.Platform, prot Prot) File {
		return File{Platform: p, Kind: Library, Segments: []Segment{{Name: "__TEXT", InitProt: prot, MaxProt: 7}}}
	}
	hardened := with(intel, 7)
	hardened.Signature.Flags = HardenedRuntime
	object := with(apple, 7)
	object.Kind = Object
	runJudged(t, writableExecutable, map[string]judged{
		"r-x may become rwx, as in Go": {file: with(apple, 5)},
		"on arm64":                     {file: with(apple, 7), want: []string{"error: begins as rwx"}},
		"on Intel":                     {file: with(intel, 6), want: []string{"warning: begins as -wx"}},
		"on Intel, hardened":           {file: hardened, want: []string{"error: hardened runtime"}},
		"objects are one segment":      {file: object},
	})
}

func TestSliceMissing(t *testing.T) {
	slice := func(p abi.Platform, arch string, kind Kind) *File { return &File{Platform: p, Arch: arch, Kind: kind} }
	x86, arm := slice(intel, "x86_64", Library), slice(apple, "arm64", Library)
	tests := map[string]struct {
		files  []*File
		target abi.Target
		want   []string
	}{
		"both":                       {[]*File{x86, arm}, macOS(""), nil},
		"arm64e is arm64":            {[]*File{slice(apple, "arm64e", Library)}, macOS(""), nil},
		"Intel alone":                {[]*File{x86}, macOS(""), []string{"error: has code for x86_64; target is darwin/arm64"}},
		"a program may use Rosetta":  {[]*File{slice(intel, "x86_64", Executable)}, macOS(""), []string{"error: Rosetta 2"}},
		"two others":                 {[]*File{slice(abi.Platform{OS: darwin, Arch: "386"}, "i386", Library), x86}, macOS(""), []string{"error: i386, x86_64"}},
		"no target":                  {[]*File{x86}, abi.Target{}, nil},
		"another system's rule":      {[]*File{slice(abi.Platform{OS: "ios", Arch: "amd64"}, "x86_64", Library)}, macOS(""), nil},
		"debug information of Intel": {[]*File{slice(intel, "x86_64", DebugInfo)}, macOS(""), nil},
	}
	for reason, test := range tests {
		t.Run(reason, func(t *testing.T) {
			findings, skipped := abi.Check(UniversalRules(), test.files, test.target)
			compareFindings(t, findings, test.want)
			if (len(skipped) > 0) != (test.target.Platform.Arch == "") {
				t.Errorf("skipped: %v", skipped)
			}
		})
	}
}
