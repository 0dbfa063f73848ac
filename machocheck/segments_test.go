package machocheck

import (
	"testing"

	"github.com/abivet/abivet/abi"
)

// The rules of how segments lie and may be used.

// mapped has sound segments, which a test then changes.
func mapped(kind Kind, sdk abi.Version, change func(f *File, text, data, linkEdit *Segment)) File {
	f := built(kind, "11.0", sdk)
	f.CommandsEnd = 0x800
	f.ID = Dylib{Name: "@rpath/libx.dylib"}
	f.Dylibs = []Dylib{{Name: "/usr/lib/libSystem.B.dylib"}}
	f.Segments = []Segment{
		{Name: "__TEXT", Addr: 0x100000000, Size: 0x4000, FileSize: 0x4000, InitProt: 5, MaxProt: 5, Sections: []Section{{Segment: "__TEXT", Name: "__text", Addr: 0x100001000, Size: 0x3000}}},
		{Name: "__DATA", Addr: 0x100004000, Size: 0x8000, Offset: 0x4000, FileSize: 0x4000, InitProt: 3, MaxProt: 3},
		{Name: "__LINKEDIT", Addr: 0x10000c000, Size: 0x4000, Offset: 0x8000, FileSize: 0x100, InitProt: 1, MaxProt: 1},
	}
	if change != nil {
		change(&f, &f.Segments[0], &f.Segments[1], &f.Segments[2])
	}
	return f
}

func TestSegmentLayout(t *testing.T) {
	lib := func(sdk abi.Version, change func(f *File, text, data, linkEdit *Segment)) File {
		return mapped(Library, sdk, change)
	}
	more := func(_ *File, _, data, _ *Segment) { data.FileSize = 0x9000 }
	dwarf := func(f *File, _, _, _ *Segment) {
		f.Segments = append(f.Segments, Segment{Name: "__DWARF", Offset: 0x9000, FileSize: 0x1000, MaxProt: 7})
	}
	outside := func(_ *File, text, _, _ *Segment) { text.Sections[0].Size = 0x4000 }
	order := func(f *File, _, data, _ *Segment) {
		data.Addr, data.Size, f.Segments[2].Addr = 0x100008000, 0x4000, 0x100004000
		f.Segments = append(f.Segments, Segment{Name: "__X", Addr: 0x100020000, Size: 0x4000})
	}
	runJudged(t, segmentLayout, map[string]judged{
		"sound":                          {file: lib("26.0", nil), target: macOS("26.0")},
		"more bytes than memory":         {file: lib("11.0", more), target: macOS("15.4"), want: []string{`error: macOS 15.4 refuses that: "segment '__DATA' filesize exceeds vmsize"`}},
		"earlier releases do not look":   {file: lib("11.0", more), target: macOS("13.0"), want: []string{"warning: refused by macOS 15.4 and later"}},
		"a program, on macOS 15":         {file: mapped(Executable, "11.0", more), target: macOS("15.5"), want: []string{"warning: refused by macOS 26 and later"}},
		"Go's __DWARF is not mapped":     {file: lib("26.0", dwarf), target: macOS("26.0")},
		"__DWARF that is mapped":         {file: lib("26.0", func(f *File, a, b, c *Segment) { dwarf(f, a, b, c); f.Segments[3].InitProt = 1 }), target: macOS("26.0"), want: []string{"error: '__DWARF' filesize exceeds vmsize"}},
		"unknown permissions":            {file: lib("11.0", func(_ *File, _, data, _ *Segment) { data.InitProt = 0x13 }), target: macOS("26.0"), want: []string{"error: __DATA segment permissions has invalid bits set (0x00000013)"}},
		"a section before its segment":   {file: lib("10.9", func(_ *File, text, _, _ *Segment) { text.Sections[0].Addr = 8 }), target: macOS("26.0"), want: []string{"error: start address 0x8 is before"}},
		"a section behind its segment":   {file: lib("11.0", outside), target: macOS("26.0"), want: []string{"error: end address 0x100005000 is beyond"}},
		"the same with an older SDK":     {file: lib("10.15", outside), target: macOS("26.0"), want: []string{"note: from SDK 11.0 on"}},
		"__TEXT does not begin the file": {file: lib("11.0", func(_ *File, text, _, _ *Segment) { text.Offset = 0x1000 }), target: macOS("26.0"), want: []string{"error: __TEXT segment fileoffset is not zero"}},
		"load commands that do not fit":  {file: lib("11.0", func(f *File, _, _, _ *Segment) { f.CommandsEnd = 0x4001 }), target: macOS("26.0"), want: []string{"error: load commands do not fit in __TEXT segment filesize"}},
		"no __TEXT":                      {file: lib("11.0", func(f *File, _, _, _ *Segment) { f.Segments = f.Segments[1:] }), target: macOS("26.0"), want: []string{"error: missing __TEXT segment"}},
		"overlap in memory":              {file: lib("11.0", func(_ *File, text, _, _ *Segment) { text.Size = 0x4001 }), target: macOS("26.0"), want: []string{"error: vm range of segment '__TEXT' overlaps segment '__DATA'"}},
		"overlap in the file":            {file: lib("11.0", func(_ *File, _, data, _ *Segment) { data.Offset = 0x3fff }), target: macOS("26.0"), want: []string{"error: file range of segment '__TEXT' overlaps segment '__DATA'"}},
		"out of order":                   {file: lib("10.15", order), target: macOS("26.0"), want: []string{"error: segment '__LINKEDIT' vm address out of order"}},
		"out of order, older SDK":        {file: lib("10.14", order), target: macOS("26.0"), want: []string{"note: from SDK 10.15 on"}},
		"out of order, a program":        {file: mapped(Executable, "15.0", order), target: macOS("26.0"), want: []string{"note: from SDK 26.0 on"}},
		"objects are one segment":        {file: mapped(Object, "26.0", more), target: macOS("26.0")},
	})
}

func TestSegmentPermissions(t *testing.T) {
	text := func(_ *File, text, _, _ *Segment) { text.InitProt = 7 }
	data := func(_ *File, _, data, _ *Segment) { data.InitProt = 1 }
	twice := func(_ *File, _, data, linkEdit *Segment) { linkEdit.Name, linkEdit.InitProt = data.Name, 3 }
	runJudged(t, segmentPermissions, map[string]judged{
		"sound":                        {file: mapped(Library, "26.0", nil), target: macOS("26.0")},
		"__TEXT may be written":        {file: mapped(Library, "10.15", text), target: macOS("15.4"), want: []string{"error: __TEXT segment permissions is not 'r-x'"}},
		"built before anybody asked":   {file: mapped(Library, "10.14", text), target: macOS("15.4")},
		"a program on macOS 26":        {file: mapped(Executable, "11.0", text), target: macOS("26.0"), want: []string{"error: 'r-x'"}},
		"__DATA cannot be written":     {file: mapped(Library, "26.0", data), target: macOS("26.0"), want: []string{"error: __DATA segment permissions is not 'rw-'"}},
		"the same with an older SDK":   {file: mapped(Library, "15.5", data), target: macOS("26.0")},
		"two of one name":              {file: mapped(Library, "26.0", twice), target: macOS("26.0"), want: []string{"error: duplicate segment name '__DATA'"}},
		"two of one name, on macOS 15": {file: mapped(Library, "26.0", twice), target: macOS("15.6"), want: []string{"warning: by macOS 26 and later"}},
		"two of one name, older SDK":   {file: mapped(Library, "15.5", twice), target: macOS("26.0")},
	})
}

func TestLinkEditPermissions(t *testing.T) {
	writable := func(_ *File, _, _, linkEdit *Segment) { linkEdit.InitProt = 3 }
	runJudged(t, linkEditPermissions, map[string]judged{
		"sound":                      {file: mapped(Library, "26.0", nil), target: macOS("26.0")},
		"a library":                  {file: mapped(Library, "10.11", writable), target: macOS("15.4"), want: []string{"error: __LINKEDIT segment permissions is not 'r--'"}},
		"a program of an older SDK":  {file: mapped(Executable, "15.5", writable), target: macOS("26.0")},
		"a program":                  {file: mapped(Executable, "26.0", writable), target: macOS("26.0"), want: []string{"error: 'r--'"}},
		"built before anybody asked": {file: mapped(Library, "10.10", writable), target: macOS("26.0")},
	})
}

func TestCommandsInvalid(t *testing.T) {
	change := func(kind Kind, sdk abi.Version, change func(f *File)) File {
		return mapped(kind, sdk, func(f *File, _, _, _ *Segment) {
			if kind != Library {
				f.ID = Dylib{}
			}
			change(f)
		})
	}
	nothing := func(*File) {}
	alone := func(f *File) { f.Dylibs = nil }
	runJudged(t, commandsInvalid, map[string]judged{
		"sound":                        {file: change(Library, "26.0", nothing), target: macOS("26.0")},
		"a sound program":              {file: change(Executable, "26.0", nothing), target: macOS("26.0")},
		"two LC_UUID":                  {file: change(Library, "11.0", func(f *File) { f.Repeated = []string{"LC_UUID"} }), target: macOS("15.4"), want: []string{"error: too many LC_UUID load commands"}},
		"two install names":            {file: change(Library, "11.0", func(f *File) { f.Repeated = []string{"LC_ID_DYLIB"} }), target: macOS("15.4"), want: []string{"error: multiple LC_ID_DYLIB found"}},
		"a library without a name":     {file: change(Library, "11.0", func(f *File) { f.ID = Dylib{} }), target: macOS("15.4"), want: []string{"error: MH_DYLIB is missing LC_ID_DYLIB"}},
		"a bundle with a name":         {file: change(Bundle, "11.0", func(f *File) { f.ID.Name = "x" }), target: macOS("15.4"), want: []string{"error: found LC_ID_DYLIB found in non-MH_DYLIB"}},
		"no library":                   {file: change(Library, "15.4", alone), target: macOS("26.0"), want: []string{"error: missing LC_LOAD_DYLIB"}},
		"no library, older SDK":        {file: change(Library, "15.2", alone), target: macOS("26.0")},
		"a part of libSystem":          {file: change(Library, "26.0", func(f *File) { alone(f); f.ID.Name = "/usr/lib/system/libsystem_c.dylib" }), target: macOS("26.0")},
		"an unknown, required command": {file: change(Bundle, "11.0", func(f *File) { f.Unknown = []uint32{0x80000099} }), target: macOS("11.0"), want: []string{"error: unknown required load command 0x80000099"}},
		"an unknown command":           {file: change(Bundle, "11.0", func(f *File) { f.Unknown = []uint32{0x99} })},
	})
}

func TestSegmentAlignment(t *testing.T) {
	at := func(arch string, offset, addr uint64) File {
		return mapped(Library, "11.0", func(f *File, _, data, _ *Segment) {
			f.Platform.Arch, data.Offset, data.Addr = arch, offset, addr
		})
	}
	runJudged(t, segmentAlignment, map[string]judged{
		"sound":                       {file: at("arm64", 0x4000, 0x100004000)},
		"a page of Intel, on arm64":   {file: at("arm64", 0x5000, 0x100004000), want: []string{"error: begins at 0x5000 of the file; want a multiple of 0x4000"}},
		"the same on Intel":           {file: at("amd64", 0x5000, 0x100004000)},
		"no page at all":              {file: at("amd64", 0x5010, 0x100004000), want: []string{"error: want a multiple of 0x1000"}},
		"in memory":                   {file: at("arm64", 0x4000, 0x100005000), want: []string{"error: begins at 0x100005000 of memory"}},
		"what has no bytes in a file": {file: mapped(Library, "11.0", func(_ *File, _, data, _ *Segment) { data.Offset, data.FileSize = 1, 0 })},
	})
}

func TestMacOSTextRelocations(t *testing.T) {
	with := func(prot Prot, flags uint32) File {
		return File{Platform: intel, Kind: Library, Segments: []Segment{{Name: "__TEXT", InitProt: prot, Sections: []Section{{Segment: "__TEXT", Name: "__text", Flags: flags}}}}}
	}
	object := with(5, 0x80000700)
	object.Kind = Object
	runJudged(t, textRelocations, map[string]judged{
		"code":                  {file: with(5, 0x80000400)},
		"code with relocations": {file: with(5, 0x80000500), want: []string{"warning: section __TEXT,__text has relocations"}},
		"data with relocations": {file: with(3, 0x200)},
		"objects have them":     {file: object},
	})
}
