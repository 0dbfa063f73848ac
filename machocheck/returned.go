package machocheck

import (
	"encoding/binary"
	"slices"
)

// returned reads what stands where the address leads that an exported function
// returns, where the function does nothing else: as much as the segment has of it.
func (d *decoder) returned(name string, b []byte) (int, error) {
	at := slices.IndexFunc(d.noted.offered, func(e Export) bool { return inC(e.Name) == name })
	text := slices.IndexFunc(d.file.Segments, func(s Segment) bool { return s.Name == "__TEXT" })
	if at < 0 || text < 0 || d.big {
		return 0, nil
	}
	function := d.file.Segments[text].Addr + d.noted.offered[at].Address
	var code [16]byte
	n, err := d.readAddress(code[:], function)
	if err != nil {
		return 0, err
	}
	data, ok := addressReturned(code[:n], function)
	if !ok {
		return 0, nil
	}
	return d.readAddress(b, data)
}

// readAddress reads what the file has from an address on.
func (d *decoder) readAddress(b []byte, addr uint64) (int, error) {
	for i := range d.file.Segments {
		s := &d.file.Segments[i]
		if addr < s.Addr || addr-s.Addr >= s.FileSize {
			continue
		}
		at := s.Offset + (addr - s.Addr)
		return readAtMost(d.r, b, d.base+int64(at), int64(s.FileSize-(addr-s.Addr)))
	}
	return 0, nil
}

// addressReturned is the address that a function returns which does nothing else, as
// compilers write it for amd64 and arm64: no code of the one is code of the other.
func addressReturned(code []byte, at uint64) (addr uint64, ok bool) {
	le := binary.LittleEndian
	if len(code) < 13 {
		return 0, false
	}
	// push rbp; mov rbp, rsp; lea rax, [rip+n]; pop rbp; ret
	if string(code[:7]) == "\x55\x48\x89\xe5\x48\x8d\x05" && string(code[11:13]) == "\x5d\xc3" {
		return at + 11 + uint64(int64(int32(le.Uint32(code[7:])))), true
	}
	page, low, ret := le.Uint32(code), le.Uint32(code[4:]), le.Uint32(code[8:])
	// adrp x0, page; add x0, x0, n; ret
	if page&0x9f00001f != 0x90000000 || low&0xffc003ff != 0x91000000 || ret != 0xd65f03c0 {
		return 0, false
	}
	pages := int64(page>>5&0x7ffff)<<2 | int64(page>>29&3)
	return at&^0xfff + uint64(pages<<43>>43<<12) + uint64(low>>10&0xfff), true
}
