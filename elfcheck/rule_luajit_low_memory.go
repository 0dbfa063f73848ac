package elfcheck

import (
	"fmt"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/luajit"
)

var luajitLowMemory = abi.Rule[*File]{
	Doc:   luajit.LowMemoryDoc,
	Check: checkLuaJITLowMemory,
}

func checkLuaJITLowMemory(f *File, _ abi.Target) []abi.Finding {
	if !f.hasLuaJIT(luajit.Embedded) || f.LuaJIT.GC64 != luajit.No || f.Platform.Arch != "amd64" {
		return nil
	}
	return []abi.Finding{{
		Message: fmt.Sprintf("embeds LuaJIT %swithout GC64: all objects of all its states must lie below %#x, however much memory there is",
			versionBefore(f.LuaJIT), luajit.LowMemory),
		Evidence: f.LuaJIT.Evidence,
		Subject:  "LuaJIT",
	}}
}

// versionBefore is a version as it stands in a sentence, with a blank behind it.
func versionBefore(i *luajit.Info) string {
	if i.Version == "" {
		return ""
	}
	return fmt.Sprintf("%q ", i.Version)
}
