package machocheck

import (
	"fmt"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/luajit"
)

var luajitLowHeap = abi.Rule[*File]{
	Doc:   luajit.LowHeapDoc,
	Check: checkLuaJITLowHeap,
}

const (
	littleHeap    = 1 << 30
	tooLittleHeap = 256 << 20
)

// checkLuaJITLowHeap leaves programs that do not even start to luajit-pagezero.
func checkLuaJITLowHeap(f *File, _ abi.Target) []abi.Finding {
	if f.Kind != Executable || !f.hasLuaJIT() || luajit.LinkFlags(f.Platform, f.LuaJIT.GC64) == nil || f.LuaJIT.GC64 != luajit.No {
		return nil
	}
	zero, _ := f.PageZero()
	taken := zero.Size + f.MaxSlide()
	if taken >= luajit.LowMemory || luajit.LowMemory-taken >= littleHeap {
		return nil
	}
	left := luajit.LowMemory - taken
	finding := abi.Finding{
		Message: fmt.Sprintf("%s without GC64, and page zero leaves it %d MiB or less of the 2048 it could have (it covers all up to %#x, and up to %#x once the program is moved); link with -Wl,-pagezero_size,0x10000",
			f.luaJITHow(), left>>20, zero.Size, taken),
		Evidence: f.luaJITEvidence(),
		Subject:  "__PAGEZERO",
	}
	if left < tooLittleHeap {
		finding.Severity = abi.Warning
	}
	return []abi.Finding{finding}
}
