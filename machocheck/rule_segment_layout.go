package machocheck

import (
	"fmt"

	"github.com/abivet/abivet/abi"
)

var segmentLayout = abi.Rule[*File]{
	Doc: abi.Doc{
		ID:       "segment-layout",
		Title:    "the segments do not lie as dyld wants them to",
		Severity: abi.Error,
		Why: `dyld holds the segments of a file against each other before it maps them: none may have
more bytes in the file than in memory (a segment that is not mapped at all, as Go's
__DWARF, may), none may overlap another, sections stand within their segment, load
commands within __TEXT, which begins at the start of the file. From certain SDKs on their
order in the file must be that in memory. macOS 15.4 began with libraries and bundles,
macOS 26 added the main program; releases from 12 to 15.3 do not look.

Such files come from packers, from tools that add a segment, and from Go's linker when
DWARF is compressed into a c-shared library by an old toolchain.`,
		Fix: `Link again with a current linker, and leave out the tool that moved the segment. For Go's
__DWARF: -ldflags=-w, or a current Go.`,
		Refs: []string{
			"https://github.com/apple-oss-distributions/dyld/blob/main/mach_o/Header.cpp",
			"https://github.com/golang/go/issues/50506",
		},
	},
	Check: gated(misplacedSegments),
}

// misplacedSegments follows Header::validSegment and validSemanticsSegments. It
// stops at the first, as these do.
func misplacedSegments(f *File) []violation {
	var found []violation
	bad := func(g gate, subject, what, text string, args ...any) bool {
		found = append(found, violation{gate: g, subject: subject, what: what, text: fmt.Sprintf(text, args...)})
		return true
	}
	for _, s := range f.Segments {
		if f.oddSegment(s, bad) {
			break
		}
	}
	if len(found) == 0 && !f.oddText(bad) && !f.overlap(bad) {
		f.outOfOrder(bad)
	}
	for i := range found {
		for _, s := range f.Segments {
			if s.Name == found[i].subject {
				found[i].evidence = append(found[i].evidence, s.evidence())
			}
		}
		if found[i].evidence == nil {
			found[i].evidence = []string{fmt.Sprintf("%d segments", len(f.Segments))}
		}
	}
	return found
}

// evidence is the load command as otool -l has it.
func (s Segment) evidence() string {
	return fmt.Sprintf("segment %q: vmaddr %#x, vmsize %#x, fileoff %#x, filesize %#x, initprot %s", s.Name, s.Addr, s.Size, s.Offset, s.FileSize, s.InitProt)
}

// unmapped reports whether a segment has bytes that nobody maps.
func (s Segment) unmapped() bool { return s.Size == 0 && s.InitProt == 0 }

type complaint func(g gate, subject, what, text string, args ...any) bool

func (f *File) oddSegment(s Segment, bad complaint) bool {
	if s.FileSize > s.Size {
		return !s.unmapped() && bad(anySDKGate, s.Name,
			fmt.Sprintf("segment %q has %#x bytes in the file and %#x in memory", s.Name, s.FileSize, s.Size), "segment '%s' filesize exceeds vmsize", s.Name)
	}
	if s.InitProt&^7 != 0 {
		return bad(anySDKGate, s.Name, fmt.Sprintf("segment %q has initprot %#x", s.Name, uint32(s.InitProt)),
			"%s segment permissions has invalid bits set (0x%08X)", s.Name, uint32(s.InitProt))
	}
	for _, x := range s.Sections {
		switch {
		case x.Addr < s.Addr:
			return bad(anySDKGate, s.Name, x.outside(s), "section '%s' start address 0x%X is before containing segment's address 0x%0X", x.Name, x.Addr, s.Addr)
		case x.Addr+x.Size > s.Addr+s.Size:
			return bad(sectionGate, s.Name, x.outside(s), "section '%s' end address 0x%X is beyond containing segment's end address 0x%0X", x.Name, x.Addr+x.Size, s.Addr+s.Size)
		}
	}
	return false
}

func (x Section) outside(s Segment) string {
	return fmt.Sprintf("section %q is not within its segment %q", x.Name, s.Name)
}

func (f *File) oddText(bad complaint) bool {
	for _, s := range f.Segments {
		switch {
		case s.Name != "__TEXT":
			continue
		case s.Offset != 0:
			return bad(anySDKGate, s.Name, fmt.Sprintf("segment __TEXT begins at %#x of the file", s.Offset), "__TEXT segment fileoffset is not zero")
		case s.FileSize < f.CommandsEnd:
			return bad(anySDKGate, s.Name, fmt.Sprintf("the load commands end at %#x, segment __TEXT at %#x of the file", f.CommandsEnd, s.FileSize),
				"load commands do not fit in __TEXT segment filesize")
		case s.Size < f.CommandsEnd:
			return bad(anySDKGate, s.Name, fmt.Sprintf("the load commands end at %#x, segment __TEXT at %#x in memory", f.CommandsEnd, s.Size),
				"load commands do not fit in __TEXT segment vmsize")
		}
		return false
	}
	return bad(anySDKGate, "__TEXT", "there is no segment __TEXT", "missing __TEXT segment")
}

func (f *File) overlap(bad complaint) bool {
	// A file has a dozen segments; one that claims thousands is compared in
	// part.
	all := f.Segments[:min(len(f.Segments), 256)]
	overlaps := func(a, aSize, b, bSize uint64) bool { return b < a+aSize && b+bSize > a }
	for i, r := range all {
		for j, o := range all {
			if i == j {
				continue
			}
			if overlaps(r.Addr, r.Size, o.Addr, o.Size) {
				return bad(anySDKGate, r.Name, fmt.Sprintf("segments %q and %q overlap in memory", r.Name, o.Name), "vm range of segment '%s' overlaps segment '%s'", r.Name, o.Name)
			}
			if overlaps(r.Offset, r.FileSize, o.Offset, o.FileSize) {
				return bad(anySDKGate, r.Name, fmt.Sprintf("segments %q and %q overlap in the file", r.Name, o.Name), "file range of segment '%s' overlaps segment '%s'", r.Name, o.Name)
			}
		}
	}
	return false
}

func (f *File) outOfOrder(bad complaint) {
	if f.Kind == Executable && f.Platform.Arch == "amd64" && !f.PIE() {
		return
	}
	for i := 1; i < len(f.Segments)-1; i++ { // dyld leaves the last out, too
		a, b := f.Segments[i-1], f.Segments[i]
		switch {
		case b.Offset < a.Offset && b.FileSize > 0:
			bad(segmentOrderGate, a.Name, fmt.Sprintf("segment %q stands behind %q in the file", a.Name, b.Name), "segment '%s' file offset out of order", a.Name)
			return
		case b.Addr < a.Addr:
			bad(segmentOrderGate, b.Name, fmt.Sprintf("segment %q stands before %q in memory", b.Name, a.Name), "segment '%s' vm address out of order", b.Name)
			return
		}
	}
}
