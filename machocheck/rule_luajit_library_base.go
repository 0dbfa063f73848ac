package machocheck

import (
	"fmt"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/luajit"
)

var luajitLibraryBase = abi.Rule[*File]{
	Doc:   luajit.LibraryBaseDoc,
	Check: checkLuaJITLibraryBase,
}

// sharedRegion is where macOS for amd64 has the libraries of its own.
const (
	sharedRegion    = 0x7fff00000000
	sharedRegionEnd = 0x800000000000
)

func checkLuaJITLibraryBase(f *File, _ abi.Target) []abi.Finding {
	if f.Kind != Library && f.Kind != Bundle || !f.hasLuaJIT() || (f.Platform != abi.Platform{OS: darwin, Arch: "amd64"}) {
		return nil
	}
	for _, s := range f.Segments {
		if s.Offset != 0 || s.FileSize == 0 {
			continue // the header is in another
		}
		where := ""
		switch {
		case s.Addr >= sharedRegion && s.Addr < sharedRegionEnd:
			where = "in the region of the system's own libraries"
		case s.Addr > 0 && s.Addr < luajit.LowMemory:
			where = "below 2 GiB, which page zero covers"
		default:
			return nil
		}
		return []abi.Finding{{
			Message:  fmt.Sprintf("prefers to be at %#x, %s, and is moved at every start; link it without -image_base", s.Addr, where),
			Evidence: append([]string{fmt.Sprintf("segment %q: vmaddr %#x", s.Name, s.Addr)}, f.LuaJIT.Evidence...),
			Subject:  s.Name,
		}}
	}
	return nil
}
