package machocheck

import (
	"testing"

	"github.com/abivet/abivet/abi"
	mb "github.com/abivet/abivet/internal/machobuild"
)

// The rules of what the kernel starts.

func TestKernelRefuses(t *testing.T) {
	on := func(p abi.Platform, change func(f *File)) File {
		f := mapped(Executable, "11.0", nil)
		f.Platform, f.Bits, f.Entry, f.Dylinker, f.Flags = p, 64, EntryMain, dynamicLoader, mb.DyldLink|mb.PIE
		f.Segments = append([]Segment{{Name: "__PAGEZERO", Size: 1 << 32}}, f.Segments...)
		change(&f)
		return f
	}
	runJudged(t, kernelRefuses, map[string]judged{
		"sound":                       {file: on(apple, func(*File) {})},
		"Go's, for Intel":             {file: on(intel, func(f *File) { f.Entry, f.Flags, f.Segments[0].Size = EntryThread, mb.DyldLink, goPageZero })},
		"no entry":                    {file: on(apple, func(f *File) { f.Entry = "" }), want: []string{"error: neither LC_MAIN nor LC_UNIXTHREAD"}},
		"two entries":                 {file: on(apple, func(f *File) { f.Repeated = []string{"LC_MAIN"} }), want: []string{"error: says twice where to start"}},
		"no dyld":                     {file: on(apple, func(f *File) { f.Dylinker = "" }), want: []string{"error: no LC_LOAD_DYLINKER"}},
		"another dyld":                {file: on(intel, func(f *File) { f.Dylinker = "/lib/ld.so" }), want: []string{`error: names "/lib/ld.so" as its loader`}},
		"two of them":                 {file: on(intel, func(f *File) { f.Repeated = []string{"LC_LOAD_DYLINKER"} }), want: []string{"error: more than one LC_LOAD_DYLINKER"}},
		"static on arm64":             {file: on(apple, func(f *File) { f.Flags, f.Dylinker = 0, "" }), want: []string{"error: linked statically"}},
		"static on Intel":             {file: on(intel, func(f *File) { f.Flags, f.Dylinker = 0, "" })},
		"fixed on arm64":              {file: on(apple, func(f *File) { f.Flags = mb.DyldLink }), want: []string{"error: not position independent"}},
		"fixed on Intel":              {file: on(intel, func(f *File) { f.Flags = mb.DyldLink })},
		"two version commands":        {file: on(intel, func(f *File) { f.Builds = append(f.Builds, f.Builds[0]) }), want: []string{"error: has 2 version commands"}},
		"no executable segment":       {file: on(intel, func(f *File) { f.Segments[1].InitProt = 1 }), want: []string{"error: has 0 executable segments"}},
		"two executable segments":     {file: on(intel, func(f *File) { f.Segments[2].InitProt, f.Segments[2].Offset = 5, 0 }), want: []string{"error: has 2 executable segments"}},
		"no page zero on Intel":       {file: on(intel, func(f *File) { f.Segments = f.Segments[1:] }), want: []string{"error: page zero covers 0x0 bytes; want 0x1000"}},
		"LuaJIT's on Intel":           {file: on(intel, func(f *File) { f.Segments[0].Size = 0x10000 })},
		"on arm64 it has a rule":      {file: on(apple, func(f *File) { f.Segments = f.Segments[1:] })},
		"a library starts nowhere":    {file: on(apple, func(f *File) { f.Kind, f.Entry = Library, "" })},
		"iOS has a kernel of its own": {file: on(abi.Platform{OS: "ios", Arch: "arm64"}, func(f *File) { f.Entry = "" })},
	})
}

func TestReadOnlyTwice(t *testing.T) {
	with := func(kind Kind, flags ...uint32) File {
		f := built(kind, "11.0", "14.0")
		for _, v := range flags {
			f.Segments = append(f.Segments, Segment{Name: "__X", Flags: v})
		}
		return f
	}
	runJudged(t, readOnlyTwice, map[string]judged{
		"one":             {file: with(Executable, 0x10, 0), target: macOS("14.0")},
		"two":             {file: with(Executable, 0x10, 0x10), target: macOS("14.0"), want: []string{"error: 2 segments have the flag SG_READ_ONLY"}},
		"two on macOS 13": {file: with(Executable, 0x10, 0x10), target: macOS("13.5"), want: []string{"warning: macOS 14.0 and later"}},
		"no target":       {file: with(Executable, 0x10, 0x10), want: []string{"warning: macOS 14.0 and later"}},
		"a library":       {file: with(Library, 0x10, 0x10), target: macOS("14.0")},
	})
}

func TestARM64EPreview(t *testing.T) {
	e := File{Platform: apple, Arch: "arm64e", Kind: Executable, Subtype: 0x80000002}
	versioned, plain, library, system := e, e, e, e
	versioned.Subtype = 0x81000002
	plain.Arch, plain.Subtype = "arm64", 0
	library.Kind = Library
	system.Signature.Directories = []CodeDirectory{{Platform: 14}}
	runJudged(t, arm64ePreview, map[string]judged{
		"a program":          {file: e, want: []string{"error: want arm64"}},
		"a later ABI":        {file: versioned},
		"arm64":              {file: plain},
		"a library":          {file: library},
		"a part of macOS is": {file: system},
	})
}

func TestEncrypted(t *testing.T) {
	runJudged(t, encrypted, map[string]judged{
		"is not":            {file: File{Platform: apple, Kind: Executable}},
		"is":                {file: File{Platform: apple, Kind: Executable, Encrypted: true}, want: []string{"error: FairPlay"}},
		"objects are spare": {file: File{Kind: Object, Encrypted: true}},
	})
}

func TestFlatNamespace(t *testing.T) {
	flat := File{Platform: apple, Kind: Library, DyldInfo: true, Imports: []Import{{Name: "_f", Library: DynamicLookup}, {Name: "_g", Library: DynamicLookup}}}
	two, ofGo, old := flat, flat, flat
	two.Flags = mb.TwoLevel
	ofGo.Go = &GoBuild{}
	named := flat
	named.Imports = []Import{{Name: "_f", Library: 1}}
	old.DyldInfo, old.Imports = false, []Import{{Name: "_f"}}
	runJudged(t, flatNamespace, map[string]judged{
		"flat":                         {file: flat, want: []string{`warning: 2 symbols, such as "_f"`}},
		"two levels, dynamic lookup":   {file: two},
		"Go asks for the system's own": {file: ofGo},
		"each library is named":        {file: named},
		"by the symbol table alone":    {file: old, want: []string{"warning: 1 symbols"}},
		"objects have no namespace":    {file: File{Kind: Object, Imports: old.Imports}},
	})
}

func TestArchiveMinOS(t *testing.T) {
	runJudged(t, archiveMinOS, map[string]judged{
		"equal":             {file: built(Object, "13.0", ""), target: macOS("13.0")},
		"above":             {file: built(Object, "13.0", ""), target: macOS("11.0"), want: []string{"warning: built for macOS 13.0 or later; target has macOS 11.0"}},
		"no target":         {file: built(Object, "13.0", "")},
		"programs have one": {file: built(Executable, "13.0", ""), target: macOS("11.0")},
	})
	object, program := built(Object, "13.0", ""), built(Executable, "13.0", "")
	if archiveMinOS.Skip(&object, abi.Target{}) == "" || archiveMinOS.Skip(&program, abi.Target{}) != "" {
		t.Error("an object without a target is passed over in silence, or a program is not")
	}
}

// The rules over all slices of a file.

func TestUniversalRules(t *testing.T) {
	slice := func(f File, cpu, subtype uint32, offset int64) *File {
		f.CPU, f.Subtype = cpu, subtype
		f.Slice = Slice{Offset: offset, Size: 0x4000, CPU: cpu, Subtype: subtype, Universal: true}
		f.Platform.Arch, f.Arch = archOf(cpu, subtype)
		return &f
	}
	x86 := func(minOS abi.Version) *File {
		return slice(built(Executable, minOS, "14.0"), mb.AMD64, mb.SubtypeAMD64, 0x1000)
	}
	arm := func(minOS abi.Version) *File { return slice(built(Executable, minOS, "14.0"), mb.ARM64, 0, 0x8000) }
	changed := func(f *File, change func(f *File)) *File { change(f); return f }
	tests := map[string]struct {
		rule  abi.Rule[[]*File]
		files []*File
		want  []string
	}{
		"fat64-executable: the usual form": {fat64Executable, []*File{x86("11.0"), arm("11.0")}, nil},
		"fat64-executable: a program":      {fat64Executable, []*File{changed(x86("11.0"), func(f *File) { f.Slice.Wide = true })}, []string{"error: FAT_MAGIC_64"}},
		"fat64-executable: a library":      {fat64Executable, []*File{changed(x86("11.0"), func(f *File) { f.Slice.Wide, f.Kind = true, Library })}, nil},
		"minos-inconsistent: the same":     {minosInconsistent, []*File{x86("13.0"), arm("13.0")}, nil},
		"minos-inconsistent: differ":       {minosInconsistent, []*File{x86("11.0"), arm("13.0")}, []string{"warning: the slice for arm64 is built for macOS 13.0 or later, that for x86_64 for macOS 11.0"}},
		"minos-inconsistent: up to 11.0":   {minosInconsistent, []*File{x86("10.13"), arm("11.0")}, nil},
		"minos-inconsistent: one alone":    {minosInconsistent, []*File{arm("13.0")}, nil},
		"minos-inconsistent: not known":    {minosInconsistent, []*File{x86(""), arm("13.0")}, nil},
		"slice-cputype: agree":             {sliceCPUType, []*File{x86("11.0"), arm("11.0")}, nil},
		"slice-cputype: capabilities":      {sliceCPUType, []*File{changed(arm("11.0"), func(f *File) { f.Subtype = 0x80000000 })}, nil},
		"slice-cputype: another processor": {sliceCPUType, []*File{changed(x86("11.0"), func(f *File) { f.Slice.CPU = mb.ARM64 })}, []string{"error: the universal header says arm64"}},
		"slice-cputype: another subtype":   {sliceCPUType, []*File{changed(arm("11.0"), func(f *File) { f.Subtype = mb.SubtypeARM64E })}, []string{"error: the universal header says arm64"}},
		"slice-cputype: not at a page":     {sliceCPUType, []*File{changed(arm("11.0"), func(f *File) { f.Slice.Offset = 0x5000 })}, []string{"error: slice is not page aligned"}},
		"slice-cputype: Intel's pages":     {sliceCPUType, []*File{changed(x86("11.0"), func(f *File) { f.Slice.Offset = 0x5000 })}, nil},
		"slice-cputype: two of one":        {sliceCPUType, []*File{arm("11.0"), arm("11.0")}, []string{"error: two slices for arm64"}},
		"slice-cputype: not universal":     {sliceCPUType, []*File{changed(arm("11.0"), func(f *File) { f.Slice = Slice{} })}, nil},
	}
	for reason, test := range tests {
		t.Run(reason, func(t *testing.T) {
			findings, _ := abi.Check([]abi.Rule[[]*File]{test.rule}, test.files, abi.Target{})
			compareFindings(t, findings, test.want)
		})
	}
}

// TestRefusals has each of dyld's checks named as the rule that says more of it.
func TestRefusals(t *testing.T) {
	ids := map[string]bool{}
	for _, r := range Rules() {
		ids[r.ID] = true
	}
	for _, c := range dyldChecks {
		if !ids[c.rule] {
			t.Errorf("%s: there is no such rule", c.rule)
		}
	}
	f := mapped(Library, "26.0", func(f *File, _, _, _ *Segment) { f.UUID, f.RPaths = "", []string{"a", "a"} })
	for release, want := range map[abi.Version]int{"13.0": 0, "15.4": 2, "26.0": 2} {
		if got := f.Refusals(release); len(got) != want {
			t.Errorf("macOS %s: %+v; want %d", release, got, want)
		}
	}
}

// TestCommandsOnce has commands that stand twice, and options for the linker.
func TestCommandsOnce(t *testing.T) {
	f := read(t, image(uuid, uuid, mb.Main{}, mb.Raw{Kind: 5, Body: mb.Words(4, 42)}, mb.Dylinker("/a"), mb.Dylinker("/b"),
		mb.Raw{Kind: 0x2d, Body: append(mb.Words(2), "-framework\x00Cocoa\x00\x00\x00\x00"...)}), 0)
	if want := []string{"LC_UUID", "LC_UNIXTHREAD", "LC_LOAD_DYLINKER"}; len(f.Repeated) != 3 || f.Repeated[0] != want[0] || f.Repeated[1] != want[1] || f.Repeated[2] != want[2] {
		t.Errorf("%q; want %q", f.Repeated, want)
	}
	if len(f.LinkerOptions) != 1 || len(f.LinkerOptions[0]) != 2 || f.LinkerOptions[0][1] != "Cocoa" {
		t.Errorf("%q; want -framework Cocoa", f.LinkerOptions)
	}
}
