package audit

import (
	"bytes"
	"errors"
	"fmt"
)

// packed are the forms of packing that nothing here undoes, by their first bytes:
// 7zFormat.txt, RAR's technote, the LZMA SDK, lzip's manual, lz4_Frame_format.md,
// compress(1), squashfs_fs.h. "It holds no native file" would be untrue of them.
var packed = []struct{ magic, name string }{
	{"7z\xbc\xaf\x27\x1c", "a 7z archive"},
	{"Rar!\x1a\x07", "a RAR archive"},
	{"\x5d\x00\x00", "a file of LZMA"},
	{"LZIP", "a file of lzip"},
	{"\x04\x22\x4d\x18", "a file of LZ4"},
	{"\x1f\x9d", "a file of compress"},
	{"hsqs", "an image of squashfs"},
	{"MSCF", "a cabinet"},
}

// errPacked says of a file that is named and begins as one of these does that it
// was not looked into, or is nil: a file of Windows, too. A walk passes over them, and many
// are data.
func errPacked(start []byte) error {
	for _, p := range packed {
		if bytes.HasPrefix(start, []byte(p.magic)) {
			return fmt.Errorf("by its first bytes it is %s, which is not looked into: unpack it", p.name)
		}
	}
	if bytes.HasPrefix(start, []byte("MZ")) {
		return errors.New("by its first bytes it is a file of Windows (PE), which is not judged here")
	}
	return nil
}
