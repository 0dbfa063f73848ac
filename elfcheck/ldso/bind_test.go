package ldso

import (
	"debug/elf"

	"github.com/abivet/abivet/internal/elfbuild"
)

func bound(bind elf.SymBind, s elfbuild.Symbol) elfbuild.Symbol {
	s.Bind = bind
	return s
}

func visible(v elf.SymVis, s elfbuild.Symbol) elfbuild.Symbol {
	s.Visibility = v
	return s
}

func valued(v uint64, s elfbuild.Symbol) elfbuild.Symbol {
	s.Value = v
	return s
}

func hash(h elfbuild.Hash) func(*elfbuild.Image) { return func(m *elfbuild.Image) { m.Hash = h } }

// property marks a file that is not to be copied from by relocation.
func indirect() func(*elfbuild.Image) { return note(elfbuild.Property(0xb0008000, 1)) }

// bindings are about the symbols that relocations name.
func bindings() map[string]loading {
	pair := func(main, library elfbuild.Image) loading {
		return loading{files: files{"/c/main": with(main, runpath("/d")), "/d/liba.so": library}}
	}
	lazy := func(l loading) loading { l.request.Lazy = true; return l }
	now := func(l loading) loading { l.request.BindNow = true; return l }
	m, p := so("m", "liba.so"), program("liba.so")
	f := with(lib, has(def("f")))
	takesF := with(m, takes(ref("f")))
	defined := func(s elfbuild.Symbol) loading { return pair(takesF, with(lib, has(s))) }
	kind := func(k elf.R_X86_64) loading { return pair(with(m, relocates(k, ref("f"))), f) }
	object := with(lib, has(typed(elf.STT_OBJECT, def("o"))))
	copies := with(p, relocates(elf.R_X86_64_COPY, typed(elf.STT_OBJECT, def("o"))))
	return map[string]loading{
		"a call":                    pair(with(m, calls(ref("f"))), f),
		"a call to nothing":         pair(with(m, calls(ref("f"))), lib),
		"a call to nothing, lazily": lazy(pair(with(m, calls(ref("f"))), lib)),
		"a call to nothing, lazily, bound at once":       lazy(pair(with(m, calls(ref("f")), flags1(elf.DF_1_NOW)), lib)),
		"a call to nothing, lazily, DT_BIND_NOW":         lazy(pair(with(m, calls(ref("f")), tag(elf.DT_BIND_NOW, 0)), lib)),
		"a call to nothing, lazily, DF_BIND_NOW":         lazy(pair(with(m, calls(ref("f")), tag(elf.DT_FLAGS, uint64(elf.DF_BIND_NOW))), lib)),
		"a call to nothing in a library, lazily":         lazy(pair(m, with(lib, calls(ref("f"))))),
		"a call to nothing in a library":                 pair(m, with(lib, calls(ref("f")))),
		"a library bound at once, lazily":                lazy(pair(m, with(lib, calls(ref("f")), flags1(elf.DF_1_NOW)))),
		"an address of nothing":                          pair(takesF, lib),
		"an address of nothing, lazily":                  lazy(pair(takesF, lib)),
		"data of nothing, lazily":                        lazy(pair(with(m, relocates(elf.R_X86_64_64, ref("f"))), lib)),
		"a symbol that no relocation names":              pair(with(m, has(ref("f"))), lib),
		"a weak symbol of nothing":                       pair(with(m, takes(isWeak(ref("f")))), lib),
		"a weak call to nothing":                         pair(with(m, calls(isWeak(ref("f")))), lib),
		"a weak versioned symbol of nothing":             pair(with(m, needs("liba.so", v("V1")), takes(isWeak(ref("f", "V1", "liba.so")))), with(lib, defs("V1"))),
		"a weak definition":                              defined(bound(elf.STB_WEAK, def("f"))),
		"a unique definition":                            defined(bound(10, typed(elf.STT_OBJECT, def("f")))),
		"a local definition":                             defined(bound(elf.STB_LOCAL, def("f"))),
		"a binding that nobody knows":                    defined(bound(5, def("f"))),
		"a hidden definition":                            defined(visible(elf.STV_HIDDEN, def("f"))),
		"an internal definition":                         defined(visible(elf.STV_INTERNAL, def("f"))),
		"a protected definition":                         defined(visible(elf.STV_PROTECTED, def("f"))),
		"a definition of value 0":                        defined(valued(0, def("f"))),
		"an absolute definition of value 0":              defined(elfbuild.Symbol{Name: "f", Bind: elf.STB_GLOBAL, Type: elf.STT_NOTYPE, Section: elf.SHN_ABS}),
		"an object for a function":                       defined(typed(elf.STT_OBJECT, def("f"))),
		"a symbol without a type":                        defined(typed(elf.STT_NOTYPE, def("f"))),
		"a common symbol":                                defined(typed(elf.STT_COMMON, def("f"))),
		"a section":                                      defined(typed(elf.STT_SECTION, def("f"))),
		"a file":                                         defined(typed(elf.STT_FILE, def("f"))),
		"a type that nobody knows":                       defined(typed(9, def("f"))),
		"a thread-local symbol for an address":           defined(typed(elf.STT_TLS, def("f"))),
		"a SysV hash table":                              pair(takesF, with(f, hash(elfbuild.SysV))),
		"both hash tables":                               pair(takesF, with(f, hash(elfbuild.Both))),
		"no hash table":                                  pair(takesF, with(f, hash(elfbuild.None))),
		"an undefined symbol that is hashed":             pair(takesF, with(lib, has(hashed(ref("f"))))),
		"an undefined symbol with a value in a library":  pair(takesF, with(lib, has(hashed(valued(0x100, ref("f")))))),
		"another object of the scope has it":             {files: files{"/c/main": with(so("m", "liba.so", "libb.so"), runpath("/d"), takes(ref("f"))), "/d/liba.so": lib, "/d/libb.so": with(so("libb.so"), has(def("f")))}},
		"a library finds it in what opened it":           pair(with(m, has(def("f"))), with(lib, takes(ref("f")))),
		"a library finds it in its sibling":              {files: files{"/c/main": with(so("m", "liba.so", "libb.so"), runpath("/d")), "/d/liba.so": with(lib, takes(ref("f"))), "/d/libb.so": with(so("libb.so"), has(def("f")))}},
		"DT_SYMBOLIC":                                    {files: files{"/c/main": with(so("m"), tag(elf.DT_SYMBOLIC, 0), relocates(elf.R_X86_64_GLOB_DAT, def("f")))}},
		"DF_SYMBOLIC, and the name only elsewhere":       pair(with(takesF, tag(elf.DT_FLAGS, uint64(elf.DF_SYMBOLIC))), f),
		"DT_SYMBOLIC, and the name nowhere":              pair(with(takesF, tag(elf.DT_SYMBOLIC, 0)), lib),
		"the libc that is there":                         {files: files{"/c/main": with(so("m"), takes(ref("puts")))}},
		"the loader's symbols without asking for it":     {files: files{"/c/main": with(so("m", "ld-linux-x86-64.so.2"), takes(ref("_dl_none")))}},
		"the last object is relocated first":             pair(with(m, takes(ref("first"))), with(lib, takes(ref("last")))),
		"data before calls":                              pair(with(m, calls(ref("call")), takes(ref("data"))), lib),
		"relocation type 0":                              kind(0),
		"R_X86_64_64":                                    kind(1),
		"R_X86_64_PC32":                                  kind(2),
		"R_X86_64_GOT32":                                 kind(3),
		"R_X86_64_PLT32":                                 kind(4),
		"R_X86_64_GOTPCREL":                              kind(9),
		"R_X86_64_32":                                    kind(10),
		"R_X86_64_32S":                                   kind(11),
		"R_X86_64_16":                                    kind(12),
		"R_X86_64_SIZE32":                                kind(32),
		"R_X86_64_SIZE64":                                kind(33),
		"relocation type 200":                            kind(200),
		"relocation type 200 of no symbol":               {files: files{"/c/main": with(so("m"), func(m *elfbuild.Image) { m.Relocations = []elfbuild.Relocation{{Type: 200}} })}},
		"a bad relocation among calls":                   {files: files{"/c/main": with(so("m"), has(def("f")), func(m *elfbuild.Image) { m.PLT = []elfbuild.Relocation{{Symbol: 1, Type: 200}} })}},
		"a bad relocation among calls, lazily":           lazy(loading{files: files{"/c/main": with(so("m"), has(def("f")), func(m *elfbuild.Image) { m.PLT = []elfbuild.Relocation{{Symbol: 1, Type: 200}} })}}),
		"a missing symbol before a bad relocation":       pair(with(m, takes(ref("none")), func(m *elfbuild.Image) { m.Relocations = append(m.Relocations, elfbuild.Relocation{Type: 200}) }), lib),
		"a bad relocation in a library":                  pair(with(m, takes(ref("none"))), with(lib, func(m *elfbuild.Image) { m.Relocations = []elfbuild.Relocation{{Type: 200}} })),
		"a program calls nothing":                        pair(with(p, calls(ref("f"))), lib),
		"a program calls nothing, LD_BIND_NOW":           now(pair(with(p, calls(ref("f"))), lib)),
		"a program takes the address of nothing":         pair(with(p, takes(ref("f"))), lib),
		"a program's library calls nothing":              pair(p, with(lib, calls(ref("f")))),
		"a program's library calls nothing, LD_BIND_NOW": now(pair(p, with(lib, calls(ref("f"))))),
		"a program has what its library calls":           now(pair(with(p, has(def("f"))), with(lib, calls(ref("f"))))),
		"a program has the address of a function":        pair(with(p, calls(hashed(valued(0x100, typed(elf.STT_FUNC, ref("f")))))), with(lib, has(def("f")), takes(ref("f")))),
		"a copy":                                           pair(copies, object),
		"a copy of nothing":                                pair(copies, lib),
		"a copy of a larger object":                        pair(copies, with(lib, has(sized(64, typed(elf.STT_OBJECT, def("o")))))),
		"a copy of a smaller object":                       pair(copies, with(lib, has(sized(2, typed(elf.STT_OBJECT, def("o")))))),
		"a copy of a protected object":                     pair(copies, with(lib, has(visible(elf.STV_PROTECTED, typed(elf.STT_OBJECT, def("o")))))),
		"a copy of a protected object that is not for it":  pair(copies, with(lib, has(visible(elf.STV_PROTECTED, typed(elf.STT_OBJECT, def("o")))), indirect())),
		"a copy of an object that is not for it":           pair(copies, with(object, indirect())),
		"a program that takes a protected address":         pair(with(p, calls(hashed(valued(0x100, typed(elf.STT_FUNC, ref("f")))))), with(lib, has(visible(elf.STV_PROTECTED, def("f"))), takes(ref("f")), indirect())),
		"an opened object that copies":                     pair(with(m, relocates(elf.R_X86_64_COPY, typed(elf.STT_OBJECT, def("o")))), object),
		"a protected definition that is not for addresses": pair(takesF, with(lib, has(visible(elf.STV_PROTECTED, def("f"))), indirect())),
		"R_X86_64_64 to a protected definition":            pair(with(p, relocates(elf.R_X86_64_64, ref("f"))), with(lib, has(visible(elf.STV_PROTECTED, def("f"))), indirect())),
	}
}

func hashed(s elfbuild.Symbol) elfbuild.Symbol {
	s.Hashed = true
	return s
}

func sized(n uint64, s elfbuild.Symbol) elfbuild.Symbol {
	s.Size = n
	return s
}
