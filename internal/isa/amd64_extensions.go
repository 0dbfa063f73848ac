package isa

// The extensions that the levels of x86-64 are made of. Origin: the x86-64 psABI,
// section "Low-Level System Information". Those of no level (AES, SHA, PCLMUL,
// ADX, RDRAND ...) are used by hand alone, and asked for.
var (
	cx16   = Extension{"CMPXCHG16B", "v2"}
	popcnt = Extension{"POPCNT", "v2"}
	sse3   = Extension{"SSE3", "v2"}
	ssse3  = Extension{"SSSE3", "v2"}
	sse41  = Extension{"SSE4.1", "v2"}
	sse42  = Extension{"SSE4.2", "v2"}
	avx    = Extension{"AVX", "v3"}
	avx2   = Extension{"AVX2", "v3"}
	bmi1   = Extension{"BMI1", "v3"}
	bmi2   = Extension{"BMI2", "v3"}
	f16c   = Extension{"F16C", "v3"}
	fma    = Extension{"FMA", "v3"}
	lzcnt  = Extension{"LZCNT", "v3"}
	movbe  = Extension{"MOVBE", "v3"}
	avx512 = Extension{"AVX-512", "v4"}
)

// encodings says which instructions belong to an extension: those of a form and
// table of opcodes, with one of the mandatory prefixes. The first that fits counts; one
// that fits nowhere is as old as x86-64, or of no level.
//
// Left out is TZCNT: compilers write it for every processor, since older ones
// take it for BSF, which gives the same wherever they use it.
//
// Origin: Intel's manual, volume 2, appendix A.
var encodings = []struct {
	form        form
	table       byte
	prefixes    string // "\x00" is none
	first, last byte   // opcodes
	extension   Extension
}{
	{legacy, 1, "\xf2", 0x12, 0x12, sse3}, // MOVDDUP
	{legacy, 1, "\xf3", 0x12, 0x12, sse3}, // MOVSLDUP
	{legacy, 1, "\xf3", 0x16, 0x16, sse3}, // MOVSHDUP
	{legacy, 1, "\x66\xf2", 0x7c, 0x7d, sse3},
	{legacy, 1, "\x66\xf2", 0xd0, 0xd0, sse3},
	{legacy, 1, "\xf2", 0xf0, 0xf0, sse3}, // LDDQU
	{legacy, 1, "\xf3", 0xb8, 0xb8, popcnt},
	{legacy, 1, "\xf3", 0xbd, 0xbd, lzcnt},
	{legacy, 2, "\x00\x66", 0x00, 0x0b, ssse3},
	{legacy, 2, "\x00\x66", 0x1c, 0x1e, ssse3},
	{legacy, 3, "\x00\x66", 0x0f, 0x0f, ssse3}, // PALIGNR
	{legacy, 2, "\x66", 0x10, 0x10, sse41},
	{legacy, 2, "\x66", 0x14, 0x15, sse41},
	{legacy, 2, "\x66", 0x17, 0x17, sse41},
	{legacy, 2, "\x66", 0x20, 0x25, sse41},
	{legacy, 2, "\x66", 0x28, 0x2b, sse41},
	{legacy, 2, "\x66", 0x37, 0x37, sse42}, // PCMPGTQ
	{legacy, 2, "\x66", 0x30, 0x41, sse41},
	{legacy, 3, "\x66", 0x08, 0x0e, sse41},
	{legacy, 3, "\x66", 0x14, 0x17, sse41},
	{legacy, 3, "\x66", 0x20, 0x22, sse41},
	{legacy, 3, "\x66", 0x40, 0x42, sse41},
	{legacy, 3, "\x66", 0x60, 0x63, sse42},
	{legacy, 2, "\xf2", 0xf0, 0xf1, sse42}, // CRC32
	{legacy, 2, "\x00\x66", 0xf0, 0xf1, movbe},

	{vex, 1, "\x00\x66", 0x41, 0x4b, avx512}, // on mask registers
	{vex, 1, "\x00\x66\xf2", 0x90, 0x99, avx512},
	{vex, 3, "\x66", 0x30, 0x33, avx512},
	{vex, 2, "\x00", 0xf2, 0xf3, bmi1},
	{vex, 2, "\x00", 0xf7, 0xf7, bmi1},
	{vex, 2, "\x00\x66\xf3\xf2", 0xf5, 0xf7, bmi2},
	{vex, 3, "\xf2", 0xf0, 0xf0, bmi2}, // RORX
	{vex, 2, "\x66", 0x13, 0x13, f16c},
	{vex, 3, "\x66", 0x1d, 0x1d, f16c},
	{vex, 2, "\x66", 0x96, 0x9f, fma},
	{vex, 2, "\x66", 0xa6, 0xaf, fma},
	{vex, 2, "\x66", 0xb6, 0xbf, fma},
	{vex, 2, "\x66", 0x16, 0x16, avx2},
	{vex, 2, "\x66", 0x36, 0x36, avx2},
	{vex, 2, "\x66", 0x45, 0x47, avx2},
	{vex, 2, "\x66", 0x58, 0x5a, avx2},
	{vex, 2, "\x66", 0x78, 0x79, avx2},
	{vex, 2, "\x66", 0x8c, 0x93, avx2},
	{vex, 3, "\x66", 0x00, 0x02, avx2},
	{vex, 3, "\x66", 0x38, 0x39, avx2},
	{vex, 3, "\x66", 0x46, 0x46, avx2},
	{vex, 1, "\x00\x66\xf3\xf2", 0x00, 0xff, avx},
	{vex, 2, "\x66", 0x00, 0x41, avx},
	{vex, 3, "\x66", 0x04, 0x63, avx},

	{evex, 1, "\x00\x66\xf3\xf2", 0x00, 0xff, avx512},
	{evex, 2, "\x00\x66\xf3\xf2", 0x00, 0xff, avx512},
	{evex, 3, "\x00\x66\xf3\xf2", 0x00, 0xff, avx512},
	{evex, 5, "\x00\x66\xf3\xf2", 0x00, 0xff, avx512},
	{evex, 6, "\x00\x66\xf3\xf2", 0x00, 0xff, avx512},
}

// extension tells what the instruction belongs to.
func (i instruction) extension() (Extension, bool) {
	if i.form == legacy {
		switch {
		case i.table == 0:
			return sse3, i.opcode&0xf9 == 0xd9 && isFISTTP(i)
		case i.table == 1 && i.opcode == 0xc7:
			return cx16, i.wide && i.modrm&0x38 == 8 && i.modrm < 0xc0
		case i.table == 1 && i.prefix == 0:
			return Extension{}, false // nearly all
		}
	}
	for _, e := range encodings {
		if e.form != i.form || e.table != i.table || i.opcode < e.first || i.opcode > e.last {
			continue
		}
		for k := range len(e.prefixes) {
			if e.prefixes[k] == i.prefix {
				return e.extension, true
			}
		}
	}
	return Extension{}, false
}

// isFISTTP knows the one instruction of SSE3 that works on the old stack.
func isFISTTP(i instruction) bool {
	return (i.opcode == 0xdb || i.opcode == 0xdd || i.opcode == 0xdf) && i.modrm&0x38 == 8 && i.modrm < 0xc0 && i.prefix == 0
}
