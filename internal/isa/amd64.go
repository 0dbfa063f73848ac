package isa

import "encoding/binary"

// An instruction is what tells the length and the extension of one of x86-64.
type instruction struct {
	form   form
	table  byte // of opcodes: 0 one byte, 1 after 0F, 2 after 0F 38, 3 after 0F 3A, 5 and 6 of EVEX alone
	opcode byte
	prefix byte // the one that is part of the opcode: 66, F3, F2 or none
	modrm  byte // 0 where there is none, which no rule here takes for one
	wide   bool // REX.W, VEX.W
	size   int
	target int // of a direct call or jump, from the start of the instruction; 0 is none
}

// A form is how an instruction is encoded.
type form byte

const (
	legacy form = iota
	vex
	evex
)

// What stands behind an opcode, in 64-bit mode, for the tables 0 and 1; of table
// 2 every instruction has a ModRM byte, of table 3 a byte of immediate besides.
//
//	.  nothing              m  ModRM
//	b  1 byte               B  ModRM and 1 byte
//	w  2 bytes              e  3 bytes (ENTER)
//	z  4 bytes, with 66 2   Z  ModRM and as z
//	r  4 bytes, relative    v  as z, with REX.W 8
//	s  1 byte, relative     o  an address
//	g  ModRM, and of TEST an immediate; x  nothing that user code has
//
// Origin: the opcode maps of Intel's manual, volume 2, appendix A, held against
// binutils on some 60 million instructions.
const oneByte = "" +
	"mmmmbzxxmmmmbzxx" +
	"mmmmbzxxmmmmbzxx" +
	"mmmmbzxxmmmmbzxx" +
	"mmmmbzxxmmmmbzxx" +
	"xxxxxxxxxxxxxxxx" +
	"................" +
	"xxxmxxxxzZbB...." +
	"ssssssssssssssss" +
	"BZxBmmmmmmmmmmmm" +
	"..........x....." +
	"oooo....bz......" +
	"bbbbbbbbvvvvvvvv" +
	"BBw.xxBZe.w..bx." +
	"mmmmxxx.mmmmmmmm" +
	"ssssbbbbrrxs...." +
	"x.xx..gg......mm"

const twoByte = "" +
	"mmmmx.....x.xm.B" +
	"mmmmmmmmmmmmmmmm" +
	"xxxxxxxxmmmmmmmm" +
	"......x.xxxxxxxx" +
	"mmmmmmmmmmmmmmmm" +
	"mmmmmmmmmmmmmmmm" +
	"mmmmmmmmmmmmmmmm" +
	"BBBBmmm.mmxxmmmm" +
	"rrrrrrrrrrrrrrrr" +
	"mmmmmmmmmmmmmmmm" +
	"...mBmxx...mBmmm" +
	"mmmmmmmmmmBmmmmm" +
	"mmBmBBBm........" +
	"mmmmmmmmmmmmmmmm" +
	"mmmmmmmmmmmmmmmm" +
	"mmmmmmmmmmmmmmmm"

// maxSize is the length above which a processor refuses an instruction.
const maxSize = 15

// next decodes the instruction that code begins with.
func next(code []byte) (i instruction, ok bool) {
	code = code[:min(len(code), maxSize)]
	at, data16, addr32 := 0, false, false
	for ; at < len(code); at++ {
		switch b := code[at]; b {
		case 0x66:
			data16 = true
			if i.prefix == 0 {
				i.prefix = b
			}
		case 0xf2, 0xf3:
			i.prefix = b
		case 0x67:
			addr32 = true
		case 0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0xf0:
		default:
			return i, i.after(code, at, data16, addr32)
		}
	}
	return i, false
}

// after decodes what stands behind the prefixes.
func (i *instruction) after(code []byte, at int, data16, addr32 bool) bool {
	b := code[at]
	switch {
	case b == 0xc4, b == 0xc5, b == 0x62:
		return i.vector(code, at)
	case b&0xf0 == 0x40: // REX
		i.wide = b&8 != 0
		if at++; at == len(code) {
			return false
		}
		b = code[at]
	}
	at++
	kind := byte('m')
	if b != 0x0f {
		kind = oneByte[b]
	} else {
		if at == len(code) {
			return false
		}
		b, i.table = code[at], 1
		at++
		if b == 0x38 || b == 0x3a {
			if at == len(code) {
				return false
			}
			if i.table = 2; b == 0x3a {
				i.table, kind = 3, 'B'
			}
			b = code[at]
			at++
		} else {
			kind = twoByte[b]
		}
	}
	i.opcode = b
	return i.operands(code, at, kind, data16, addr32)
}

// vector decodes an instruction with a VEX or EVEX prefix. Both stand where in
// 32-bit code LES, LDS and BOUND do.
func (i *instruction) vector(code []byte, at int) bool {
	head := map[byte]int{0xc5: 2, 0xc4: 3, 0x62: 4}[code[at]]
	if i.prefix != 0 || at+head >= len(code) {
		return false
	}
	last, b := code[at+1], code[at+1:]
	i.form, i.table = vex, 1
	switch head {
	case 3:
		i.table, last = b[0]&0x1f, b[1]
		i.wide = last&0x80 != 0
	case 4:
		i.form, i.table = evex, b[0]&7
		if b[0]&8 != 0 || b[1]&4 == 0 { // fixed bits; APX has given them a meaning
			return false
		}
		last = b[1]
		i.wide = last&0x80 != 0
	}
	i.prefix = [4]byte{0, 0x66, 0xf3, 0xf2}[last&3]
	i.opcode = code[at+head]
	kind := byte('m')
	switch {
	case i.table == 3:
		kind = 'B'
	case i.table == 1 && i.form == vex && i.opcode == 0x77:
		kind = '.' // VZEROUPPER
	case i.table == 1 && (i.opcode&0xfc == 0x70 || i.opcode == 0xc2 || i.opcode&0xfc == 0xc4 && i.opcode != 0xc7):
		kind = 'B'
	case i.table == 0, i.table == 4, i.table > 6, i.table > 3 && i.form == vex:
		return false
	}
	return i.operands(code, at+head+1, kind, false, false)
}

// operands finds the end of the instruction.
func (i *instruction) operands(code []byte, at int, kind byte, data16, addr32 bool) bool {
	operand := 4
	if data16 && !i.wide {
		operand = 2
	}
	immediate := 0
	switch kind {
	case 'x':
		return false
	case 'b', 'B', 's':
		immediate = 1
	case 'w':
		immediate = 2
	case 'e':
		immediate = 3
	case 'z', 'Z':
		immediate = operand
	case 'r':
		immediate = 4 // Intel's processors ignore 66 here; linkers pad calls with it
	case 'v':
		if immediate = operand; i.wide {
			immediate = 8
		}
	case 'o':
		if immediate = 8; addr32 {
			immediate = 4
		}
	}
	if kind == 'm' || kind == 'B' || kind == 'Z' || kind == 'g' {
		if at >= len(code) {
			return false
		}
		i.modrm = code[at]
		if kind == 'g' && i.modrm&0x38 <= 8 {
			if immediate = 1; i.opcode == 0xf7 {
				immediate = operand
			}
		}
		if i.opcode == 0x8f && i.table == 0 && i.modrm&0x38 != 0 {
			return false // XOP, of a few processors of AMD
		}
		if at = address(code, at); at < 0 {
			return false
		}
	}
	i.size = at + immediate
	if i.size > len(code) {
		return false
	}
	switch kind {
	case 'r':
		i.target = i.size + int(int32(binary.LittleEndian.Uint32(code[at:])))
	case 's':
		i.target = i.size + int(int8(code[at]))
	}
	return true
}

// address returns the end of a ModRM byte and what it brings, or -1.
func address(code []byte, at int) int {
	mod, rm := code[at]>>6, code[at]&7
	at++
	if mod == 3 {
		return at
	}
	if rm == 4 {
		if at >= len(code) {
			return -1
		}
		rm = code[at] & 7 // the base
		at++
	}
	switch {
	case mod == 1:
		at++
	case mod == 2, mod == 0 && rm == 5:
		at += 4
	}
	return at
}

func (c *Code) amd64(code []byte, call func(int)) bool {
	for at := 0; at < len(code); {
		i, ok := next(code[at:])
		if !ok {
			return false
		}
		if i.target != 0 {
			call(at + i.target)
		}
		if x, ok := i.extension(); ok {
			c.add(x, at, i.size)
		}
		if i.form == legacy && i.table == 1 && (i.opcode == 0xa2 || i.opcode == 0x01 && i.modrm == 0xd0) {
			c.Asks = true // CPUID, XGETBV
		}
		at += i.size
	}
	return true
}
