package elfcheck

import (
	"debug/elf"

	"github.com/abivet/abivet/abi"
)

func (d *decoder) header() error {
	d.headLen = min(d.size, headSize)
	d.head = d.head[:headSize]
	if d.size < 4 {
		return abi.ErrFormat
	}
	if err := d.pread(d.head[:d.headLen], 0, "header"); err != nil {
		return err
	}
	b := d.head[:d.headLen]
	if string(b[:4]) != elf.ELFMAG {
		return abi.ErrFormat
	}
	if len(b) < 20 {
		return d.damaged(0, "header: the file has %d bytes, want 52 or more", d.size)
	}
	if b[elf.EI_VERSION] != 1 {
		return d.damaged(elf.EI_VERSION, "version %d, want 1", b[elf.EI_VERSION])
	}
	switch elf.Class(b[elf.EI_CLASS]) {
	case elf.ELFCLASS32:
		d.f.Class = 32
	case elf.ELFCLASS64:
		d.f.Class, d.wide = 64, true
	default:
		return d.damaged(elf.EI_CLASS, "class %d, want 1 or 2", b[elf.EI_CLASS])
	}
	switch elf.Data(b[elf.EI_DATA]) {
	case elf.ELFDATA2LSB:
	case elf.ELFDATA2MSB:
		d.big = true
	default:
		return d.damaged(elf.EI_DATA, "byte order %d, want 1 or 2", b[elf.EI_DATA])
	}
	f := d.f
	f.BigEndian = bool(d.big)
	f.OSABI, f.ABIVersion = elf.OSABI(b[elf.EI_OSABI]), b[elf.EI_ABIVERSION]
	f.Machine = elf.Machine(d.big.Uint16(b[18:]))
	if what, ok := foreign[f.Machine]; ok {
		return foreignError(what)
	}
	f.Platform = abi.Platform{OS: "linux", Arch: arch(f.Machine, f.Class, f.BigEndian)}
	return d.layout()
}

// maxSegments bounds the program headers, in bytes, as Linux does.
const maxSegments = 64 << 10

// layout reads the part of the header whose fields depend on the class, and
// the program headers.
func (d *decoder) layout() error {
	headerSize, entry := int64(52), int64(32)
	if d.wide {
		headerSize, entry = 64, 56
	}
	if d.headLen < headerSize {
		return d.damaged(0, "header: the file has %d bytes, want %d", d.size, headerSize)
	}
	b, w := d.head, d.wordSize()
	tail := b[24+3*w:] // after e_entry, e_phoff, e_shoff
	d.f.Flags = d.big.Uint32(tail)
	d.f.Float = floatABI(d.f.Machine, d.f.Flags)
	switch t := elf.Type(d.big.Uint16(b[16:])); t {
	case elf.ET_EXEC:
		d.f.Kind = Executable
	case elf.ET_DYN:
		d.f.Kind = Shared // or a PIE; the dynamic table tells
	case elf.ET_REL:
		d.f.Kind = Object
		return nil
	default:
		return d.damaged(16, "type %s: want an executable, a shared object or a relocatable object", t)
	}
	phoff, count := d.word(b[24+w:]), int64(d.big.Uint16(tail[8:]))
	if count == 0 {
		return d.damaged(0, "no program headers: nothing could be loaded")
	}
	if have := int64(d.big.Uint16(tail[6:])); have != entry {
		return d.damaged(0, "program headers of %d bytes each, want %d", have, entry)
	}
	if count*entry > maxSegments {
		return d.damaged(0, "%d program headers of %d bytes: the kernel takes %d bytes at most", count, entry, maxSegments)
	}
	if phoff > uint64(d.size) {
		return d.damaged(0, "program headers at %#x, the file ends at %#x", phoff, d.size)
	}
	table, err := d.bytes(&d.table, int64(phoff), count*entry, "program headers")
	if err != nil {
		return err
	}
	d.f.Segments = room(&d.spare.segments, int(count))
	for ; count > 0; count, table = count-1, table[entry:] {
		d.f.Segments = append(d.f.Segments, d.segment(table))
	}
	d.packer(int64(phoff) + int64(len(d.f.Segments))*entry)
	return nil
}

// packer looks for the mark of UPX, which begins where the program headers end, after
// a sum (l_info in its src/stub/src/include/linux.h). The libraries that it packs
// keep their dynamic tables; programs have none left.
func (d *decoder) packer(end int64) {
	const mark = "UPX!"
	if end+4+int64(len(mark)) > d.headLen {
		return // its programs have three or four program headers
	}
	if _, dynamic := d.f.Segment(elf.PT_DYNAMIC); !dynamic && string(d.head[end+4:][:len(mark)]) == mark {
		d.f.Packed = "UPX"
		if d.f.Kind == Shared {
			d.f.Kind = PIE
		}
	}
}

func (d *decoder) segment(b []byte) Segment {
	s := Segment{Type: elf.ProgType(d.big.Uint32(b))}
	if d.wide {
		s.Flags = elf.ProgFlag(d.big.Uint32(b[4:]))
		s.Offset, s.VAddr = d.big.Uint64(b[8:]), d.big.Uint64(b[16:])
		s.FileSize, s.MemSize, s.Align = d.big.Uint64(b[32:]), d.big.Uint64(b[40:]), d.big.Uint64(b[48:])
		return s
	}
	s.Offset, s.VAddr = uint64(d.big.Uint32(b[4:])), uint64(d.big.Uint32(b[8:]))
	s.FileSize, s.MemSize = uint64(d.big.Uint32(b[16:])), uint64(d.big.Uint32(b[20:]))
	s.Flags, s.Align = elf.ProgFlag(d.big.Uint32(b[24:])), uint64(d.big.Uint32(b[28:]))
	return s
}

// checkSegments refuses segments that do not lie in the file, and reads the
// interpreter.
func (d *decoder) checkSegments() error {
	for i, s := range d.f.Segments {
		if s.FileSize == 0 {
			continue
		}
		switch s.Type {
		case elf.PT_DYNAMIC, elf.PT_NOTE:
			if d.f.Loading != nil {
				continue // loaders go by its address, and by its size in memory
			}
		case ptLoad, elf.PT_INTERP:
		default:
			continue // nobody reads its bytes
		}
		if s.Offset > uint64(d.size) || s.FileSize > uint64(d.size)-s.Offset {
			return d.damaged(int64(min(s.Offset, uint64(d.size))), "segment %d (%s): %d bytes at %#x, the file ends at %#x: it is cut short",
				i, s.Type, s.FileSize, s.Offset, d.size)
		}
		if s.VAddr+max(s.MemSize, s.FileSize) < s.VAddr {
			return d.damaged(int64(s.Offset), "segment %d (%s): address %#x and size %#x overflow", i, s.Type, s.VAddr, s.MemSize)
		}
	}
	if err := d.apart(); err != nil {
		return err
	}
	if d.f.Loading != nil {
		d.layers()
	}
	return d.interpreter()
}

// apart refuses segments of which one takes the place of another: the second is
// mapped over the first, and what the first had there is gone. In firmware they may
// be: some processors have an address space for code and one for data.
func (d *decoder) apart() error {
	if _, ok := d.f.Segment(elf.PT_DYNAMIC); !ok || d.f.Loading != nil {
		return nil // what a loader makes of it is another question
	}
	for i := range d.f.Segments {
		s := &d.f.Segments[i]
		if s.Type != ptLoad || s.MemSize == 0 {
			continue
		}
		for j := range d.f.Segments[:i] {
			before := &d.f.Segments[j]
			if before.Type == ptLoad && before.MemSize > 0 && s.VAddr < before.VAddr+before.MemSize && before.VAddr < s.VAddr+s.MemSize {
				return d.damaged(int64(s.Offset), "segment %d (PT_LOAD): addresses from %#x to %#x, of which segment %d has some, from %#x to %#x",
					i, s.VAddr, s.VAddr+s.MemSize, j, before.VAddr, before.VAddr+before.MemSize)
			}
		}
	}
	return nil
}

func (d *decoder) interpreter() error {
	s, ok := d.f.Segment(elf.PT_INTERP)
	if !ok || s.FileSize == 0 {
		return nil
	}
	if s.FileSize > 4096 { // PATH_MAX, which the kernel holds it against
		return d.damaged(int64(s.Offset), "interpreter: path of %d bytes, want at most 4096", s.FileSize)
	}
	b, err := d.bytes(&d.table, int64(s.Offset), int64(s.FileSize), "interpreter")
	if err != nil {
		return err
	}
	name, ok := cstring(b)
	if !ok || b[len(b)-1] != 0 { // the kernel looks at the last byte
		return d.damaged(int64(s.Offset), "interpreter: %q has no NUL at its end", b[:min(len(b), 64)])
	}
	d.f.Interpreter = d.intern(name)
	return nil
}
