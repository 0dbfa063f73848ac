package elfcheck

import (
	"debug/elf"
	"fmt"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/internal/wording"
)

// GoCSharedMuslDoc documents the rules go-cshared-musl, over a file and over a process.
var GoCSharedMuslDoc = abi.Doc{
	ID:       "go-cshared-musl",
	Title:    "a Go shared library in a process with musl",
	Severity: abi.Error,
	Why: `Go's c-shared libraries use initial-exec thread-local storage, which musl's dlopen
refuses ("initial-exec TLS resolves to dynamic definition"), and read argc and argv
from where glibc passes them to constructors and musl does not: linked into a
program they crash at its start.`,
	Fix:  `run the Go code as a process of its own; or use a user space with glibc`,
	Refs: []string{"https://github.com/golang/go/issues/13492", "https://github.com/golang/go/issues/54805"},
}

var goCSharedMusl = abi.Rule[*File]{
	Doc:   GoCSharedMuslDoc,
	Check: checkGoCSharedMusl,
	Skip: func(f *File, t abi.Target) string {
		if !f.goCShared() {
			return ""
		}
		return without(func(t abi.Target) bool { return t.Libc == "" }, "which C library it has")(f, t)
	},
}

// checkGoCSharedMusl leaves what is linked with glibc to libc-mismatch.
func checkGoCSharedMusl(f *File, t abi.Target) []abi.Finding {
	if t.Libc != abi.Musl || f.Libc == abi.Glibc || f.Libc == abi.Bionic || !f.goCShared() {
		return nil
	}
	return []abi.Finding{{
		Message:  fmt.Sprintf("is a Go shared library with initial-exec thread-local storage; %s has musl, whose dlopen refuses it", wording.Called(t)),
		Evidence: []string{"Go build information: build\t-buildmode=c-shared", "DT_FLAGS: DF_STATIC_TLS"},
		Subject:  "c-shared",
	}}
}

// goCShared reports whether a file is of -buildmode=c-shared and has a fixed
// place for its thread-local storage, which the linker marks.
func (f *File) goCShared() bool {
	return f.Go != nil && f.Kind == Shared && f.DynFlags&elf.DF_STATIC_TLS != 0 && f.Go.Settings["-buildmode"] == "c-shared"
}
