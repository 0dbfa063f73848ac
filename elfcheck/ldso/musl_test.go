package ldso

import (
	"debug/elf"

	"github.com/abivet/abivet/internal/elfbuild"
)

// musls are about what musl's loader does otherwise. The others are asked as
// well.
func musls() map[string]loading {
	pair := func(main elfbuild.Image, library any) loading {
		return loading{files: files{"/c/main": with(main, runpath("/d")), "/d/liba.so": library}}
	}
	program := func(needs ...string) elfbuild.Image { return with(so("", needs...), interpreter(muslLoader)) }
	lazy := func(l loading) loading { l.request.Lazy = true; return l }
	m := so("m", "liba.so")
	f := with(lib, has(def("f")))
	takesF := with(m, takes(ref("f")))
	calling := with(so("m", "libc.so"), calls(ref("puts")))
	return map[string]loading{
		"a program":                                pair(program("libc.so"), lib),
		"a program without libc":                   pair(program(), lib),
		"a program with a library":                 pair(program("liba.so", "libc.so"), lib),
		"a program lacks a library":                {files: files{"/c/main": program("none.so")}},
		"a program lacks two libraries":            {files: files{"/c/main": program("none.so", "other.so")}},
		"a program's library lacks a library":      pair(program("liba.so"), so("liba.so", "none.so")),
		"a program lacks a symbol":                 pair(with(program("liba.so"), takes(ref("none"))), lib),
		"a program lacks a symbol that it calls":   pair(with(program("liba.so"), calls(ref("none"))), lib),
		"a program lacks two symbols":              pair(with(program("liba.so"), takes(ref("none"), ref("other"))), lib),
		"a program's library lacks a symbol":       pair(program("liba.so"), with(lib, takes(ref("none")))),
		"a program's library is bad":               pair(program("liba.so"), "text"),
		"a program at a fixed address":             pair(with(program("libc.so"), of(elf.ET_EXEC)), lib),
		"a program with IE TLS in a library":       pair(program("liba.so"), with(lib, tls(4096), tlsOwn())),
		"libc.so is the loader":                    {files: files{"/c/main": calling}},
		"libc.so.6 is the loader":                  {files: files{"/c/main": with(so("m", "libc.so.6"), calls(ref("puts")))}},
		"libpthread.so.0 is the loader":            {files: files{"/c/main": so("m", "libpthread.so.0")}},
		"libm.so.6 is the loader":                  {files: files{"/c/main": so("m", "libm.so.6")}},
		"librt.so.9, libutil.so.9 and libxnet.so":  {files: files{"/c/main": so("m", "librt.so.9", "libutil.so.9", "libxnet.so")}},
		"libresolv.so.2 is not":                    {files: files{"/c/main": so("m", "libresolv.so.2")}},
		"libcow.so.1 is not":                       {files: files{"/c/main": so("m", "libcow.so.1")}},
		"libdl is not":                             {files: files{"/c/main": so("m", "libdl")}},
		"the loader of glibc is not there":         {files: files{"/c/main": so("m", "ld-linux-x86-64.so.2")}},
		"the loader by its name":                   {files: files{"/c/main": so("m", "ld-musl-x86_64.so.1")}},
		"libc.musl-x86_64.so.1":                    {files: files{"/c/main": so("m", "libc.musl-x86_64.so.1")}},
		"a libc in the RUNPATH is replaced":        pair(with(so("m", "liba.so"), takes(ref("puts"))), with(lib, has(def("__libc_start_main"), def("stdin")))),
		"a library by RUNPATH of its asker":        {files: files{"/c/main": with(so("m", "liba.so"), runpath("/d")), "/d/liba.so": so("liba.so", "libb.so"), "/d/libb.so": so("libb.so")}},
		"LD_LIBRARY_PATH before RPATH":             {request: Request{LibraryPath: []string{"/e"}}, files: files{"/c/main": with(takesF, rpath("/d")), "/d/liba.so": f, "/e/liba.so": lib}},
		"the soname is no name":                    {files: files{"/c/main": with(so("m", "liba.so", "libb.so.1"), runpath("/d")), "/d/liba.so": so("libb.so.1")}},
		"the path is a name":                       {files: files{"/c/main": with(so("m", "/d/liba.so", "liba.so")), "/d/liba.so": lib}},
		"the path of one that was found by name":   {files: files{"/c/main": with(so("m", "liba.so", "/d/liba.so"), runpath("/d")), "/d/liba.so": lib}},
		"the first that is there is taken":         {files: files{"/c/main": with(so("m", "liba.so"), runpath("/d:/e")), "/d/liba.so": "text", "/e/liba.so": lib}},
		"a directory is taken":                     {files: files{"/c/main": with(so("m", "liba.so"), runpath("/d:/e")), "/d/liba.so": dir{0o755}, "/e/liba.so": lib}},
		"links in a circle":                        {files: files{"/c/main": with(so("m", "liba.so"), runpath("/d:/e")), "/d/liba.so": link("liba.so"), "/e/liba.so": lib}},
		"a path below a file":                      {files: files{"/c/main": with(so("m", "liba.so"), runpath("/c/main:/e")), "/e/liba.so": lib}},
		"a file that nobody else may read":         {files: files{"/c/main": with(so("m", "liba.so"), runpath("/d:/e")), "/d/liba.so": perm{lib, 0o600}, "/e/liba.so": lib}},
		"its path file":                            {files: files{"/c/main": so("m", "liba.so"), "/etc/ld-musl-x86_64.path": "/x\n/d", "/d/liba.so": lib}},
		"its path file with colons":                {files: files{"/c/main": so("m", "liba.so"), "/etc/ld-musl-x86_64.path": "/x:/d", "/d/liba.so": lib}},
		"its path file is empty":                   {files: files{"/c/main": so("m", "liba.so"), "/etc/ld-musl-x86_64.path": "", "/usr/lib/liba.so": lib}},
		"its path file with a space":               {files: files{"/c/main": so("m", "liba.so"), "/etc/ld-musl-x86_64.path": "/x /d", "/d/liba.so": lib}},
		"no path file":                             {files: files{"/c/main": so("m", "liba.so"), "/etc/ld-musl-x86_64.path": link("none"), "/usr/local/lib/liba.so": lib}},
		"a name of the path file's directory":      {files: files{"/c/main": so("m", "liba.so"), "/usr/lib/x86_64-linux-musl/liba.so": lib}},
		"a versioned symbol that is not the first": pair(with(m, needs("liba.so", v("V1")), takes(ref("f", "V1", "liba.so"))), with(lib, defs("V1"), has(hidden(defv("f", "V1"))))),
		"a version that is not there":              pair(with(m, needs("liba.so", v("V9")), takes(ref("f", "V9", "liba.so"))), with(lib, defs("V1"), has(defv("f", "V1")))),
		"an indirect function":                     pair(takesF, with(lib, has(typed(elf.STT_GNU_IFUNC, def("f"))))),
		"IRELATIVE":                                {files: files{"/c/main": with(so("m"), func(m *elfbuild.Image) { m.Relocations = []elfbuild.Relocation{{Type: 37, Addend: 0}} })}},

		"stat64 of a version":                      {files: files{"/c/main": with(so("m", "libc.so"), calls(ref("open64")), takes(ref("puts")))}},
		"none64":                                   {files: files{"/c/main": with(so("m"), calls(ref("none64")))}},
		"a call to nothing, lazily":                lazy(pair(with(m, calls(ref("none"))), lib)),
		"an address of nothing, lazily":            lazy(pair(with(m, takes(ref("none"))), lib)),
		"data of nothing, lazily":                  lazy(pair(with(m, relocates(elf.R_X86_64_64, ref("none"))), lib)),
		"a call to nothing, lazily, bound at once": lazy(pair(with(m, calls(ref("none")), flags1(elf.DF_1_NOW)), lib)),
		"a call to nothing, lazily, DT_BIND_NOW":   lazy(pair(with(m, calls(ref("none")), tag(elf.DT_BIND_NOW, 0)), lib)),
		"a call to nothing, lazily, DF_BIND_NOW":   lazy(pair(with(m, calls(ref("none")), tag(elf.DT_FLAGS, 8)), lib)),
		"thread-local storage":                     {files: files{"/c/main": with(so("m"), tls(64), tlsOwn())}},
		"a thread-local variable of a library":     pair(with(m, relocates(elf.R_X86_64_TPOFF64, typed(elf.STT_TLS, ref("x")))), with(lib, tls(64), has(typed(elf.STT_TLS, def("x"))))),
		"a module of a library":                    pair(with(m, relocates(elf.R_X86_64_DTPMOD64, typed(elf.STT_TLS, ref("x")))), with(lib, tls(64), has(typed(elf.STT_TLS, def("x"))))),
		"for arm64":                                {files: files{"/c/main": arm64}},
		"for s390x":                                {files: files{"/c/main": s390x}},
		"for 386":                                  {files: files{"/c/main": i386}},
		"a library for arm64":                      pair(m, arm64),
		"at a fixed address":                       {files: files{"/c/main": with(so("m"), of(elf.ET_EXEC))}},
		"a relocatable object":                     {files: files{"/c/main": with(so("m", "liba.so"), runpath("/d")), "/d/liba.so": patched(lib, 16, 1)}},
		"a filter that is not there":               {files: files{"/c/main": with(so("m"), named(elf.DT_FILTER, "none.so"))}},
		"LD_LIBRARY_PATH with $ORIGIN":             {request: Request{LibraryPath: []string{"$ORIGIN/../d"}}, files: files{"/c/main": so("m", "liba.so"), "/d/liba.so": lib}},
		"no dynamic section":                       pair(m, elfbuild.Image{Static: true}),
		"63 bytes":                                 pair(m, build(lib)[:63]),
		"preloaded by file":                        {files: files{"/c/main": with(so("m"), takes(ref("f"))), "/etc/ld.so.preload": "/d/liba.so\n", "/d/liba.so": f}},
		"a plugin takes from its host":             {request: Request{Host: "/c/host"}, files: files{"/c/host": with(program("libc.so"), has(def("f"))), "/c/main": with(so("m"), takes(ref("f")))}},
		"a plugin lacks it in its host":            {request: Request{Host: "/c/host"}, files: files{"/c/host": program("libc.so"), "/c/main": with(so("m"), takes(ref("f")))}},
		"a plugin's host has its library":          {request: Request{Host: "/c/host"}, files: files{"/c/host": with(program("libc.so", "liba.so"), runpath("/d")), "/d/liba.so": f, "/c/main": with(so("m", "liba.so"), takes(ref("f")))}},
	}
}
