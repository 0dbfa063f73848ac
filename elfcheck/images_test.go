package elfcheck

import (
	"debug/elf"
	"encoding/binary"
	"strings"

	"github.com/abivet/abivet/internal/elfbuild"
)

// Short words for what the images are made of.
const (
	global = elf.STB_GLOBAL
	weak   = elf.STB_WEAK
	fn     = elf.STT_FUNC
	object = elf.STT_OBJECT
	libc   = "libc.so.6"
	loader = "/lib64/ld-linux-x86-64.so.2"
)

func imported(name, version string, bind elf.SymBind) elfbuild.Symbol {
	return elfbuild.Symbol{Name: name, Version: version, Library: libc, Bind: bind, Type: fn}
}

func exported(name, version string) elfbuild.Symbol {
	return elfbuild.Symbol{Name: name, Version: version, Bind: global, Type: fn, Section: 1, Value: 0x40, Size: 8}
}

// plainImage is a shared object with a little of everything.
func plainImage() elfbuild.Image {
	return elfbuild.Image{
		SOName:  "libplain.so.1",
		Needed:  []string{libc, "ld-linux-x86-64.so.2"},
		RunPath: []string{"$ORIGIN/../lib:/opt/lib"},
		Symbols: []elfbuild.Symbol{
			imported("malloc", "GLIBC_2.2.5", global),
			imported("arc4random", "GLIBC_2.36", global),
			imported("__cxa_finalize", "GLIBC_2.2.5", weak),
			{Name: "__rseq_offset", Version: "GLIBC_2.35", Library: "ld-linux-x86-64.so.2", Bind: global, Type: object},
			{Name: "plugin_host", Bind: global},
			exported("plain_open", "PLAIN_1.1"),
			{Name: "plain_open", Version: "PLAIN_1.0", Hidden: true, Bind: global, Type: fn, Section: 1, Value: 0x80, Size: 8},
			{Name: "plain_secret", Bind: global, Type: fn, Visibility: elf.STV_HIDDEN, Section: 1},
			{Name: "plain_data", Bind: global, Type: object, Section: elf.SHN_ABS, Value: 7},
			{Name: "local", Type: fn, Section: 1},
		},
		Needs: []elfbuild.Need{
			{Library: libc, Versions: []elfbuild.NeedVersion{{Name: "GLIBC_2.2.5"}, {Name: "GLIBC_2.36", Weak: true}}},
			{Library: "ld-linux-x86-64.so.2", Versions: []elfbuild.NeedVersion{{Name: "GLIBC_2.35"}}},
		},
		Defs: []elfbuild.Def{{Name: "libplain.so.1", Base: true}, {Name: "PLAIN_1.0"}, {Name: "PLAIN_1.1", Parents: []string{"PLAIN_1.0"}}},
		Relocations: []elfbuild.Relocation{
			{Offset: 0x3000, Type: uint32(elf.R_X86_64_RELATIVE), Addend: 0x40},
			{Offset: 0x3008, Symbol: 3, Type: uint32(elf.R_X86_64_GLOB_DAT)},
			{Offset: 0x3010, Type: uint32(elf.R_X86_64_TPOFF64)},
		},
		PLT: []elfbuild.Relocation{{Offset: 0x3018, Symbol: 1, Type: uint32(elf.R_X86_64_JMP_SLOT)}},
		Notes: []elfbuild.Note{
			elfbuild.Property(0xc0000002, 3, 0xc0008002, 3, 0xc0010002, 7),
			elfbuild.ABITag(0, 3, 2, 0), elfbuild.BuildID(0xde, 0xad, 0xbe, 0xef),
		},
		Stack: elf.PF_R | elf.PF_W, RELRO: true, TLS: 8,
		Tags: []elfbuild.Tag{{Tag: elf.DT_FLAGS, Value: uint64(elf.DF_BIND_NOW | elf.DF_STATIC_TLS)}, {Tag: elf.DT_FLAGS_1, Value: uint64(elf.DF_1_NOW)}},
	}
}

func plainWith(changes ...func(*elfbuild.Image)) []byte {
	m := plainImage()
	for _, change := range changes {
		change(&m)
	}
	return m.Bytes()
}

// onMachine is a small image of another machine.
func onMachine(machine elf.Machine, narrow, big bool, flags uint32) []byte {
	return plainWith(func(m *elfbuild.Image) {
		m.Machine, m.Narrow, m.BigEndian, m.Flags = machine, narrow, big, flags
		m.Notes = m.Notes[1:] // the property note is of another machine
		m.Relocations = []elfbuild.Relocation{{Offset: 0x3008, Symbol: 3, Type: 3}}
	})
}

// goImage is a program with the build information of Go's linker.
func goImage(settings string) []byte {
	info := "path\texample.com/x\nmod\texample.com/x\t(devel)\t\n" + settings
	mark := strings.Repeat("m", 16)
	data := append([]byte("\xff Go buildinf:"), 8, 2)
	data = append(data, make([]byte, 16)...)
	for _, s := range []string{"go1.26.8", mark + info + mark} {
		data = append(binary.AppendUvarint(data, uint64(len(s))), s...)
	}
	return elfbuild.Image{Type: elf.ET_EXEC, Static: true, Notes: []elfbuild.Note{elfbuild.GoBuildID("abc/def")},
		Data: append(make([]byte, 48), data...), Stack: elf.PF_R | elf.PF_W}.Bytes()
}

// images covers every table that is read. Each has a golden dump of its name.
func images() map[string][]byte {
	machines := machineImages()
	for name, image := range map[string][]byte{
		"shared":         plainWith(),
		"shared-bare":    plainWith(bare),
		"shared-program": plainWith(func(m *elfbuild.Image) { m.Interpreter = loader }), // libc.so.6 is such a one
		"sysv-hash":      plainWith(bare, func(m *elfbuild.Image) { m.Hash = elfbuild.SysV }),
		"both-hashes":    plainWith(func(m *elfbuild.Image) { m.Hash = elfbuild.Both }),
		"no-hash":        plainWith(func(m *elfbuild.Image) { m.Hash = elfbuild.None }),
		"far-versions":   plainWith(func(m *elfbuild.Image) { m.VersionsGap = maxTogether }),
		"long-strings":   plainWith(func(m *elfbuild.Image) { m.StringsPad = maxTogether }),
		"rpath":          plainWith(func(m *elfbuild.Image) { m.RunPath, m.RPath = []string{""}, []string{":/a::b:"} }),
		"older-tags":     plainWith(olderTags),
		"text-relocation": plainWith(func(m *elfbuild.Image) {
			m.Tags = []elfbuild.Tag{{Tag: elf.DT_TEXTREL}}
			m.Relocations[1].Offset = 0x10
		}),
		"program":         plainWith(program, func(m *elfbuild.Image) { m.Type = elf.ET_EXEC }),
		"pie":             plainWith(program, func(m *elfbuild.Image) { m.Tags[1].Value |= uint64(elf.DF_1_PIE) }),
		"pie-unmarked":    plainWith(program),
		"static-pie":      elfbuild.Image{Tags: []elfbuild.Tag{{Tag: elf.DT_FLAGS_1, Value: uint64(elf.DF_1_PIE)}}}.Bytes(),
		"static":          elfbuild.Image{Type: elf.ET_EXEC, Static: true}.Bytes(),
		"copy-relocation": plainWith(copyRelocation),
		"go":              goImage("build\tCGO_ENABLED=1\nbuild\tGOAMD64=v3\n"),
		"musl":            elfbuild.Image{Needed: []string{"libc.musl-x86_64.so.1"}}.Bytes(),
		"android": elfbuild.Image{Machine: elf.EM_AARCH64, Needed: []string{"libc.so", "libdl.so"},
			Notes: []elfbuild.Note{{Name: "Android", Type: 1, Words: []uint32{24}}}}.Bytes(),
		"freebsd": elfbuild.Image{OSABI: elf.ELFOSABI_FREEBSD, Notes: []elfbuild.Note{{Name: "FreeBSD", Type: 1, Words: []uint32{1400097}}}}.Bytes(),
		"object": elfbuild.Object{StackNote: true, Notes: []elfbuild.Note{elfbuild.Property(0xc0008002, 5)},
			Symbols: []elfbuild.Symbol{{Name: "l", Section: 1}, {Name: "f", Bind: global, Section: 1}, {Name: "printf", Bind: global}}}.Bytes(),
		"object-calls":     objectThatCalls(false).Bytes(),
		"object-silent":    elfbuild.Object{Narrow: true, BigEndian: true, Machine: elf.EM_PPC}.Bytes(),
		"object-execstack": elfbuild.Object{StackNote: true, StackFlags: elf.SHF_EXECINSTR, NoSymbols: true}.Bytes(),
		"debug":            debugOnly(plainImage().Bytes()),
	} {
		machines[name] = image
	}
	return machines
}

func machineImages() map[string][]byte {
	return map[string][]byte{
		"386": plainWith(func(m *elfbuild.Image) {
			m.Machine, m.Narrow, m.NoAddend, m.Notes = elf.EM_386, true, true, m.Notes[1:]
			m.Relocations = []elfbuild.Relocation{{Offset: 0x3000, Type: uint32(elf.R_386_TLS_TPOFF)}}
		}),
		"s390x": plainWith(func(m *elfbuild.Image) { // its hash table has words of eight bytes
			m.Machine, m.BigEndian, m.Hash, m.Notes = elf.EM_S390, true, elfbuild.SysV, m.Notes[1:]
		}),
		"x32":      onMachine(elf.EM_X86_64, true, false, 0),
		"armhf":    onMachine(elf.EM_ARM, true, false, 0x5000400),
		"arm64":    onMachine(elf.EM_AARCH64, false, false, 0),
		"ppc":      onMachine(elf.EM_PPC, true, true, 0),
		"ppc64le":  onMachine(elf.EM_PPC64, false, false, 2),
		"riscv64":  onMachine(elf.EM_RISCV, false, false, 5),
		"loong64":  onMachine(elf.EM_LOONGARCH, false, false, 0x43),
		"mips64el": onMachine(elf.EM_MIPS, false, false, 0x80000007),
	}
}

func bare(m *elfbuild.Image) { m.NoSections = true }

func program(m *elfbuild.Image) {
	m.Interpreter, m.SOName, m.Defs, m.Symbols = loader, "", nil, m.Symbols[:5]
}

func olderTags(m *elfbuild.Image) {
	m.Tags = []elfbuild.Tag{
		{Tag: elf.DT_BIND_NOW}, {Tag: elf.DT_SYMBOLIC}, {Tag: elf.DT_AUXILIARY, Name: "libaux.so"}, {Tag: elf.DT_FILTER, Name: "libfilter.so"},
		{Tag: dtRELR, Value: 0x100}, {Tag: dtRELRSZ, Value: 8},
	}
}

// copyRelocation is a program that has taken stdout out of the C library.
func copyRelocation(m *elfbuild.Image) {
	program(m)
	m.Type = elf.ET_EXEC
	m.Symbols = []elfbuild.Symbol{
		imported("puts", "GLIBC_2.2.5", global),
		{Name: "stdout", Version: "GLIBC_2.2.5", Library: libc, Bind: global, Type: object, Section: 1, Value: 0x403000, Size: 8},
	}
	m.Relocations = []elfbuild.Relocation{{Offset: 0x403000, Symbol: 2, Type: uint32(elf.R_X86_64_COPY)}}
	m.PLT = nil
}

// debugOnly takes the bytes of what is loaded away, as objcopy
// --only-keep-debug does, and leaves headers and notes.
func debugOnly(image []byte) []byte {
	const first, entry = 64, 56
	for at := first; at < first+int(binary.LittleEndian.Uint16(image[56:]))*entry; at += entry {
		prog := image[at : at+entry]
		kind, off := elf.ProgType(binary.LittleEndian.Uint32(prog)), binary.LittleEndian.Uint64(prog[8:])
		if kind == elf.PT_DYNAMIC || kind == elf.PT_LOAD && off > 0 {
			binary.LittleEndian.PutUint64(prog[32:], 0)
		}
	}
	const section = 64
	at := binary.LittleEndian.Uint64(image[40:])
	for range binary.LittleEndian.Uint16(image[60:]) {
		head := image[at : at+section]
		if binary.LittleEndian.Uint64(head[8:])&uint64(elf.SHF_ALLOC) != 0 && elf.SectionType(binary.LittleEndian.Uint32(head[4:])) != elf.SHT_NOTE {
			binary.LittleEndian.PutUint32(head[4:], uint32(elf.SHT_NOBITS))
		}
		at += section
	}
	return image
}
