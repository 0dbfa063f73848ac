package machocheck

import (
	"fmt"

	"github.com/abivet/abivet/abi"
)

var bytesAfterSignature = abi.Rule[*File]{
	Doc: abi.Doc{
		ID:       "bytes-after-signature",
		Title:    "a signed file goes on behind what is signed",
		Severity: abi.Warning,
		Why: `The signature stands at the end of __LINKEDIT, which must be the end of the file, or of
its slice. What is appended later (the payload of a packer, a stray newline) is covered
by nobody: the kernel and dyld load such a file, but codesign --verify --strict says "main
executable failed strict validation", and notarization and Gatekeeper refuse it. To sign
it once more does not help while the bytes are there.

A file that is signed ad hoc goes through neither; there it is a note.`,
		Fix: `Keep what is appended in a section (ld -sectcreate) or in a file of its own, and sign
after that.`,
		Refs: []string{
			"https://github.com/apple-oss-distributions/Security/blob/main/OSX/libsecurity_utilities/lib/macho%2B%2B.cpp",
			"https://developer.apple.com/library/archive/technotes/tn2206/_index.html",
		},
	},
	Check: checkBytesAfterSignature,
}

// checkBytesAfterSignature does as MachO::validateStructure and Universal's
// constructor do.
func checkBytesAfterSignature(f *File, _ abi.Target) []abi.Finding {
	if !f.Loaded() || !f.Signature.Present {
		return nil
	}
	for _, s := range f.Segments {
		end := s.Offset + s.FileSize
		if s.Name != "__LINKEDIT" || end < s.Offset || end > uint64(f.Slice.Size) {
			continue
		}
		count, what := uint64(f.Slice.Size)-end, "__LINKEDIT"
		if count == 0 {
			count, what = uint64(f.Slice.Behind), "the last slice"
		}
		if count == 0 {
			return nil
		}
		severity := abi.Warning
		if !f.Signature.CMS {
			severity = abi.Note
		}
		return []abi.Finding{{
			Severity: severity,
			Message:  fmt.Sprintf("%d bytes follow %s, which the signature does not cover; it loads, but codesign --verify --strict refuses it: \"main executable failed strict validation\"", count, what),
			Evidence: []string{fmt.Sprintf("__LINKEDIT ends at %#x, the slice at %#x", end, f.Slice.Size)},
			Subject:  "signature",
		}}
	}
	return nil
}
