package luajit

import (
	"encoding/binary"
	"fmt"
	"slices"

	"golang.org/x/arch/arm/armasm"
	"golang.org/x/arch/arm64/arm64asm"
	"golang.org/x/arch/x86/x86asm"
)

// lua_gettop is the shortest function that tells the mode: it returns the
// difference of two fields of a state, top and base, in slots.
//
//	mov  rax, [rdi+0x28]    top
//	sub  rax, [rdi+0x20]    base
//	sar  rax, 3             slots of 8 bytes
//
// Compilers write it in any form, so it does not decide. It is what a person can
// look at with a disassembler.
type gettop struct {
	fields []int64 // of the state, in rising order
	shift  int64   // slots have 1<<shift bytes
}

// mode tells what src/lj_obj.h gives a state: base and top stand behind five or
// three words. PUC's values have 16 bytes.
func (g gettop) mode() Answer {
	switch {
	case g.shift == 3 && slices.Equal(g.fields, []int64{0x20, 0x28}):
		return Yes
	case g.shift == 3 && slices.Equal(g.fields, []int64{0x10, 0x18}):
		return No
	}
	return Unknown
}

// judgeGetTop adds what lua_gettop does to the evidence.
func (d *detection) judgeGetTop() error {
	s, ok := d.around(d.img.GetTop)
	if !ok || d.img.GetTop == 0 {
		return nil
	}
	code := make([]byte, min(64, s.end-d.img.GetTop))
	if err := read(s.data, code, d.img.GetTop); err != nil {
		return err
	}
	g, ok := decodeGetTop(d.img.Platform.Arch, code)
	if !ok {
		return nil
	}
	says := ""
	if mode := g.mode(); mode != Unknown {
		says = map[Answer]string{Yes: ", as with GC64", No: ", as without GC64"}[mode]
		if d.info.GC64 != Unknown && d.info.GC64 != mode {
			says += ": this disagrees with the dispatch, which decides"
		}
	}
	d.say("lua_gettop at offset %#x: top and base at %s of the state, slots of %d bytes%s", d.img.GetTop, hex(g.fields), 1<<g.shift, says)
	return nil
}

func hex(numbers []int64) string {
	s := ""
	for i, n := range numbers {
		if i > 0 {
			s += ", "
		}
		s += fmt.Sprintf("%#x", n)
	}
	return s
}

// decodeGetTop reads to the return. ok is false where it meets anything that it
// does not know.
func decodeGetTop(arch string, code []byte) (g gettop, ok bool) {
	defer func() {
		if recover() != nil { // in a decoder that is not ours
			ok = false
		}
	}()
	switch arch {
	case "amd64":
		ok = g.x86(code, 64)
	case "386":
		ok = g.x86(code, 32)
	case "arm64":
		ok = g.arm64(code)
	case "arm":
		ok = g.arm(code)
	}
	slices.Sort(g.fields)
	g.fields = slices.Compact(g.fields)
	return g, ok && len(g.fields) == 2 && g.shift > 0 && g.shift < 8
}

var onStack = map[x86asm.Reg]bool{x86asm.RBP: true, x86asm.RSP: true, x86asm.EBP: true, x86asm.ESP: true}

func (g *gettop) x86(code []byte, bits int) bool {
	// ENDBR64 and ENDBR32 are unknown to the decoder, which says no error.
	if len(code) > 4 && string(code[:3]) == "\xf3\x0f\x1e" {
		code = code[4:]
	}
	for len(code) > 0 {
		i, err := x86asm.Decode(code, bits)
		if err != nil || i.Op == 0 {
			return false
		}
		switch i.Op {
		case x86asm.RET:
			return true
		case x86asm.JMP, x86asm.CALL:
			return false
		case x86asm.SAR, x86asm.SHR:
			if n, ok := i.Args[1].(x86asm.Imm); ok {
				g.shift = int64(n)
			}
		}
		for _, a := range i.Args {
			// Without optimisation the state itself is on the stack.
			if m, ok := a.(x86asm.Mem); ok && !onStack[m.Base] && i.Op != x86asm.NOP && i.Op != x86asm.LEA {
				g.fields = append(g.fields, m.Disp)
			}
		}
		code = code[i.Len:]
	}
	return false
}

func (g *gettop) arm64(code []byte) bool {
	for ; len(code) >= 4; code = code[4:] {
		word := binary.LittleEndian.Uint32(code)
		i, err := arm64asm.Decode(code)
		if err != nil {
			return false
		}
		switch i.Op {
		case arm64asm.RET:
			return true
		case arm64asm.B, arm64asm.BL, arm64asm.BR, arm64asm.BLR:
			return false
		case arm64asm.LDR: // with an unsigned offset of 8 bytes
			if word>>22 == 0x3e5 && word>>5&31 != 31 {
				g.fields = append(g.fields, int64(word>>10&0xfff)*8)
			}
		case arm64asm.LDP: // with a signed offset of 8 bytes
			if word>>22 == 0x2a5 && word>>5&31 != 31 {
				first := int64(int32(word<<10)>>25) * 8
				g.fields = append(g.fields, first, first+8)
			}
		case arm64asm.ASR, arm64asm.LSR, arm64asm.SBFX, arm64asm.UBFX:
			g.shift = int64(word >> 16 & 63) // immr of SBFM and UBFM
		}
	}
	return false
}

func (g *gettop) arm(code []byte) bool {
	const stack, frame = 13, 11
	for ; len(code) >= 4; code = code[4:] {
		word := binary.LittleEndian.Uint32(code)
		i, err := armasm.Decode(code, armasm.ModeARM)
		if err != nil {
			return false // Thumb, too
		}
		base := word >> 16 & 15
		switch {
		case i.Op == armasm.BX:
			return true
		case i.Op == armasm.B || i.Op == armasm.BL:
			return false
		case word&0x0f700000 == 0x05100000 && base != stack && base != frame: // ldr with an offset
			g.fields = append(g.fields, int64(word&0xfff))
		case word&0x0fe00070 == 0x01a00040: // asr by a constant
			g.shift = int64(word >> 7 & 31)
		}
	}
	return false
}
