package machocheck

import (
	"fmt"
	"strings"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/luajit"
)

var luajitPageZero = abi.Rule[*File]{
	Doc:   luajit.PageZeroDoc,
	Check: checkLuaJITPageZero,
}

func checkLuaJITPageZero(f *File, _ abi.Target) []abi.Finding {
	if f.Kind != Executable || !f.hasLuaJIT() || f.LuaJIT.GC64 == luajit.Yes {
		return nil
	}
	flags := luajit.LinkFlags(f.Platform, f.LuaJIT.GC64)
	zero, _ := f.PageZero() // by its shape: the kernel does not look at the name
	if flags == nil || zero.Size+f.MaxSlide() < luajit.LowMemory {
		return nil
	}
	reach := fmt.Sprintf("%#x", zero.Size)
	if slide := f.MaxSlide(); slide > 0 {
		reach += fmt.Sprintf(" (up to %#x once the program is moved)", zero.Size+slide)
	}
	finding := abi.Finding{Subject: "__PAGEZERO", Evidence: f.luaJITEvidence()}
	switch how, flag := f.luaJITHow(), strings.Join(flags, " "); f.LuaJIT.GC64 {
	case luajit.No:
		finding.Message = fmt.Sprintf("%s without GC64, which needs memory below %#x, but page zero covers all up to %s; link the main executable with %s",
			how, luajit.LowMemory, reach, flag)
	default:
		finding.Severity = abi.Note
		finding.Message = fmt.Sprintf("%s, and whether with GC64 is not known; if without, it needs memory below %#x, page zero covers all up to %s, and the main executable must be linked with %s",
			how, luajit.LowMemory, reach, flag)
	}
	return []abi.Finding{finding}
}

// hasLuaJIT reports whether a LuaJIT comes into the process with the file.
func (f *File) hasLuaJIT() bool {
	return f.LuaJIT != nil && (f.LuaJIT.Role == luajit.Embedded || f.LuaJIT.Role == luajit.Linked)
}

// luaJITHow begins a message.
func (f *File) luaJITHow() string {
	how := "embeds LuaJIT"
	if f.LuaJIT.Role == luajit.Linked {
		how = "needs a library of LuaJIT"
	}
	if f.LuaJIT.Version != "" {
		how += fmt.Sprintf(" %q", f.LuaJIT.Version)
	}
	return how
}

func (f *File) luaJITEvidence() []string {
	evidence := append([]string(nil), f.LuaJIT.Evidence...)
	if f.Kind != Executable {
		return evidence
	}
	zero, ok := f.PageZero()
	if !ok {
		return append(evidence, "no segment has the shape of page zero")
	}
	return append(evidence, fmt.Sprintf("segment %q: vmaddr 0, vmsize %#x, no access", zero.Name, zero.Size),
		fmt.Sprintf("header flags %#x: MH_PIE is %t", f.Flags, f.PIE()))
}
