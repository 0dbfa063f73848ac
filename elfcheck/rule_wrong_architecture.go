package elfcheck

import (
	"fmt"
	"strings"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/internal/wording"
)

// WrongArchitectureDoc documents the rules wrong-architecture, over a file and over a process.
var WrongArchitectureDoc = abi.Doc{
	ID:       "wrong-architecture",
	Title:    "is built for another processor or operating system",
	Severity: abi.Error,
	Why: `The kernel and the loader refuse code of another machine, class or byte order:
"Exec format error", "wrong ELF class". A loader that searches may also pass over
the file and say that it cannot be found.`,
	Fix:  `build for the platform of the target or user space, or name the one that was meant (debian:12/arm64)`,
	Refs: []string{"https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html"},
}

var wrongArchitecture = abi.Rule[*File]{
	Doc:   WrongArchitectureDoc,
	Check: checkWrongArchitecture,
	Skip:  without(func(t abi.Target) bool { return t.Platform == abi.Platform{} }, "what it runs on"),
}

func checkWrongArchitecture(f *File, t abi.Target) []abi.Finding {
	if t.Platform.OS == "" || f.Platform == t.Platform || f.Kind == DebugInfo {
		return nil
	}
	order := "little-endian"
	if f.BigEndian {
		order = "big-endian"
	}
	is := "is"
	if strings.Contains(t.Platform.Arch, " and ") { // none of several: the release may well have had others
		is = "is known here for"
	}
	return []abi.Finding{{
		Message:  fmt.Sprintf("is built for %s; %s %s %s", f.Platform, wording.Called(t), is, t.Platform),
		Evidence: []string{fmt.Sprintf("ELF header: class %d, %s, machine %s, OS/ABI %s", f.Class, order, f.Machine, f.OSABI)},
		Subject:  f.Platform.String(),
	}}
}
