package luajit

import (
	"fmt"
	"path"
	"strings"

	"github.com/abivet/abivet/abi"
)

// What several rules ask, over a file of either format or over a closure.

// NewStateFails returns the finding for a file that calls lua_newstate and not
// luaL_newstate, where the LuaJIT it gets is known to refuse that.
func NewStateFails(p abi.Platform, runtime *Info, where string) []abi.Finding {
	if runtime.GC64 != No || p.Arch != "amd64" {
		return nil
	}
	return []abi.Finding{{
		Message:  fmt.Sprintf("imports lua_newstate and not luaL_newstate, but %s is without GC64, where lua_newstate always returns NULL; call luaL_newstate", where),
		Evidence: append([]string{"import lua_newstate", "no import luaL_newstate"}, runtime.Evidence...),
		Subject:  "lua_newstate",
	}}
}

// IsLibrary tells the libraries of LuaJIT and its forks by their name, as in
// libluajit-5.1.so.2, libtexluajit.so.2 and libluajit2-5.1.so.2.
func IsLibrary(name string) bool {
	return strings.ContainsAny(name, "jJ") && strings.Contains(strings.ToLower(path.Base(name)), "luajit")
}

// IsPUCLibrary tells the libraries of PUC's Lua by their name, as in
// liblua5.1.so.0, liblua-5.4.so, liblua.so.5.3, liblua.5.4.dylib and
// liblua5.1-c++.so.0. Modules have such names too: liblua5.1-luv.so.0.
func IsPUCLibrary(name string) bool {
	rest, ok := strings.CutPrefix(path.Base(name), "liblua")
	if !ok {
		return false
	}
	rest = strings.TrimLeft(rest, "-.012345")
	rest = strings.TrimPrefix(rest, "c++.")
	return rest == "so" || strings.HasPrefix(rest, "so.") || rest == "dylib"
}

// The entitlements that let a program make code under the hardened runtime.
const (
	allowJIT      = "com.apple.security.cs.allow-jit"
	allowUnsigned = "com.apple.security.cs.allow-unsigned-executable-memory"
	allowWriting  = "com.apple.security.cs.disable-executable-page-protection"
)

// NotEntitled returns the finding for a program with the hardened runtime whose
// entitlements are not those that the JIT compiler of this LuaJIT needs.
func (i *Info) NotEntitled(entitled func(key string) bool) []abi.Finding {
	if i.JIT != Yes || entitled(allowUnsigned) || entitled(allowWriting) || entitled(allowJIT) && i.Hardened != No {
		return nil
	}
	need, why := allowUnsigned, "which every build of LuaJIT can use"
	if i.Hardened == Yes {
		need, why = allowJIT, "which is enough for this build, with LUAJIT_ENABLE_OSX_HRT"
	} else if entitled(allowJIT) {
		why = "since this build of LuaJIT cannot use " + allowJIT
	}
	return []abi.Finding{{
		Message:  fmt.Sprintf("is signed for the hardened runtime and LuaJIT compiles at run time; sign it with the entitlement %s, %s", need, why),
		Evidence: append([]string(nil), i.Evidence...),
		Subject:  need,
	}}
}
