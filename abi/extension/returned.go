package extension

import (
	"bytes"
	"encoding/binary"
)

// returned is the number that a function returns which does nothing else, as
// compilers write it for amd64 and arm64: no code of the one is code of the other.
func returned(code []byte) (n uint32, ok bool) {
	le := binary.LittleEndian
	code = bytes.TrimPrefix(code, []byte{0xf3, 0x0f, 0x1e, 0xfa}) // endbr64
	framed := bytes.HasPrefix(code, []byte{0x55, 0x48, 0x89, 0xe5})
	if framed {
		code = code[4:]
	}
	if len(code) >= 7 && code[0] == 0xb8 { // mov eax, n
		end := code[5:]
		if framed && end[0] == 0x5d { // pop rbp
			end = end[1:]
		}
		return le.Uint32(code[1:]), end[0] == 0xc3
	}
	code = bytes.TrimPrefix(code, []byte{0x5f, 0x24, 0x03, 0xd5}) // bti c
	if len(code) < 8 || le.Uint32(code)&^(0xffff<<5) != 0x52800000 || le.Uint32(code[4:]) != 0xd65f03c0 {
		return 0, false
	}
	return le.Uint32(code) >> 5 & 0xffff, true // movz w0, n; ret
}
