package ldso

import (
	"debug/elf"

	"github.com/abivet/abivet/internal/elfbuild"
)

// versionings are about versions: which are there, and which a symbol binds to.
func versionings() map[string]loading {
	pair := func(main, library elfbuild.Image) loading {
		return loading{files: files{"/c/main": with(main, runpath("/d")), "/d/liba.so": library}}
	}
	m := so("m", "liba.so")
	lazy := func(l loading) loading { l.request.Lazy = true; return l }
	v1 := with(lib, defs("V1"), has(defv("f", "V1")))
	v12 := with(lib, defs("V1", "V2"), has(hidden(defv("f", "V1")), defv("f", "V2")))
	wants := func(version string) elfbuild.Image {
		return with(m, needs("liba.so", v(version)), takes(ref("f", version, "liba.so")))
	}
	calling := func(version string) elfbuild.Image {
		return with(m, needs("liba.so", v(version)), calls(ref("f", version, "liba.so")))
	}
	old := with(m, needs("liba.so", v("V0")), takes(ref("g", "V0", "liba.so"), ref("f")))
	return map[string]loading{
		"it is there":   pair(wants("V1"), v1),
		"it is missing": pair(wants("V2"), v1),
		"it is missing, and nothing asks a symbol of it":   pair(with(m, needs("liba.so", v("V2"))), v1),
		"it is missing and lazy":                           lazy(pair(calling("V2"), v1)),
		"it is missing and weak [weakver]":                 pair(with(m, needs("liba.so", weak("V2"))), v1),
		"it is missing and weak, and a symbol asks for it": pair(with(m, needs("liba.so", weak("V2")), takes(ref("f", "V2", "liba.so"))), v1),
		"it is missing and weak, a symbol asks lazily":     lazy(pair(with(m, needs("liba.so", weak("V2")), calls(ref("f", "V2", "liba.so"))), v1)),
		"it is there without the symbol [V2nofoo]":         pair(calling("V2"), with(lib, defs("V1", "V2"), has(defv("f", "V1")))),
		"it is there without the symbol, lazily":           lazy(pair(calling("V2"), with(lib, defs("V1", "V2"), has(defv("f", "V1"))))),
		"the old of two":                                   pair(wants("V1"), v12),
		"the new of two":                                   pair(wants("V2"), v12),
		"no version is asked of two":                       pair(with(m, takes(ref("f"))), v12),
		"no version is asked of a hidden one, number 2":    pair(with(m, takes(ref("f"))), with(lib, defs("V1"), has(hidden(defv("f", "V1"))))),
		"no version is asked of a hidden one, number 3":    pair(with(m, takes(ref("f"))), with(lib, defs("V1", "V2"), has(hidden(defv("f", "V2"))))),
		"no version is asked of one, number 3":             pair(with(m, takes(ref("f"))), with(lib, defs("V1", "V2"), has(defv("f", "V2")))),
		"no version is asked of two, numbers 3 and 4":      pair(with(m, takes(ref("f"))), with(lib, defs("V1", "V2", "V3"), has(defv("f", "V2"), defv("f", "V3")))),
		"the base version is a way out [fallback]":         pair(wants("V1"), with(lib, defs("V1"), has(def("f")))),
		"the base version is hidden":                       pair(wants("V1"), with(lib, defs("V1"), has(hidden(def("f"))))),
		"the library has no versions":                      pair(wants("V1"), with(lib, has(def("f")))),
		"the library has no versions, no symbol is asked":  pair(with(m, needs("liba.so", v("V1"))), lib),
		"the library has no versions, lazily":              lazy(pair(calling("V1"), with(lib, has(def("f"))))),
		"the library has no versions and not the symbol":   pair(wants("V1"), lib),
		"the library needs versions and defines none":      pair(wants("V1"), with(lib, needs("libc.so.6", v("GLIBC_2.2.5")), needed("libc.so.6"), has(def("f")))),
		"the base name is asked for":                       pair(wants("liba.so"), with(v1, has(def("g")))),
		"the version is that of another library":           {files: files{"/c/main": with(so("m", "liba.so", "libb.so"), runpath("/d"), needs("libb.so", v("V1")), takes(ref("f", "V1", "libb.so"))), "/d/liba.so": v1, "/d/libb.so": with(so("libb.so"), defs("V1"))}},
		"versions of what is not needed [orphan-verneed]":  {files: files{"/c/main": with(so("m"), needs("libz.so", v("V1")))}},
		"versions of what another needs":                   {files: files{"/c/main": with(so("m", "libb.so"), runpath("/d"), needs("liba.so", v("V1"))), "/d/libb.so": with(so("libb.so", "liba.so"), runpath("/d")), "/d/liba.so": v1}},
		"versions by the name of the file":                 pair(with(m, needs("liba.so", v("V1")), takes(ref("f", "V1", "liba.so"))), with(so("other.so"), defs("V1"), has(defv("f", "V1")))),
		"versions by a soname that nobody has":             pair(with(m, needs("other.so", v("V1"))), v1),
		"two are missing, the first is said":               pair(with(m, needs("liba.so", v("V3"), v("V2"))), v1),
		"a missing library before a missing version":       {files: files{"/c/main": with(so("m", "liba.so", "none.so"), runpath("/d"), needs("liba.so", v("V2"))), "/d/liba.so": v1}},
		"a missing version before a missing symbol":        pair(with(m, takes(ref("none")), needs("liba.so", v("V2"))), v1),
		"a library lacks what its library wants":           {files: files{"/c/main": with(so("m", "libb.so"), rpath("/d")), "/d/libb.so": with(so("libb.so", "liba.so"), needs("liba.so", v("V2"))), "/d/liba.so": v1}},
		"an old version stays":                             pair(old, with(lib, defs("V0", "V1"), has(defv("g", "V0"), defv("f", "V1")))),
		"a hidden version is found by its name":            pair(wants("V1"), with(lib, defs("V1"), has(hidden(defv("f", "V1"))))),
		"a weak definition of a version": pair(wants("V1"), with(lib, has(defv("f", "V1")), func(m *elfbuild.Image) {
			m.Defs = []elfbuild.Def{{Name: "liba.so", Base: true}, {Name: "V1", Weak: true}}
		})),
		"glibc of another day":                              {files: files{"/c/main": with(so("m", "libc.so.6"), needs("libc.so.6", v("GLIBC_2.99")))}},
		"GLIBC_ABI_DT_RELR":                                 {files: files{"/c/main": with(so("m", "libc.so.6"), needs("libc.so.6", v("GLIBC_2.2.5"), v("GLIBC_ABI_DT_RELR")), tag(36, 0), tag(35, 0), tag(37, 8))}},
		"DT_RELR without its marker [relr-nomarker]":        {files: files{"/c/main": with(so("m", "libc.so.6"), needs("libc.so.6", v("GLIBC_2.2.5")), tag(36, 0), tag(35, 0), tag(37, 8))}},
		"DT_RELR without libc [relr-nolibc]":                {files: files{"/c/main": with(so("m"), tag(36, 0), tag(35, 0), tag(37, 8))}},
		"DT_RELR, and libc without versions":                {files: files{"/c/main": with(so("m", "libc.so.6"), tag(36, 0), tag(35, 0), tag(37, 8))}},
		"a program without a version":                       {files: files{"/c/main": with(program("libc.so.6"), needs("libc.so.6", v("GLIBC_2.99")))}},
		"a program without two versions":                    {files: files{"/c/main": with(program("libc.so.6", "liba.so"), runpath("/d"), needs("libc.so.6", v("GLIBC_2.98"), v("GLIBC_2.99")), needs("liba.so", v("V9"))), "/d/liba.so": v1}},
		"a program's library lacks a version":               {files: files{"/c/main": with(program("liba.so"), runpath("/d")), "/d/liba.so": with(so("liba.so", "libc.so.6"), needs("libc.so.6", v("GLIBC_2.99")))}},
		"the old memcpy":                                    {files: files{"/c/main": with(so("m", "libc.so.6"), needs("libc.so.6", v("GLIBC_2.2.5")), calls(ref("memcpy", "GLIBC_2.2.5", "libc.so.6")))}},
		"a symbol in another version of libc":               {files: files{"/c/main": with(so("m", "libc.so.6"), needs("libc.so.6", v("GLIBC_2.14")), calls(ref("puts", "GLIBC_2.14", "libc.so.6")))}},
		"a name and a hash that do not agree [hashbad]":     pair(with(m, needs("liba.so", v("V1"))), with(lib, defs("V9"))),
		"a definition that is in use by a data symbol":      pair(with(m, needs("liba.so", v("V1")), takes(ref("o", "V1", "liba.so"))), with(lib, defs("V1"), has(typed(elf.STT_OBJECT, defv("o", "V1"))))),
		"what was loaded at start lacks a version":          {files: files{"/c/main": with(so("m", "libc.so.6"), needs("libc.so.6", v("GLIBC_2.2.5"), v("GLIBC_9")))}},
		"a program and a library without versions":          {files: files{"/c/main": with(program("liba.so"), runpath("/d"), needs("liba.so", v("V1")), takes(ref("f", "V1", "liba.so"))), "/d/liba.so": with(lib, has(def("f")))}},
		"a program and a library without versions, calling": {files: files{"/c/main": with(program("liba.so"), runpath("/d"), needs("liba.so", v("V1")), calls(ref("f", "V1", "liba.so"))), "/d/liba.so": with(lib, has(def("f")))}},
	}
}

func needed(names ...string) func(*elfbuild.Image) {
	return func(m *elfbuild.Image) { m.Needed = append(m.Needed[:len(m.Needed):len(m.Needed)], names...) }
}
