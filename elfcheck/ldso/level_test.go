package ldso

import (
	"fmt"

	"github.com/abivet/abivet/internal/elfbuild"
)

// levels are about what depends on the processor: 1 is one of AMD, 2 and 3 are
// Nehalem and Haswell.
func levels() map[string]loading {
	all := map[string]loading{}
	add := func(name string, f files) {
		for level := 1; level <= 3; level++ {
			all[fmt.Sprintf("%s, on level %d", name, level)] = loading{files: f, request: Request{Level: level, Intel: level > 1}}
		}
	}
	needs := func(bits uint32) func(*elfbuild.Image) { return note(elfbuild.Property(0xc0008002, bits)) }
	f := with(lib, has(def("f")))
	takesF := with(so("m", "liba.so"), runpath("/d"), takes(ref("f")))
	add("ISA v2", files{"/c/main": with(so("m"), needs(2))})
	add("ISA v3", files{"/c/main": with(so("m"), needs(4))})
	add("ISA v1 to v3", files{"/c/main": with(so("m"), needs(7))})
	add("ISA v3 of a program", files{"/c/main": with(program("libc.so.6"), needs(4))})
	add("ISA v2 of a library of a program", files{"/c/main": with(program("liba.so"), runpath("/d")), "/d/liba.so": with(lib, needs(2))})
	for _, dir := range []string{"glibc-hwcaps/x86-64-v2", "glibc-hwcaps/x86-64-v3", "haswell", "haswell/x86_64", "tls", "tls/haswell/x86_64", "avx512_1"} {
		add("a library in "+dir, files{"/c/main": takesF, "/d/liba.so": lib, "/d/" + dir + "/liba.so": f})
	}
	add("two levels of a library", files{"/c/main": takesF, "/d/liba.so": lib, "/d/glibc-hwcaps/x86-64-v2/liba.so": f, "/d/glibc-hwcaps/x86-64-v3/liba.so": lib})
	add("two levels in the cache", files{"/c/main": with(so("m", "liba.so"), takes(ref("f"))), "/x/liba.so": lib, "/y/liba.so": f, "/z/liba.so": lib,
		"/etc/ld.so.cache": cacheFile(line{name: "liba.so", path: "/x/liba.so"}, line{name: "liba.so", path: "/y/liba.so", hwcap: "x86-64-v2"}, line{name: "liba.so", path: "/z/liba.so", hwcap: "x86-64-v3"})})
	add("bits of AVX512 in the cache", files{"/c/main": with(so("m", "liba.so"), takes(ref("f"))), "/y/liba.so": f, "/etc/ld.so.cache": cacheFile(line{name: "liba.so", path: "/y/liba.so", bits: 1 << 2})})
	add("haswell in the cache", files{"/c/main": with(so("m", "liba.so"), takes(ref("f"))), "/y/liba.so": f, "/etc/ld.so.cache": cacheFile(line{name: "liba.so", path: "/y/liba.so", bits: 1 << 48})})
	add("$PLATFORM is haswell", files{"/c/main": with(so("m", "liba.so"), runpath("/d/$PLATFORM"), takes(ref("f"))), "/d/haswell/liba.so": f, "/d/x86_64/liba.so": lib})
	add("$PLATFORM is x86_64", files{"/c/main": with(so("m", "liba.so"), runpath("/d/$PLATFORM"), takes(ref("f"))), "/d/x86_64/liba.so": f, "/d/haswell/liba.so": lib})
	return all
}
