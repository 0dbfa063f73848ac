package elfcheck

import (
	"debug/elf"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/luajit"
)

var luajitUnwind = abi.Rule[*File]{
	Doc:   luajit.UnwindDoc,
	Check: checkLuaJITUnwind,
}

// A file without the table of frames may tell the unwinder of them as it
// starts, with __register_frame_info; on arm the tables have another form.
func checkLuaJITUnwind(f *File, _ abi.Target) []abi.Finding {
	if !f.hasLuaJIT(luajit.Embedded) || f.Platform.Arch == "arm" || !f.imports("_Unwind_RaiseException") ||
		f.imports("__register_frame_info") || f.imports("__register_frame") {
		return nil
	}
	if s, ok := f.Segment(elf.PT_GNU_EH_FRAME); ok && s.FileSize > 0 {
		return nil
	}
	return []abi.Finding{{
		Message:  "embeds LuaJIT " + versionBefore(f.LuaJIT) + "that unwinds by _Unwind_RaiseException, but has no PT_GNU_EH_FRAME segment to unwind by; keep .eh_frame and .eh_frame_hdr",
		Evidence: append([]string{"import _Unwind_RaiseException", "no program header PT_GNU_EH_FRAME"}, f.LuaJIT.Evidence...),
		Subject:  "PT_GNU_EH_FRAME",
	}}
}
