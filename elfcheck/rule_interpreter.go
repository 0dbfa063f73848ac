package elfcheck

import (
	"fmt"
	"slices"

	"github.com/abivet/abivet/abi"
)

var interpreter = abi.Rule[*File]{
	Doc: abi.Doc{
		ID:       "interpreter",
		Title:    "names a loader that the target does not have",
		Severity: abi.Error,
		Why: `The kernel starts a dynamic program through the loader that it names (PT_INTERP).
Where that file does not exist, as a glibc loader on Alpine or a path into
/nix/store elsewhere, the shell says "no such file or directory" of a program that
is plainly there.`,
		Fix: `build for the target's C library; or link statically (Go: CGO_ENABLED=0); or, for a
path of the build system, link with -Wl,--dynamic-linker=<the target's>`,
		Refs: []string{
			"https://sourceware.org/glibc/wiki/ABIList",
			"https://musl.libc.org/doc/1.1.24/manual.html",
		},
	},
	Check: checkInterpreter,
	Skip:  without(func(t abi.Target) bool { return t.Libc == "" }, "which C library it has"),
}

// loaders is where a C library's loader stands, by processor. Origin: glibc's
// ABIList and shlib-versions, musl's ldso naming, Android's linker.
var loaders = map[abi.Libc]map[string][]string{
	abi.Glibc: {
		"amd64": {"/lib64/ld-linux-x86-64.so.2"}, "386": {"/lib/ld-linux.so.2"}, "amd64p32": {"/libx32/ld-linux-x32.so.2"},
		"arm64": {"/lib/ld-linux-aarch64.so.1"}, "arm": {"/lib/ld-linux-armhf.so.3", "/lib/ld-linux.so.3"},
		"ppc64le": {"/lib64/ld64.so.2"}, "ppc64": {"/lib64/ld64.so.1"}, "s390x": {"/lib/ld64.so.1"},
		"riscv64": {"/lib/ld-linux-riscv64-lp64d.so.1"}, "loong64": {"/lib64/ld-linux-loongarch-lp64d.so.1"},
		"mips64le": {"/lib64/ld.so.1"}, "mipsle": {"/lib/ld.so.1"},
	},
	abi.Musl: {
		"amd64": {"/lib/ld-musl-x86_64.so.1"}, "386": {"/lib/ld-musl-i386.so.1"}, "arm64": {"/lib/ld-musl-aarch64.so.1"},
		"arm": {"/lib/ld-musl-armhf.so.1", "/lib/ld-musl-arm.so.1"}, "ppc64le": {"/lib/ld-musl-powerpc64le.so.1"},
		"s390x": {"/lib/ld-musl-s390x.so.1"}, "riscv64": {"/lib/ld-musl-riscv64.so.1"}, "loong64": {"/lib/ld-musl-loongarch64.so.1"},
	},
	abi.Bionic: {
		"amd64": {"/system/bin/linker64"}, "arm64": {"/system/bin/linker64"}, "riscv64": {"/system/bin/linker64"},
		"386": {"/system/bin/linker"}, "arm": {"/system/bin/linker"},
	},
}

func checkInterpreter(f *File, t abi.Target) []abi.Finding {
	if f.Interpreter == "" || t.Libc == "" || f.Kind == Shared || f.Platform != t.Platform {
		return nil // a shared object such as libc.so.6 is started only for show
	}
	want := loaders[t.Libc][t.Platform.Arch]
	if len(want) == 0 || slices.Contains(want, f.Interpreter) {
		return nil
	}
	message := fmt.Sprintf("is started through %s; %s has %s at %s", plain(f.Interpreter), called(t), t.Libc, want[0])
	if f.Libc != "" && f.Libc != t.Libc {
		message = fmt.Sprintf("is built for %s (loader %s); %s has %s", f.Libc, plain(f.Interpreter), called(t), t.Libc)
	}
	return []abi.Finding{{
		Message:  message,
		Evidence: append([]string{"PT_INTERP " + plain(f.Interpreter)}, f.LibcEvidence...),
		Subject:  f.Interpreter,
	}}
}
