package machocheck

import (
	"encoding/binary"
	"fmt"
)

const (
	superBlobMagic     = 0xfade0cc0
	codeDirectoryMagic = 0xfade0c02

	// maxBlobs is several times what codesign writes: two code directories,
	// requirements, two forms of entitlements, constraints, the signature.
	maxBlobs = 64
)

// signature reads the flags of the code directory and verifies nothing. A
// signature that cannot be understood is a fact about the file: nothing else
// depends on it, so it is no error.
func (d *decoder) signature() error {
	if !d.file.Signature.Present || d.file.Kind == Stub {
		return nil
	}
	head, err := d.read(span{d.signed.offset, min(d.signed.size, 12+8*maxBlobs)})
	if err != nil {
		return err
	}
	at, problem := findCodeDirectory(head)
	if problem == "" && !within(uint64(at), 16, int64(d.signed.size)) {
		problem = fmt.Sprintf("the code directory, at %#x, is not within the %#x bytes of the signature", at, d.signed.size)
	}
	if problem != "" {
		d.file.Signature.Problem = problem
		return nil
	}
	directory, err := d.read(span{d.signed.offset + uint64(at), 16})
	if err != nil {
		return err
	}
	if magic := binary.BigEndian.Uint32(directory); magic != codeDirectoryMagic {
		d.file.Signature.Problem = fmt.Sprintf("the code directory has magic %#08x: want %#08x", magic, codeDirectoryMagic)
		return nil
	}
	d.file.Signature.Flags = binary.BigEndian.Uint32(directory[12:])
	return nil
}

// findCodeDirectory looks into the index of a signature, which is big-endian on
// every machine.
func findCodeDirectory(head []byte) (at uint32, problem string) {
	if len(head) < 12 {
		return 0, fmt.Sprintf("a signature of %d bytes: want 12 or more", len(head))
	}
	if magic := binary.BigEndian.Uint32(head); magic != superBlobMagic {
		return 0, fmt.Sprintf("the signature has magic %#08x: want %#08x", magic, superBlobMagic)
	}
	count := binary.BigEndian.Uint32(head[8:])
	if count > maxBlobs || len(head) < 12+8*int(count) {
		return 0, fmt.Sprintf("a signature of %d parts in %d bytes: want %d at most", count, len(head), maxBlobs)
	}
	for i := range count {
		entry := head[12+8*i:]
		if binary.BigEndian.Uint32(entry) == 0 { // the slot of the first code directory
			return binary.BigEndian.Uint32(entry[4:]), ""
		}
	}
	return 0, "the signature has no code directory"
}
