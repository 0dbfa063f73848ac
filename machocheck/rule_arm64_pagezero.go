package machocheck

import (
	"fmt"

	"github.com/abivet/abivet/abi"
)

var pageZeroARM64 = abi.Rule[*File]{
	Doc: abi.Doc{
		ID:       "pagezero-arm64",
		Title:    "the page zero of an arm64 program is below 4 GiB",
		Severity: abi.Error,
		Why: `The kernel does not start a 64-bit ARM program unless nothing can be had below 4 GiB:
it must have a segment at address 0 of that size or more, without access and without
bytes in the file. The user sees "Killed: 9", "Malformed Mach-o file" or "Bad executable".
Linkers make such files when they are asked to; what asks is nearly always the flag
-pagezero_size 10000 that LuaJIT's manual wanted for Intel, given for both processors.
LuaJIT needs it on no ARM: it has GC64 there.`,
		Fix: `Remove -pagezero_size (and -image_base, -no_pie) from the link for arm64. Where one
command links for both processors, give the flag to amd64 alone:
-Xarch_x86_64 -Wl,-pagezero_size,0x10000.`,
		Refs: []string{
			"https://github.com/apple-oss-distributions/xnu/blob/main/bsd/kern/mach_loader.c",
			"https://github.com/terralang/terra/issues/588",
			"https://github.com/apache/trafficserver/issues/9430",
		},
	},
	Check: checkPageZeroARM64,
}

// smallPageZero is by the processor of the file: Rosetta has no other rule.
func smallPageZero(f *File, _ abi.Version) string {
	zero, _ := f.PageZero()
	if f.Platform.Arch != "arm64" || zero.Size >= fullPageZero {
		return ""
	}
	return fmt.Sprintf("page zero covers %#x bytes; the kernel starts an arm64 program only with %#x or more", zero.Size, uint64(fullPageZero))
}

func checkPageZeroARM64(f *File, _ abi.Target) []abi.Finding {
	what := smallPageZero(f, "")
	if f.Kind != Executable || f.Platform.OS != darwin || what == "" {
		return nil
	}
	zero, ok := f.PageZero()
	finding := abi.Finding{
		Message:  what + ": link without -pagezero_size",
		Evidence: []string{"no segment at address 0 has a size and neither bytes in the file nor access"},
		Subject:  "__PAGEZERO",
	}
	if ok {
		finding.Evidence = []string{fmt.Sprintf("segment %q: vmaddr 0, vmsize %#x", zero.Name, zero.Size)}
	}
	return []abi.Finding{finding}
}
