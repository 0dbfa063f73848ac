package isa

import "encoding/binary"

// The extensions of arm64 that compilers use by themselves, by the mask and the
// value of their instructions, and the first architecture that must have them.
// The hints of pointer authentication are no instructions to older processors.
//
// Origin: Arm's Architecture Reference Manual for A-profile, C4.1 and A2.2.
var arm64Encodings = []struct {
	mask, value uint32
	extension   Extension
}{
	{0x3f20fc00, 0x3820c000, Extension{"LRCPC", "v8.3"}}, // LDAPR, which looks like an atomic
	{0x3f200c00, 0x38200000, lse},
	{0x3fa07c00, 0x08a07c00, lse}, // CAS
	{0xbfa07c00, 0x08207c00, lse}, // CASP
	{0x7fe0e000, 0x1ac04000, Extension{"CRC32", "v8.1"}},
	{0xbf20f400, 0x2e008400, Extension{"RDM", "v8.1"}},
	{0xfffffbff, 0xd65f0bff, Extension{"PAuth", "v8.3"}}, // RETAA
	{0xfffffc00, 0x1e7e0000, Extension{"JSCVT", "v8.3"}},
	{0x9f20fc00, 0x0e009400, Extension{"DotProd", "v8.4"}},
	{0x3f200c00, 0x19000000, Extension{"LRCPC2", "v8.4"}},
	// How long a vector is: libgcc asks when it unwinds a frame that has some.
	{0xff30fc00, 0x0420e000, Extension{}}, // CNTB, CNTH, CNTW, CNTD
	{0xffe0f800, 0x04a05000, Extension{}}, // RDVL
	{0x1e000000, 0x04000000, Extension{"SVE", "v9.0"}},
}

var lse = Extension{"LSE", "v8.1"}

func (c *Code) arm64(code []byte, call func(int)) bool {
	if len(code)%4 != 0 {
		return false
	}
	for at := 0; at < len(code); at += 4 {
		word := binary.LittleEndian.Uint32(code[at:])
		switch word >> 25 & 15 {
		case 0, 1, 3:
			return false // nothing is there, but UDF and what nobody compiles for yet
		}
		switch {
		case word&0x7c000000 == 0x14000000: // B, BL
			call(at + int(int32(word<<6)>>4))
		case word&0x3fa00000 == 0x08000000, word&0xbfa00000 == 0x88200000:
			c.Fallback = true // LDXR, STXR and the like
		case word&0xfffff000 == 0xd5380000:
			c.Asks = true // MRS of an identification register
		}
		for _, e := range arm64Encodings {
			if word&e.mask != e.value {
				continue
			}
			if e.extension.Name != "" {
				c.add(e.extension, at, 4)
			}
			break
		}
	}
	return true
}
