package ldso

import (
	"debug/elf"

	"github.com/abivet/abivet/internal/elfbuild"
)

// tls gives an image thread-local storage.
func tls(size uint64) func(*elfbuild.Image) { return func(m *elfbuild.Image) { m.TLS = size } }

// tlsOwn makes an image ask for a fixed offset to its own.
func tlsOwn() func(*elfbuild.Image) {
	return func(m *elfbuild.Image) {
		m.Relocations = append(m.Relocations[:len(m.Relocations):len(m.Relocations)], elfbuild.Relocation{Type: uint32(elf.R_X86_64_TPOFF64)})
	}
}

// aligned is thread-local storage of an alignment that images have not.
func aligned(size, to uint64) func(*elfbuild.Image) {
	return func(m *elfbuild.Image) {
		m.Segments = append(m.Segments, elf.ProgHeader{Type: elf.PT_TLS, Flags: elf.PF_R, Memsz: size, Align: to})
	}
}

// tlsBlocks are about what is left of the block of thread-local storage, by
// releases: 1712 bytes, 1664 and 1696 in a bare program.
func tlsBlocks() map[string]loading {
	opened := func(change ...func(*elfbuild.Image)) loading {
		return loading{files: files{"/c/main": with(so("m"), change...)}}
	}
	ie := func(size uint64) loading { return opened(tls(size), tlsOwn()) }
	two := func(a, b uint64) loading {
		return loading{files: files{"/c/main": with(so("m", "liba.so"), runpath("/d"), tls(a), tlsOwn()), "/d/liba.so": with(lib, tls(b), tlsOwn())}}
	}
	variable := typed(elf.STT_TLS, def("x"))
	uses := func(kind elf.R_X86_64, library elfbuild.Image) loading {
		return loading{files: files{"/c/main": with(so("m", "liba.so"), runpath("/d"), relocates(kind, typed(elf.STT_TLS, ref("x")))), "/d/liba.so": library}}
	}
	started := func(change ...func(*elfbuild.Image)) loading {
		return loading{files: files{"/c/main": with(program("liba.so"), runpath("/d")), "/d/liba.so": with(lib, change...)}}
	}
	host := func(main, plugin elfbuild.Image) loading {
		return loading{request: Request{Host: "/c/host"}, files: files{"/c/host": main, "/c/main": plugin}}
	}
	lazily := func(l loading) loading { l.request.Lazy = true; return l }
	return map[string]loading{
		"8 bytes":                              ie(8),
		"0 bytes":                              opened(tlsOwn()),
		"1600 bytes":                           ie(1600),
		"1664 bytes":                           ie(1664),
		"1665 bytes":                           ie(1665),
		"1672 bytes":                           ie(1672),
		"1696 bytes":                           ie(1696),
		"1704 bytes":                           ie(1704),
		"1712 bytes":                           ie(1712),
		"1713 bytes":                           ie(1713),
		"1720 bytes":                           ie(1720),
		"4096 bytes":                           ie(4096),
		"4096 bytes, lazily":                   lazily(ie(4096)),
		"two of 800":                           two(800, 800),
		"two of 900 [two-900]":                 two(900, 900),
		"one and a little":                     two(8, 1600),
		"4096 bytes that are asked for late":   opened(tls(4096)),
		"an offset in another":                 uses(elf.R_X86_64_TPOFF64, with(lib, has(variable), tls(4096))),
		"an offset in another, small":          uses(elf.R_X86_64_TPOFF64, with(lib, has(variable), tls(64))),
		"a module and an offset":               uses(elf.R_X86_64_DTPMOD64, with(lib, has(variable), tls(4096))),
		"a descriptor":                         uses(36, with(lib, has(variable), tls(4096))),
		"nobody's":                             uses(elf.R_X86_64_TPOFF64, lib),
		"DF_STATIC_TLS of 4096":                opened(tls(4096), tag(elf.DT_FLAGS, uint64(elf.DF_STATIC_TLS))),
		"DF_STATIC_TLS of 64":                  opened(tls(64), tag(elf.DT_FLAGS, uint64(elf.DF_STATIC_TLS))),
		"aligned to 64":                        opened(aligned(64, 64), tlsOwn()),
		"aligned to 128":                       opened(aligned(64, 128), tlsOwn()),
		"aligned to 64, after a little":        {files: files{"/c/main": with(so("m", "liba.so"), runpath("/d"), aligned(1000, 64), tlsOwn()), "/d/liba.so": with(lib, tls(8), tlsOwn())}},
		"aligned to 0":                         opened(aligned(64, 0), tlsOwn()),
		"at start-up":                          started(tls(4<<20), tlsOwn()),
		"at start-up, aligned to 4096":         started(aligned(64, 4096), tlsOwn()),
		"a host that has much":                 host(with(program("libc.so.6"), tls(3000)), with(so("m"), tls(1600), tlsOwn())),
		"a host that has much, and 1712 bytes": host(with(program("libc.so.6"), tls(3000)), with(so("m"), tls(1712), tlsOwn())),
		"a host that has a little":             host(with(program("libc.so.6"), tls(8)), with(so("m"), tls(1704), tlsOwn())),
		"a missing symbol before TLS":          {files: files{"/c/main": with(so("m"), takes(ref("none")), tls(4096), tlsOwn())}},
		"TLS before a missing symbol":          {files: files{"/c/main": with(so("m"), tls(4096), tlsOwn(), takes(ref("none")))}},
		"a reference to what is in the host":   host(with(program("libc.so.6"), tls(64), has(variable)), with(so("m"), relocates(elf.R_X86_64_TPOFF64, typed(elf.STT_TLS, ref("x"))))),
	}
}
