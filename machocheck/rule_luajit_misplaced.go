package machocheck

import (
	"fmt"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/luajit"
)

var luajitPageZeroMisplaced = abi.Rule[*File]{
	Doc:   luajit.PageZeroMisplacedDoc,
	Check: checkLuaJITPageZeroMisplaced,
}

func checkLuaJITPageZeroMisplaced(f *File, _ abi.Target) []abi.Finding {
	zero, ok := f.PageZero()
	if f.Kind != Library && f.Kind != Bundle || !f.hasLuaJIT() || !ok {
		return nil
	}
	return []abi.Finding{{
		Message:  fmt.Sprintf("this %s has a page zero of %#x bytes, which does nothing: that of the main executable decides; leave out -pagezero_size", f.Kind, zero.Size),
		Evidence: append([]string{fmt.Sprintf("segment %q: vmaddr 0, vmsize %#x, no access", zero.Name, zero.Size)}, f.LuaJIT.Evidence...),
		Subject:  zero.Name,
	}}
}
