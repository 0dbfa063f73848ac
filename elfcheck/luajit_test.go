package elfcheck

import (
	"testing"

	"github.com/abivet/abivet/internal/elfbuild"
	"github.com/abivet/abivet/internal/luabuild"
	"github.com/abivet/abivet/luajit"
)

// What only says the name has nothing to do with a LuaJIT, and a check does not
// pay for the search. An embedded one is told either way.
func TestMentions(t *testing.T) {
	libc := elfbuild.Image{Needed: []string{"libc.so.6"}, Symbols: []elfbuild.Symbol{{Name: "exit"}}}
	vm := luabuild.VM{JIT: true, Version: "2.0.5"}
	tests := map[string]struct {
		image []byte
		want  Want
		role  luajit.Role
	}{
		"mentions, of a check":        {luabuild.Dump(libc, "\x00LuaJIT 2.0.1\x00"), WantLuaJIT, ""},
		"mentions, when asked for":    {luabuild.Dump(libc, "\x00LuaJIT 2.0.1\x00"), WantLuaJIT | WantMentions, luajit.Mentions},
		"nothing at all":              {luabuild.Dump(libc, "Lua"), WantLuaJIT | WantMentions, ""},
		"embedded, of a check":        {vm.ELF(elfbuild.Image{}), WantLuaJIT, luajit.Embedded},
		"embedded, with all symbols":  {vm.ELF(elfbuild.Image{}), WantLuaJIT | WantSymbols, luajit.Embedded},
		"embedded, with all asked of": {vm.ELF(elfbuild.Image{}), everything, luajit.Embedded},
	}
	for reason, test := range tests {
		f := mustRead(t, test.image, test.want)
		role := luajit.Role("")
		if f.LuaJIT != nil {
			role = f.LuaJIT.Role
		}
		if role != test.role {
			t.Errorf("%s: role %q, want %q", reason, role, test.role)
		}
	}
}
