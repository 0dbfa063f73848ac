package luajit

import (
	"fmt"
	"strings"

	"github.com/abivet/abivet/abi"
)

// Refuses says why a LuaJIT does not load the bytecode, or "" where it does or
// where that is not known. The order is that of its own checks.
func (i *Info) Refuses(b Bytecode) string {
	if i.Role != Embedded {
		return ""
	}
	for branch, version := range map[string]int{"2.0.": 1, "2.1.": 2} {
		if strings.HasPrefix(i.Version, branch) && b.Version != version {
			return fmt.Sprintf("it is of LuaJIT 2.%d and the runtime is %q", b.Version-1, i.Version)
		}
	}
	mode := map[Answer]string{Yes: "with GC64", No: "without GC64"}
	switch {
	case i.GC64 != Unknown && i.GC64 != b.GC64():
		return fmt.Sprintf("it is for a LuaJIT %s and the runtime is one %s", mode[b.GC64()], mode[i.GC64])
	case i.FFI == No && b.Flags&FlagFFI != 0:
		return "it has constants of the FFI and the runtime is built without it"
	}
	return ""
}

// Refused returns a finding for each dump of bytecode in a file that a runtime
// does not load: that in the same file or, where the file only links one, the
// library that the runtime was found to be.
func (i *Info) Refused(runtime *Info, where string) []abi.Finding {
	var findings []abi.Finding
	for _, b := range i.Bytecode {
		why := runtime.Refuses(b)
		if why == "" {
			continue
		}
		findings = append(findings, abi.Finding{
			Message:  fmt.Sprintf("the bytecode at offset %#x does not load into the LuaJIT in %s: %s; compile it anew with a luajit of that mode", b.Offset, where, why),
			Evidence: append([]string{b.String()}, runtime.Evidence...),
			Subject:  fmt.Sprintf("bytecode %q", b.Name),
		})
	}
	return findings
}
