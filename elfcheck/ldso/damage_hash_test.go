package ldso

import (
	"debug/elf"
	"encoding/binary"

	"github.com/abivet/abivet/internal/elfbuild"
)

// hashDamages are about what is found by a hash table that is damaged, of a file that
// refers to what it defines.
func hashDamages() map[string]loading {
	opened := func(main any) loading { return loading{files: files{"/c/main": main}} }
	gnu := with(so("m"), takes(def("f")))
	sysv := with(gnu, func(m *elfbuild.Image) { m.Hash = elfbuild.SysV })
	// The filter has one word, and there is one bucket.
	const first, words, filter, bucket, chain = 4, 8, 16, 24, 28
	return map[string]loading{
		"another hash":                    opened(at(gnu, elf.DT_GNU_HASH, chain, 0x77777777)),
		"another hash in a program":       opened(at(with(program(), takes(def("f"))), elf.DT_GNU_HASH, chain, 0x77777777)),
		"another bucket":                  opened(at(gnu, elf.DT_GNU_HASH, bucket, 0)),
		"no buckets":                      opened(at(gnu, elf.DT_GNU_HASH, 0, 0)),
		"more buckets":                    opened(at(gnu, elf.DT_GNU_HASH, 0, 1<<28+1)),
		"a filter that goes on":           opened(at(gnu, elf.DT_GNU_HASH, words, 1<<31)),
		"a filter that lets nothing pass": opened(at(gnu, elf.DT_GNU_HASH, filter, 0)),
		"another first symbol":            opened(at(gnu, elf.DT_GNU_HASH, first, 1<<30)),
		"another name":                    opened(at(gnu, elf.DT_SYMTAB, 24, 3)),
		"no table":                        opened(without(gnu, elf.DT_GNU_HASH)),
		"another bucket of DT_HASH":       opened(at(sysv, elf.DT_HASH, 8, 0)),
		"no buckets of DT_HASH":           opened(at(sysv, elf.DT_HASH, 0, 0)),
		"another hash of another name":    opened(at(with(so("m"), takes(def("f")), has(def("g"))), elf.DT_GNU_HASH, chain+4, 0x77777777)),
		"another name of DT_HASH":         opened(at(with(so("m"), takes(def("f")), has(def("g")), func(m *elfbuild.Image) { m.Hash = elfbuild.SysV }), elf.DT_SYMTAB, 2*24, 0)),
		"no damage":                       opened(gnu),
		"no damage of DT_HASH":            opened(sysv),
	}
}

// packedDamages are about relative relocations in their packed form.
func packedDamages() map[string]loading {
	opened := func(change ...func(*elfbuild.Image)) func(...uint64) loading {
		m := with(with(so("m"), tag(36, 0), tag(35, 0), tag(37, 8)), change...)
		return func(entries ...uint64) loading { return loading{files: files{"/c/main": packed(m, entries)}} }
	}
	place := writable(with(so("m"), tag(36, 0), tag(35, 0), tag(37, 8)))
	return map[string]loading{
		"a good place":      opened()(place),
		"good places":       opened()(place, 7),
		"the header":        opened()(8),
		"nothing":           opened()(1 << 40),
		"places before any": opened()(7),
	}
}

// packed has packed relocations where its null symbol was, which nobody looks at.
func packed(m elfbuild.Image, entries []uint64) []byte {
	var table uint64
	dynamic(m, func(t elf.DynTag, v uint64) (elf.DynTag, uint64) {
		if t == elf.DT_SYMTAB {
			table = v
		}
		return t, v
	})
	b := dynamic(m, func(t elf.DynTag, v uint64) (elf.DynTag, uint64) {
		switch t {
		case 36:
			return t, table
		case 35:
			return t, uint64(8 * len(entries))
		}
		return t, v
	})
	for i, entry := range entries {
		binary.LittleEndian.PutUint64(b[int(table)+8*i:], entry) // the first segment lies in memory as in the file
	}
	return b
}

// writable is where data stands that may be written to.
func writable(m elfbuild.Image) (addr uint64) {
	b := build(m)
	for at := 64; addr == 0; at += 56 {
		if elf.ProgType(binary.LittleEndian.Uint32(b[at:])) == elf.PT_LOAD && b[at+4]&byte(elf.PF_W) != 0 {
			addr = binary.LittleEndian.Uint64(b[at+16:]) + binary.LittleEndian.Uint64(b[at+32:]) - 64
		}
	}
	return addr &^ 7
}
