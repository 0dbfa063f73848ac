package elfcheck

import (
	"fmt"
	"slices"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/internal/wording"
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

func checkInterpreter(f *File, t abi.Target) []abi.Finding {
	if f.Interpreter == "" || t.Libc == "" || f.Kind == Shared || f.Platform != t.Platform {
		return nil // a shared object such as libc.so.6 is started only for show
	}
	var want []string
	for _, l := range &loaders {
		if l.Libc == t.Libc && l.Arch == t.Platform.Arch {
			want = append(want, l.Path)
		}
	}
	if len(want) == 0 || slices.Contains(want, f.Interpreter) {
		return nil
	}
	message := fmt.Sprintf("is started through %s; %s has %s at %s", wording.Plain(f.Interpreter), wording.Called(t), t.Libc, want[0])
	if f.Libc != "" && f.Libc != t.Libc {
		message = fmt.Sprintf("is built for %s (loader %s); %s has %s", f.Libc, wording.Plain(f.Interpreter), wording.Called(t), t.Libc)
	}
	return []abi.Finding{{
		Message:  message,
		Evidence: append([]string{"PT_INTERP " + wording.Plain(f.Interpreter)}, f.LibcEvidence...),
		Subject:  f.Interpreter,
	}}
}
