package elfcheck

import (
	"debug/elf"
	"encoding/hex"
	"fmt"

	"github.com/abivet/abivet/abi"
)

// Notes is what the note segments of a file say.
type Notes struct {
	BuildID   string      // in hexadecimal
	GoBuildID bool        // the file has a Go build ID: Go's toolchain linked it, or its cgo
	OS        string      // of the GNU ABI tag: linux, hurd, solaris, freebsd; or of a BSD's own note: freebsd, netbsd, openbsd, dragonfly
	Kernel    abi.Version // the oldest kernel, by the GNU ABI tag
	Android   int         // the API level that the file is built for
	// ISANeeded and ISAUsed are the x86 instruction set levels of the GNU
	// property note: bit 0 the baseline, bit 1 x86-64-v2, and so on. A loader
	// refuses what the processor lacks of ISANeeded.
	ISANeeded, ISAUsed uint32
	// Features is what every object of the file was built with. x86: 1 IBT, 2
	// SHSTK; arm64: 1 BTI, 2 PAC.
	Features uint32
	// IndirectExtern: the file must not be copied from by relocation.
	IndirectExtern bool
}

// Note types. Origin: elf.h of glibc, and the x86-64 and AArch64 supplements.
const (
	noteABITag   = 1
	noteBuildID  = 3
	noteProperty = 5
	noteGoBuild  = 4

	propertyNeeded     = 0xb0008000
	propertyX86Feature = 0xc0000002
	propertyX86Needed  = 0xc0008002
	propertyX86Used    = 0xc0010002
	propertyARMFeature = 0xc0000000

	// maxNotes bounds a note segment. The largest seen has 40 KiB, of probes.
	maxNotes = 16 << 20
)

var tagOS = [...]string{"linux", "hurd", "solaris", "freebsd"}

// notes reads the PT_NOTE segments. A note that is cut short is an error.
func (d *decoder) notes() error {
	for _, s := range d.f.Segments {
		if s.Type != elf.PT_NOTE || s.FileSize == 0 {
			continue
		}
		var b []byte
		err := d.damaged(int64(min(s.Offset, uint64(d.size))), "notes of %d bytes, want at most %d", s.FileSize, maxNotes)
		if s.FileSize <= maxNotes {
			b, err = d.bytes(&d.table, int64(s.Offset), int64(s.FileSize), "notes")
		}
		if err != nil && d.overlook(err) != nil {
			return err
		}
		if err != nil {
			continue
		}
		if err := d.noteList(b, int64(s.Offset), int(s.Align)); d.overlook(err) != nil {
			return err
		}
	}
	return nil
}

func (d *decoder) noteList(b []byte, off int64, align int) error {
	if align != 8 {
		align = 4
	}
	for at := 0; at+12 <= len(b); {
		if n := clobbered(b[at:]); n >= 12 {
			at += int(roundUp(int64(n), align))
			continue
		}
		nameLen, descLen, kind := int64(d.big.Uint32(b[at:])), int64(d.big.Uint32(b[at+4:])), d.big.Uint32(b[at+8:])
		name := int64(at) + 12
		desc := roundUp(name+nameLen, align)
		end := desc + descLen
		if desc > int64(len(b)) || end > int64(len(b)) {
			return d.damaged(off+int64(at), "note with a name of %d and %d bytes: its segment ends after %d", nameLen, descLen, len(b))
		}
		d.note(string(b[name:name+nameLen]), kind, b[desc:end])
		at = int(roundUp(end, align))
	}
	return nil
}

// clobbered counts the bytes that patchelf wrote over a section that it has put
// elsewhere: X, in later releases Z (writeReplacedSections in patchelf.cc). Before
// it had normalizeNoteSegments, a segment of notes was left with them. No loader
// minds.
func clobbered(b []byte) (n int) {
	for n < len(b) && b[n] == b[0] && (b[0] == 'X' || b[0] == 'Z') {
		n++
	}
	return n
}

func roundUp(n int64, align int) int64 {
	return (n + int64(align) - 1) &^ (int64(align) - 1)
}

func (d *decoder) note(name string, kind uint32, desc []byte) {
	n := &d.f.Notes
	switch {
	case name == "GNU\x00" && kind == noteABITag && len(desc) >= 16:
		if os := d.big.Uint32(desc); os < uint32(len(tagOS)) {
			n.OS = tagOS[os]
		}
		n.Kernel = abi.Version(fmt.Sprintf("%d.%d.%d", d.big.Uint32(desc[4:]), d.big.Uint32(desc[8:]), d.big.Uint32(desc[12:])))
	case name == "GNU\x00" && kind == noteBuildID:
		n.BuildID = hex.EncodeToString(desc)
	case name == "GNU\x00" && kind == noteProperty:
		d.properties(desc)
	case name == "Go\x00\x00" && kind == noteGoBuild:
		n.GoBuildID = true
	case name == "Android\x00" && kind == 1 && len(desc) >= 4:
		n.Android = int(int32(d.big.Uint32(desc)))
	case name == "FreeBSD\x00", name == "NetBSD\x00", name == "OpenBSD\x00", name == "DragonFly\x00":
		if kind == 1 {
			n.OS = map[byte]string{'F': "freebsd", 'N': "netbsd", 'O': "openbsd", 'D': "dragonfly"}[name[0]]
		}
	}
}

func (d *decoder) properties(b []byte) {
	n := &d.f.Notes
	for len(b) >= 8 {
		kind, size := d.big.Uint32(b), int64(d.big.Uint32(b[4:]))
		if size > int64(len(b)-8) {
			return // the loader stops here as well
		}
		if data := b[8 : 8+size]; size == 4 {
			v := d.big.Uint32(data)
			switch {
			case kind == propertyNeeded:
				n.IndirectExtern = v&1 != 0
			case kind == propertyX86Needed && isX86(d.f.Machine):
				n.ISANeeded |= v
			case kind == propertyX86Used && isX86(d.f.Machine):
				n.ISAUsed |= v
			case kind == propertyX86Feature && isX86(d.f.Machine),
				kind == propertyARMFeature && d.f.Machine == elf.EM_AARCH64:
				n.Features |= v
			}
		}
		step := 8 + roundUp(size, int(d.wordSize()))
		if step > int64(len(b)) {
			return
		}
		b = b[step:]
	}
}

func isX86(m elf.Machine) bool { return m == elf.EM_X86_64 || m == elf.EM_386 }
