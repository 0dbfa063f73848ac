// Package tiny writes the smallest native files that say what a test wants
// them to say. They are no programs: there is no code in them.
package tiny

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"slices"
)

// An ELF is a shared object, 64-bit and little-endian.
type ELF struct {
	Machine elf.Machine // 0 is x86-64
	SOName  string
	Needs   []Need
	// ExecStack asks for an executable stack.
	ExecStack bool
}

// A Need is a library that an ELF needs, and what it needs of it.
type Need struct {
	Library  string
	Versions []Version
}

// A Version is a symbol version and the symbols that are imported with it.
type Version struct {
	Name    string
	Symbols []string
}

const (
	headersSize = 64 + 3*56
	pageSize    = 0x10000 // the largest of any kernel
)

// Bytes returns the file.
func (e ELF) Bytes() []byte {
	names := newStrings()
	symbols, versym := e.symbols(names)
	verneed := e.verneed(names)

	var at layout
	body := func() []byte {
		var b bytes.Buffer
		b.Write(make([]byte, headersSize))
		put := func(data []byte) uint64 {
			b.Write(make([]byte, -b.Len()&7))
			offset := uint64(b.Len())
			b.Write(data)
			return offset
		}
		next := at
		next.symtab = put(symbols)
		next.versym = put(versym)
		next.verneed = put(verneed)
		next.hash = put(hash(len(versym) / 2))
		next.dynamic = put(e.dynamic(names, at))
		next.dynamicSize = uint64(b.Len()) - next.dynamic
		next.strtab = put(names.data)
		next.size = uint64(b.Len())
		at = next
		return b.Bytes()
	}
	body() // finds where everything lies
	file := body()
	copy(file, e.header(at))
	return file
}

// layout is where the parts lie, in the file and in memory alike.
type layout struct {
	symtab, versym, verneed, hash, strtab, dynamic, dynamicSize, size uint64
}

func (e ELF) header(at layout) []byte {
	machine := e.Machine
	if machine == 0 {
		machine = elf.EM_X86_64
	}
	stack := elf.PF_R | elf.PF_W
	if e.ExecStack {
		stack |= elf.PF_X
	}
	h := elf.Header64{
		Ident: [16]byte{0x7f, 'E', 'L', 'F', byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), 1},
		Type:  uint16(elf.ET_DYN), Machine: uint16(machine), Version: 1,
		Phoff: 64, Ehsize: 64, Phentsize: 56, Phnum: 3,
	}
	return encode(h,
		elf.Prog64{Type: uint32(elf.PT_LOAD), Flags: uint32(elf.PF_R | elf.PF_W), Filesz: at.size, Memsz: at.size, Align: pageSize},
		elf.Prog64{Type: uint32(elf.PT_DYNAMIC), Flags: uint32(elf.PF_R | elf.PF_W), Off: at.dynamic, Vaddr: at.dynamic, Filesz: at.dynamicSize, Memsz: at.dynamicSize, Align: 8},
		elf.Prog64{Type: uint32(elf.PT_GNU_STACK), Flags: uint32(stack), Align: 16},
	)
}

func (e ELF) dynamic(names *table, at layout) []byte {
	var d []elf.Dyn64
	add := func(tag elf.DynTag, value uint64) { d = append(d, elf.Dyn64{Tag: int64(tag), Val: value}) }
	versioned := uint64(0)
	for _, n := range e.Needs {
		add(elf.DT_NEEDED, uint64(names.add(n.Library)))
		if len(n.Versions) > 0 {
			versioned++
		}
	}
	if e.SOName != "" {
		add(elf.DT_SONAME, uint64(names.add(e.SOName)))
	}
	add(elf.DT_STRTAB, at.strtab)
	add(elf.DT_STRSZ, uint64(len(names.data)))
	add(elf.DT_SYMTAB, at.symtab)
	add(elf.DT_SYMENT, 24)
	add(elf.DT_HASH, at.hash)
	if versioned > 0 {
		add(elf.DT_VERSYM, at.versym)
		add(elf.DT_VERNEED, at.verneed)
		add(elf.DT_VERNEEDNUM, versioned)
	}
	add(elf.DT_NULL, 0)
	return encode(d)
}

// symbols returns the symbol table and the version of each. Version indices
// count from 2 in the order of verneed.
func (e ELF) symbols(names *table) (symtab, versym []byte) {
	syms, versions := []elf.Sym64{{}}, []uint16{0}
	index := uint16(1)
	for _, n := range e.Needs {
		for _, v := range n.Versions {
			index++
			for _, s := range v.Symbols {
				syms = append(syms, elf.Sym64{Name: names.add(s), Info: elf.ST_INFO(elf.STB_GLOBAL, elf.STT_FUNC)})
				versions = append(versions, index)
			}
		}
	}
	return encode(syms), encode(versions)
}

func (e ELF) verneed(names *table) []byte {
	needs := slices.DeleteFunc(slices.Clone(e.Needs), func(n Need) bool { return len(n.Versions) == 0 })
	var out []byte
	index := uint16(1)
	for i, n := range needs {
		next := uint32(16 + 16*len(n.Versions))
		if i == len(needs)-1 {
			next = 0
		}
		out = append(out, encode(uint16(1), uint16(len(n.Versions)), names.add(n.Library), uint32(16), next)...)
		for j, v := range n.Versions {
			index++
			next := uint32(16)
			if j == len(n.Versions)-1 {
				next = 0
			}
			out = append(out, encode(sysvHash(v.Name), uint16(0), index, names.add(v.Name), next)...)
		}
	}
	return out
}

// hash is a DT_HASH of one bucket. Nothing is looked up in it; it tells how
// many symbols there are.
func hash(symbols int) []byte {
	return encode(uint32(1), uint32(symbols), uint32(0), make([]uint32, symbols))
}

func sysvHash(name string) uint32 {
	var h uint32
	for i := range len(name) {
		h = h<<4 + uint32(name[i])
		g := h & 0xf0000000
		h = (h ^ g>>24) &^ g
	}
	return h
}

// table is a table of strings.
type table struct {
	data []byte
	at   map[string]uint32
}

func newStrings() *table { return &table{data: []byte{0}, at: map[string]uint32{"": 0}} }

func (t *table) add(s string) uint32 {
	if at, ok := t.at[s]; ok {
		return at
	}
	at := uint32(len(t.data))
	t.at[s] = at
	t.data = append(append(t.data, s...), 0)
	return at
}

// encode panics on values without a fixed size, which none here is.
func encode(values ...any) []byte {
	var b bytes.Buffer
	for _, v := range values {
		if err := binary.Write(&b, binary.LittleEndian, v); err != nil {
			panic(err)
		}
	}
	return b.Bytes()
}
