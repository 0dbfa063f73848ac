package elfcheck

import (
	"fmt"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/internal/wording"
	"github.com/abivet/abivet/luajit"
)

var luajitTwoRuntimes = abi.Rule[*File]{
	Doc:   luajit.TwoRuntimesDoc,
	Check: checkLuaJITTwoRuntimes,
}

func checkLuaJITTwoRuntimes(f *File, _ abi.Target) []abi.Finding {
	embeds, links := f.hasLuaJIT(luajit.Embedded), f.hasLuaJIT(luajit.Linked)
	if !embeds && !links {
		return nil
	}
	find := func(format string, args ...any) []abi.Finding {
		return []abi.Finding{{Message: fmt.Sprintf(format, args...), Evidence: f.LuaJIT.Evidence, Subject: "LuaJIT"}}
	}
	jit, puc := "", ""
	for _, name := range f.Needed {
		switch {
		case luajit.IsLibrary(name):
			jit = name
		case luajit.IsPUCLibrary(name):
			puc = name
		}
	}
	switch {
	case jit != "" && puc != "":
		return find("needs both %s and %s, which have the same functions: the one that comes first, %s, answers all calls; link one of them",
			wording.Plain(jit), wording.Plain(puc), wording.Plain(first(f.Needed, jit, puc)))
	case embeds && jit+puc != "":
		return find("embeds LuaJIT %sand needs another runtime, %s: link one of them", versionBefore(f.LuaJIT), wording.Plain(jit+puc))
	}
	return nil
}

func first(names []string, a, b string) string {
	for _, name := range names {
		if name == a || name == b {
			return name
		}
	}
	return ""
}
