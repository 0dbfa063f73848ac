package ldso

import (
	"debug/elf"

	"github.com/abivet/abivet/internal/elfbuild"
)

func interpreter(path string) func(*elfbuild.Image) {
	return func(m *elfbuild.Image) { m.Interpreter = path }
}

// programs are about what the kernel does, and about hosts of plugins.
func programs() map[string]loading {
	runs := func(main any, others ...any) loading {
		f := files{"/c/main": main}
		for i := 0; i < len(others); i += 2 {
			f[others[i].(string)] = others[i+1]
		}
		return loading{files: f}
	}
	hosted := func(host, plugin elfbuild.Image, others ...any) loading {
		l := runs(plugin, others...)
		l.files["/c/host"], l.request.Host = host, "/c/host"
		return l
	}
	fixed := func(m elfbuild.Image) elfbuild.Image {
		m.Type = elf.ET_EXEC
		return m
	}
	p, f := program("libc.so.6"), with(lib, has(def("f")))
	static := elfbuild.Image{Static: true, Type: elf.ET_EXEC, Stack: plain}
	return map[string]loading{
		"a program":                              runs(p),
		"a program at a fixed address":           runs(fixed(p)),
		"a program that needs nothing":           runs(program()),
		"a program with DF_1_PIE":                runs(with(p, flags1(elf.DF_1_PIE))),
		"no such loader":                         runs(with(p, interpreter("/lib/none.so"))),
		"no such directory of the loader":        runs(with(p, interpreter("/none/ld.so"))),
		"a loader below a file":                  runs(with(p, interpreter("/c/main/ld.so"))),
		"a loader that is a directory":           runs(with(p, interpreter("/c"))),
		"a loader that nobody may read":          runs(with(p, interpreter("/c/ld")), "/c/ld", perm{build(p), 0o600}),
		"a loader that nobody may run":           runs(with(p, interpreter("/c/ld")), "/c/ld", perm{build(p), 0o644}),
		"a loader for another machine":           runs(with(p, interpreter("/c/ld")), "/c/ld", arm64),
		"a loader of another class":              runs(with(p, interpreter("/c/ld")), "/c/ld", i386),
		"a loader that is a script":              runs(with(p, interpreter("/c/ld")), "/c/ld", "#!/bin/sh\necho 0123456789012345678901234567890123456789012345678901234567890123456789\n"),
		"a loader that is empty":                 runs(with(p, interpreter("/c/ld")), "/c/ld", ""),
		"a loader that is a link in a circle":    runs(with(p, interpreter("/c/ld")), "/c/ld", link("ld")),
		"a loader by a link":                     runs(with(p, interpreter("/c/ld")), "/c/ld", link(glibcLoader)),
		"a loader by a relative path":            runs(with(p, interpreter("lib64/ld-linux-x86-64.so.2"))),
		"the loader of musl":                     runs(with(so("", "libc.so"), interpreter(muslLoader))),
		"a program that nobody may run":          runs(perm{p, 0o644}),
		"a program that others may not run":      runs(perm{p, 0o750}),
		"a program that may be run and not read": runs(perm{p, 0o711}),
		"a static program":                       runs(static),
		"a static program for another machine":   runs(with(static, func(m *elfbuild.Image) { m.Machine = elf.EM_AARCH64 })),
		"a program for another machine":          runs(with(p, func(m *elfbuild.Image) { m.Machine = elf.EM_AARCH64 })),
		"a program for another byte order":       runs(with(p, func(m *elfbuild.Image) { m.Machine, m.BigEndian = elf.EM_S390, true })),
		"a program for 386": runs(with(p, func(m *elfbuild.Image) {
			m.Machine, m.Narrow, m.NoAddend, m.Interpreter = elf.EM_386, true, true, "/lib/ld-linux.so.2"
		})),
		"a program of OSABI FreeBSD":                          runs(patched(p, elf.EI_OSABI, 9)),
		"a program with padding":                              runs(patched(p, 12, 1)),
		"a program with an executable stack":                  runs(with(p, func(m *elfbuild.Image) { m.Stack = 7 })),
		"a program lacks a library":                           runs(program("none.so")),
		"a program lacks two libraries":                       runs(program("none.so", "libc.so.6", "other.so")),
		"a program's library lacks a library":                 runs(with(program("liba.so"), runpath("/d")), "/d/liba.so", so("liba.so", "none.so")),
		"a program with RPATH for all":                        runs(with(program("liba.so"), rpath("/d")), "/d/liba.so", so("liba.so", "libb.so"), "/d/libb.so", so("libb.so")),
		"a program without a stack header":                    runs(with(p, func(m *elfbuild.Image) { m.Stack = 0 })),
		"a bad library of a program":                          runs(with(program("liba.so"), runpath("/d")), "/d/liba.so", "text"),
		"a weak symbol of a program":                          runs(with(p, takes(isWeak(ref("none"))))),
		"a plugin takes from its host":                        hosted(with(p, has(def("f"))), with(so("m"), takes(ref("f")))),
		"a plugin takes what its host hides":                  hosted(p, with(so("m"), takes(ref("f")))),
		"a plugin takes from its host's library":              hosted(with(program("libc.so.6", "liba.so"), runpath("/d")), with(so("m"), takes(ref("f"))), "/d/liba.so", f),
		"a plugin needs what its host has":                    hosted(with(program("libc.so.6", "liba.so"), runpath("/d")), with(so("m", "liba.so"), takes(ref("f"))), "/d/liba.so", f),
		"a plugin needs what its host's RPATH finds":          hosted(with(p, rpath("/d")), with(so("m", "liba.so"), takes(ref("f"))), "/d/liba.so", f),
		"a plugin needs what its host's RUNPATH finds":        hosted(with(p, runpath("/d")), with(so("m", "liba.so"), takes(ref("f"))), "/d/liba.so", f),
		"a plugin with RUNPATH and its host's RPATH":          hosted(with(p, rpath("/d")), with(so("m", "liba.so"), runpath("/e"), takes(ref("f"))), "/d/liba.so", f),
		"a plugin with RPATH and its host's RPATH":            hosted(with(p, rpath("/d")), with(so("m", "liba.so"), rpath("/e"), takes(ref("f"))), "/d/liba.so", f),
		"a plugin's host has another library of that name":    hosted(with(program("libc.so.6", "liba.so"), runpath("/d")), with(so("m", "liba.so"), runpath("/e"), takes(ref("f"))), "/d/liba.so", lib, "/e/liba.so", f),
		"a plugin's host has another library of that soname":  hosted(with(program("libc.so.6", "libx.so"), runpath("/d")), with(so("m", "liba.so"), runpath("/e"), takes(ref("f"))), "/d/libx.so", lib, "/e/liba.so", f),
		"a plugin and a host with an executable stack":        hosted(with(p, func(m *elfbuild.Image) { m.Stack = 7 }), with(so("m"), func(m *elfbuild.Image) { m.Stack = 7 })),
		"a plugin that asks for a version of its host":        hosted(with(p, defs("V1"), has(defv("f", "V1"))), with(so("m"), takes(ref("f")))),
		"a plugin and the program that is its library":        hosted(with(p, has(def("f"))), with(so("m", "/c/host"), takes(ref("f")))),
		"a plugin is there already":                           hosted(with(p, needed("/c/main")), with(so("m"), takes(ref("f")), func(m *elfbuild.Image) { m.Symbols[0].Bind = elf.STB_WEAK })),
		"a plugin that needs a library of its host by a link": hosted(with(program("libc.so.6", "liba.so"), runpath("/d")), with(so("m", "libz.so"), runpath("/e"), takes(ref("f"))), "/d/liba.so", f, "/e/libz.so", link("../d/liba.so")),
		"a plugin whose library takes from the host":          hosted(with(p, has(def("f"))), with(so("m", "liba.so"), runpath("/d")), "/d/liba.so", with(lib, takes(ref("f")))),
		"a plugin whose host overrides a symbol of its own":   hosted(with(p, has(def("f"))), with(so("m"), takes(def("f")))),
		"a plugin lazily in its host":                         {request: Request{Host: "/c/host", Lazy: true}, files: files{"/c/host": p, "/c/main": with(so("m"), calls(ref("none")))}},
	}
}

// filters are about DT_AUXILIARY, DT_FILTER and /etc/ld.so.preload.
func filters() map[string]loading {
	pair := func(main elfbuild.Image, others ...any) loading {
		f := files{"/c/main": main}
		for i := 0; i < len(others); i += 2 {
			f[others[i].(string)] = others[i+1]
		}
		return loading{files: f}
	}
	aux, filter := named(elf.DT_AUXILIARY, "libx.so"), named(elf.DT_FILTER, "libx.so")
	m, x := with(so("m", "liba.so"), runpath("/d"), takes(ref("f"))), with(so("libx.so"), has(def("f")))
	p := with(program("libc.so.6"), takes(ref("f")))
	return map[string]loading{
		"an auxiliary library":                        pair(m, "/d/liba.so", with(lib, aux, runpath("/e")), "/e/libx.so", x),
		"an auxiliary library that is not there":      pair(with(so("m", "liba.so"), runpath("/d")), "/d/liba.so", with(lib, aux)),
		"an auxiliary library that is no library":     pair(with(so("m", "liba.so"), runpath("/d")), "/d/liba.so", with(lib, aux, runpath("/e")), "/e/libx.so", "text"),
		"an auxiliary library that lacks its own":     pair(with(so("m", "liba.so"), runpath("/d")), "/d/liba.so", with(lib, aux, runpath("/e")), "/e/libx.so", so("libx.so", "none.so")),
		"an auxiliary library by its asker's path":    pair(m, "/d/liba.so", with(lib, aux), "/d/libx.so", x),
		"a filtered library":                          pair(m, "/d/liba.so", with(lib, filter, runpath("/e")), "/e/libx.so", x),
		"a filtered library that is not there":        pair(m, "/d/liba.so", with(lib, filter)),
		"a filtered library that is no library":       pair(m, "/d/liba.so", with(lib, filter, runpath("/e")), "/e/libx.so", "text"),
		"a filter of what is opened":                  pair(with(so("m"), filter, runpath("/e"), takes(ref("f"))), "/e/libx.so", x),
		"a filter of what is opened is not there":     pair(with(so("m"), filter)),
		"an auxiliary library of what is opened":      pair(with(so("m"), aux, runpath("/e"), takes(ref("f"))), "/e/libx.so", x),
		"an auxiliary library with a bad version":     pair(with(so("m"), aux, runpath("/e")), "/e/libx.so", with(so("libx.so", "libc.so.6"), needs("libc.so.6", v("GLIBC_99")))),
		"an auxiliary library with a bad symbol":      pair(with(so("m"), aux, runpath("/e")), "/e/libx.so", with(so("libx.so"), takes(ref("none")))),
		"a filter with tokens":                        pair(with(so("m"), named(elf.DT_FILTER, "$ORIGIN/libx.so"), takes(ref("f"))), "/c/libx.so", x),
		"a filter of a program":                       pair(with(p, filter, runpath("/e")), "/e/libx.so", x),
		"a filter of a program is not there":          pair(with(p, filter)),
		"two filters":                                 pair(with(so("m"), filter, named(elf.DT_FILTER, "liby.so"), runpath("/e"), takes(ref("f"))), "/e/libx.so", so("libx.so"), "/e/liby.so", with(so("liby.so"), has(def("f")))),
		"a filter is before the library in its scope": pair(with(so("m"), filter, runpath("/e"), named(elf.DT_NEEDED, "liby.so"), takes(ref("f"))), "/e/libx.so", x, "/e/liby.so", so("liby.so")),
		"preloaded":                           pair(p, "/etc/ld.so.preload", "/d/libx.so\n", "/d/libx.so", x),
		"preloaded by name":                   pair(p, "/etc/ld.so.preload", "libx.so", "/usr/lib/libx.so", x),
		"two are preloaded":                   pair(p, "/etc/ld.so.preload", "/d/liby.so:/d/libx.so # no comment\n", "/d/libx.so", x, "/d/liby.so", so("liby.so")),
		"preloaded with a comment":            pair(p, "/etc/ld.so.preload", "# /d/liby.so\n\t/d/libx.so\n", "/d/libx.so", x, "/d/liby.so", "text"),
		"preloaded and not there":             pair(program("libc.so.6"), "/etc/ld.so.preload", "/d/libx.so\n"),
		"preloaded and no library":            pair(program("libc.so.6"), "/etc/ld.so.preload", "/d/libx.so\n", "/d/libx.so", "text"),
		"preloaded and lacking its own":       pair(program("libc.so.6"), "/etc/ld.so.preload", "/d/libx.so\n", "/d/libx.so", so("libx.so", "none.so")),
		"preloaded and lacking a version":     pair(program("libc.so.6"), "/etc/ld.so.preload", "/d/libx.so\n", "/d/libx.so", with(so("libx.so", "libc.so.6"), needs("libc.so.6", v("GLIBC_99")))),
		"preloaded and lacking a symbol":      pair(program("libc.so.6"), "/etc/ld.so.preload", "/d/libx.so\n", "/d/libx.so", with(so("libx.so"), takes(ref("none")))),
		"preloaded for what is opened":        pair(with(so("m"), takes(ref("f"))), "/etc/ld.so.preload", "/d/libx.so\n", "/d/libx.so", x),
		"preloaded, and the name is taken":    pair(with(so("m", "libx.so"), takes(ref("f"))), "/etc/ld.so.preload", "/d/libx.so\n", "/d/libx.so", x),
		"preloaded by the RPATH of a program": pair(with(p, rpath("/d")), "/etc/ld.so.preload", "libx.so\n", "/d/libx.so", x),
	}
}
