package machocheck

import (
	"fmt"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/luajit"
)

var luajitPageZeroNeedless = abi.Rule[*File]{
	Doc:   luajit.PageZeroNeedlessDoc,
	Check: checkLuaJITPageZeroNeedless,
}

const (
	// fullPageZero is what linkers give a 64-bit program.
	fullPageZero = 1 << 32

	// goPageZero is what Go's own linker gives a program for amd64; no flag
	// asks for it, and none changes it.
	goPageZero = 0x1000000
)

func checkLuaJITPageZeroNeedless(f *File, _ abi.Target) []abi.Finding {
	if f.Kind != Executable || !f.hasLuaJIT() || f.LuaJIT.GC64 != luajit.Yes ||
		(f.Platform != abi.Platform{OS: darwin, Arch: "amd64"}) {
		return nil
	}
	zero, ok := f.PageZero()
	if !ok || zero.Size >= fullPageZero || f.isGo() && zero.Size == goPageZero {
		return nil
	}
	return []abi.Finding{{
		Message: fmt.Sprintf("page zero covers %#x bytes instead of %#x, but the program %s with GC64, which needs no low memory; leave out -pagezero_size",
			zero.Size, uint64(fullPageZero), f.luaJITHow()),
		Evidence: f.luaJITEvidence(),
		Subject:  "__PAGEZERO",
	}}
}
