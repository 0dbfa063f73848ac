package machocheck

import (
	"slices"
	"testing"

	"github.com/abivet/abivet/luajit"
)

func TestRegionsPartCodeFromConstants(t *testing.T) {
	d := decoder{file: &File{Kind: Library, Segments: []Segment{
		{Name: "__TEXT", FileSize: 0x9000, InitProt: ProtRead | ProtExecute, Sections: []Section{
			{Name: "__stubs", Offset: 0x5000, Size: 0x100, Flags: 0x80000408},
			{Name: "__text", Offset: 0x1000, Size: 0x4000, Flags: 0x80000400},
			{Name: "__const", Offset: 0x6000, Size: 0x3000},
		}},
		{Name: "__PLAIN", Offset: 0x9000, FileSize: 0x1000, InitProt: ProtRead | ProtExecute},
		{Name: "__DATA", Offset: 0xa000, FileSize: 0x1000, InitProt: ProtRead | ProtWrite},
		{Name: "__LINKEDIT", Offset: 0xb000, FileSize: 0x1000, InitProt: ProtRead},
	}}}
	region := func(from, to int64, code bool) luajit.Region {
		return luajit.Region{Offset: from, Size: to - from, Executable: code}
	}
	want := []luajit.Region{
		region(0, 0x1000, false), region(0x1000, 0x5000, true), region(0x5000, 0x5100, true), region(0x5100, 0x9000, false),
		region(0x9000, 0xa000, true), region(0xa000, 0xb000, false),
	}
	if got := d.regions(); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
