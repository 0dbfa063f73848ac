package elfcheck

import (
	"fmt"
	"strings"

	"github.com/abivet/abivet/abi"
)

var glibcFloor = abi.Rule[*File]{
	Doc: abi.Doc{
		ID:       "glibc-floor",
		Title:    "needs a newer glibc than the target has",
		Severity: abi.Error,
		Why: `The static linker binds each call to the newest version of the symbol that the
build system's glibc has, and writes that version into the file. A loader with an
older glibc refuses the file before its first instruction:
"version 'GLIBC_2.34' not found". The need is charged to whichever library has to
provide it, the loader itself (ld-linux) among them, and every symbol that raises
the floor is named: one call is often all there is.
Programs linked on glibc 2.34 or newer need GLIBC_2.34 for __libc_start_main and
for what was in libpthread and libdl before, whatever else they call.`,
		Fix: `link against the target's own glibc or an older one: build in the target's image
or a manylinux image, or with "zig cc -target <arch>-linux-gnu.<version>"; or
avoid the symbols that are named`,
		Refs: []string{
			"https://refspecs.linuxfoundation.org/LSB_5.0.0/LSB-Core-generic/LSB-Core-generic/symversion.html",
			"https://sourceware.org/git/?p=glibc.git;a=blob;f=elf/dl-version.c",
			"https://github.com/pypa/auditwheel/issues/36",
		},
	},
	Check: checkGlibcFloor,
	Skip: without(func(t abi.Target) bool { return t.Symbols["GLIBC"] == "" && t.Libc != abi.Musl && t.Libc != abi.Bionic },
		"which glibc it has"),
}

func isNumbered(version string) bool {
	rest, ok := strings.CutPrefix(version, "GLIBC_")
	return ok && rest != "" && rest[0] >= '0' && rest[0] <= '9' // others are markers
}

func checkGlibcFloor(f *File, t abi.Target) []abi.Finding {
	if t.Symbols["GLIBC"] == "" {
		return nil // another family is for interpreter and libc-mismatch to report
	}
	return f.above(t, isNumbered, func(floor) string {
		s := fmt.Sprintf("link on a system with glibc %s or older, or with \"zig cc -target %s.%s\"", t.Symbols["GLIBC"], zigTarget(f), t.Symbols["GLIBC"])
		if f.Go != nil && f.Go.Settings["CGO_ENABLED"] == "1" {
			s += "; a Go program that needs no C builds with CGO_ENABLED=0 and asks for no glibc"
		}
		return s
	})
}

// zigTargets has zig's word for a platform with glibc.
var zigTargets = map[string]string{
	"amd64": "x86_64-linux-gnu", "386": "x86-linux-gnu", "arm64": "aarch64-linux-gnu", "arm": "arm-linux-gnueabihf",
	"ppc64le": "powerpc64le-linux-gnu", "s390x": "s390x-linux-gnu", "riscv64": "riscv64-linux-gnu", "loong64": "loongarch64-linux-gnu",
}

func zigTarget(f *File) string {
	if name := zigTargets[f.Platform.Arch]; name != "" {
		return name
	}
	return f.Platform.Arch + "-linux-gnu"
}
