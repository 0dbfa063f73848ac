package elfcheck

import (
	"bytes"
	"cmp"
	"debug/elf"
	"errors"
	"fmt"
	"slices"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/internal/isa"
)

// Instructions is what the code of a linked file asks of the processor, beyond
// the first of its kind (x86-64-v1, ARMv8.0); WantInstructions.
type Instructions struct {
	// Damage is why the functions cannot be found, where the table that says where
	// they are is damaged. No loader reads it.
	Damage  string
	Decoded int // functions that were decoded from their start to their end
	// Undecoded counts those that were not, since they hold tables, or
	// instructions that are not known here.
	Undecoded int
	Functions []Function // those that use an extension
	// Dispatch is what in the file asks which processor it runs on, or chooses
	// functions when it is loaded. Instructions beside it may be guarded.
	Dispatch []string
}

// A Function uses extensions of the instruction set.
type Function struct {
	Name    string // empty where no symbol has it
	Address uint64
	// Direct: it is exported, or called directly by a function that uses no
	// extension and is not named for one. What is not may be one of several that a table of pointers
	// chooses from, or reached through one that is.
	Direct bool
	// Entry: the start of the program calls it, with nothing before it that
	// could ask for the processor.
	Entry bool
	Uses  []InstructionUse
}

// An InstructionUse is the first instruction of a function that belongs to an extension.
type InstructionUse struct {
	Extension string // AVX2
	Level     string // the first level that has it, in the words of GOAMD64 and GOARM64
	Address   uint64
	Code      []byte
}

// instructions fills File.Instructions.
func (d *decoder) instructions() error {
	f := d.f
	if !isa.Decodes(f.Platform.Arch) || f.Kind == DebugInfo || f.Kind == Object {
		return nil
	}
	var code uint64
	for i := range f.Segments {
		if s := &f.Segments[i]; s.Type == ptLoad && s.Flags&elf.PF_X != 0 {
			code += s.FileSize
		}
	}
	if code > uint64(d.size) { // the same bytes, mapped again and again
		return d.damaged(0, "%d bytes of code in a file of %d", code, d.size)
	}
	exports, err := d.exports()
	if err != nil {
		return err
	}
	spans, err := d.functionSpans(exports)
	var damaged *abi.FormatError
	if errors.As(err, &damaged) && damaged.Err == nil {
		f.Instructions = &Instructions{Damage: damaged.What}
		return nil
	}
	if err != nil {
		return err
	}
	f.Instructions = &Instructions{}
	d.places = d.placement()
	if err := d.dispatch(exports); err != nil {
		return err
	}
	if err := d.decodeFunctions(spans); err != nil {
		return err
	}
	if err := d.askedBetween(spans); err != nil {
		return err
	}
	return d.reach(spans, exports)
}

// code returns the bytes of a function.
func (d *decoder) code(s span) ([]byte, error) {
	off, rest, ok := d.places.offset(s.start)
	if !ok || s.end-s.start > uint64(rest) {
		return nil, nil // another segment is mapped over its own
	}
	return d.record(off, int64(s.end-s.start), "code")
}

func (d *decoder) decodeFunctions(spans []span) error {
	out, asks := d.f.Instructions, false
	for _, s := range spans {
		b, err := d.code(s)
		if err != nil {
			return err
		}
		c, ok := isa.Decode(d.f.Platform.Arch, b, nil)
		if !ok || b == nil {
			out.Undecoded++
			if !asks && asksRaw(d.f.Machine, b) {
				asks = true
				out.Dispatch = append(out.Dispatch, fmt.Sprintf("%s in the function at %#x", asking(d.f.Machine), s.start))
			}
			continue
		}
		out.Decoded++
		if c.Asks && !asks {
			asks = true
			out.Dispatch = append(out.Dispatch, fmt.Sprintf("%s in the function at %#x", asking(d.f.Machine), s.start))
		}
		if len(c.Uses) == 0 || c.Fallback {
			continue
		}
		fn := Function{Name: s.name, Address: s.start}
		for _, u := range c.Uses {
			fn.Uses = append(fn.Uses, InstructionUse{
				Extension: u.Name, Level: u.Level, Address: s.start + uint64(u.At), Code: bytes.Clone(b[u.At : u.At+u.Len]),
			})
		}
		out.Functions = append(out.Functions, fn)
	}
	return nil
}

func asking(m elf.Machine) string {
	if m == elf.EM_X86_64 {
		return "CPUID or XGETBV"
	}
	return "MRS of an identification register"
}

// asksRaw looks for the instructions that ask for the processor in bytes that could
// not be decoded. It may find them where they are not: then a finding is a note
// that could be a warning.
func asksRaw(m elf.Machine, b []byte) bool {
	if m == elf.EM_X86_64 {
		return bytes.Contains(b, []byte("\x0f\xa2")) || bytes.Contains(b, []byte("\x0f\x01\xd0"))
	}
	for ; len(b) >= 4; b = b[4:] {
		if b[3] == 0xd5 && b[2] == 0x38 && b[1]&0xf0 == 0 {
			return true
		}
	}
	return false
}

// askedBetween looks for them in what of the executable segments is no function:
// assembly that nothing describes.
func (d *decoder) askedBetween(spans []span) error {
	for i := range d.f.Segments {
		s := &d.f.Segments[i]
		if s.Type != ptLoad || s.Flags&elf.PF_X == 0 {
			continue
		}
		at, end := s.VAddr, s.VAddr+s.FileSize
		first, _ := slices.BinarySearchFunc(spans, at, func(f span, at uint64) int { return cmp.Compare(f.start, at) })
		for _, f := range spans[first:] {
			if f.start >= end {
				break
			}
			if found, err := d.asksIn(at, f.start); found || err != nil {
				return err
			}
			at = max(at, f.end)
		}
		if found, err := d.asksIn(at, end); found || err != nil {
			return err
		}
	}
	return nil
}

func (d *decoder) asksIn(start, end uint64) (bool, error) {
	const overlap = 4
	for ; start+overlap < end; start += chunkSize - overlap {
		off, rest, ok := d.offset(start)
		if !ok {
			return false, nil
		}
		n := min(rest, int64(end-start), chunkSize)
		b, err := d.record(off, n, "code")
		if err != nil {
			return false, err
		}
		if asksRaw(d.f.Machine, b) {
			d.f.Instructions.Dispatch = append(d.f.Instructions.Dispatch, fmt.Sprintf("%s near %#x", asking(d.f.Machine), start))
			return true, nil
		}
	}
	return false, nil
}
