package tiny

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// A MachO is a dylib for macOS.
type MachO struct {
	ARM64 bool // or x86-64
	MinOS [2]byte
}

// Bytes returns the file. It has what dyld asks of every dylib: a segment, an
// install name, a UUID, a version command and a system library.
func (m MachO) Bytes() []byte {
	segment := encode(uint32(0x19), uint32(72), [16]byte{'_', '_', 'T', 'E', 'X', 'T'},
		uint64(0), uint64(0x4000), uint64(0), uint64(0x4000), uint32(5), uint32(5), uint32(0), uint32(0))
	commands := [][]byte{
		segment,
		dylibCommand(0xd, "@rpath/libtiny.dylib"),
		dylibCommand(0xc, "/usr/lib/libSystem.B.dylib"),
		encode(uint32(0x1b), uint32(24), [16]byte{1, 2, 3}),
		encode(uint32(0x32), uint32(24), uint32(1), uint32(m.MinOS[0])<<16|uint32(m.MinOS[1])<<8, uint32(14<<16), uint32(0)),
	}
	cpu, subtype := m.cpu()
	all := bytes.Join(commands, nil)
	file := append(encode(uint32(0xfeedfacf), cpu, subtype, uint32(6), uint32(len(commands)), uint32(len(all)), uint32(0x85), uint32(0)), all...)
	return append(file, make([]byte, 0x4000-len(file))...)
}

func (m MachO) cpu() (cpu, subtype uint32) {
	if m.ARM64 {
		return 0x0100000c, 0
	}
	return 0x01000007, 3
}

func dylibCommand(command uint32, name string) []byte {
	padded := append([]byte(name), make([]byte, 8-len(name)%8)...)
	return append(encode(command, uint32(24+len(padded)), uint32(24), uint32(2), uint32(0x10000), uint32(0x10000)), padded...)
}

// Universal joins thin files into a universal one.
func Universal(files ...MachO) []byte {
	images := make([][]byte, len(files))
	for i, m := range files {
		images[i] = m.Bytes()
	}
	return universal(files, images)
}

// UniversalArchive joins static archives into a universal one, each with the
// object of one architecture.
func UniversalArchive(files ...MachO) []byte {
	images := make([][]byte, len(files))
	for i, m := range files {
		images[i] = Archive(Member{"object.o", m.Bytes()})
	}
	return universal(files, images)
}

func universal(files []MachO, images [][]byte) []byte {
	var head, body bytes.Buffer
	put := func(values ...uint32) { head.Write(encodeBig(values)) }
	put(0xcafebabe, uint32(len(files)))
	const align = 14
	offset := 1 << align
	for i, m := range files {
		cpu, subtype := m.cpu()
		put(cpu, subtype, uint32(offset), uint32(len(images[i])), align)
		padded := append(images[i], make([]byte, -len(images[i])&(1<<align-1))...)
		body.Write(padded)
		offset += len(padded)
	}
	head.Write(make([]byte, 1<<align-head.Len()))
	return append(head.Bytes(), body.Bytes()...)
}

func encodeBig(values []uint32) []byte {
	var out []byte
	for _, v := range values {
		out = binary.BigEndian.AppendUint32(out, v)
	}
	return out
}

// A Member is a file in an archive.
type Member struct {
	Name string // up to 15 bytes
	Data []byte
}

// Archive returns a static archive.
func Archive(members ...Member) []byte {
	out := []byte("!<arch>\n")
	for _, m := range members {
		out = fmt.Appendf(out, "%-16s%-12d%-6d%-6d%-8s%-10d`\n", m.Name+"/", 0, 0, 0, "644", len(m.Data))
		out = append(out, m.Data...)
		if len(m.Data)%2 == 1 {
			out = append(out, '\n')
		}
	}
	return out
}
