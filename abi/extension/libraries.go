package extension

import (
	"strings"
)

// isLibrary makes a test for the shared libraries that begin with some words,
// on ELF (libruby-3.1.so.3.1) and on macOS (libruby.3.1.dylib).
func isLibrary(words ...string) func(string) bool {
	return func(name string) bool {
		for _, w := range words {
			rest, ok := strings.CutPrefix(base(name), w)
			if ok && (rest == "" || rest[0] == '.' || rest[0] == '-' || rest[0] >= '0' && rest[0] <= '9') {
				return true
			}
		}
		return false
	}
}

var (
	isRubyLibrary = isLibrary("libruby")
	isPerlLibrary = isLibrary("libperl")
	isPHPLibrary  = isLibrary("libphp")
	isNodeLibrary = isLibrary("libnode")
	isJavaLibrary = isLibrary("libjvm")
	isRLibrary    = isLibrary("libR")
)

// luaLibrary knows liblua5.4.so.0, liblua.so.5.4, liblua5.3-c++.so.0 and
// libluajit-5.1.so.2, and no module of Lua such as liblua5.4-socket.so.2.
var luaLibrary = compiled(`^lib(?:lua(?:-?5\.?\d)?(?:-c\+\+)?|luajit2?(?:-5\.1)?)(?:\.so|\.5|\.dylib)`)

func isLuaLibrary(name string) bool { return luaLibrary().MatchString(base(name)) }
