package elfcheck

import (
	"fmt"
	"strings"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/internal/wording"
)

// LibcMismatchDoc documents the rules libc-mismatch, over a file and over a process.
var LibcMismatchDoc = abi.Doc{
	ID:       "libc-mismatch",
	Title:    "is built for another C library",
	Severity: abi.Error,
	Why: `glibc, musl and bionic differ in the names, versions and layouts behind the same
headers. A shared object of one that is loaded into a process of another fails on
a library or symbol that is not there ("Error relocating: __vfprintf_chk: symbol
not found"), or loads and misbehaves.`,
	Fix: `build it for the C library of the target or user space: in an image of it; or with
"zig cc -target <arch>-linux-musl", "<arch>-linux-gnu.<version>", or Android's NDK`,
	Refs: []string{"https://wiki.musl-libc.org/functional-differences-from-glibc.html"},
}

var libcMismatch = abi.Rule[*File]{
	Doc:   LibcMismatchDoc,
	Check: checkLibcMismatch,
	Skip:  without(func(t abi.Target) bool { return t.Libc == "" }, "which C library it has"),
}

func checkLibcMismatch(f *File, t abi.Target) []abi.Finding {
	if t.Libc == "" || f.Libc == "" || f.Libc == t.Libc || f.Platform != t.Platform {
		return nil
	}
	if f.Interpreter != "" && f.Kind != Shared {
		return nil // interpreter says it
	}
	return []abi.Finding{{
		Message:  fmt.Sprintf("is built for %s (%s); %s has %s", f.Libc, strings.Join(f.LibcEvidence, ", "), wording.Called(t), t.Libc),
		Evidence: f.LibcEvidence,
		Subject:  string(f.Libc),
	}}
}
