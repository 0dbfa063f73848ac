package luajit

import (
	"path"
	"strings"
)

// isLibrary tells the libraries of LuaJIT and its forks by their name, as in
// libluajit-5.1.so.2, libtexluajit.so.2 and libluajit2-5.1.so.2.
func isLibrary(name string) bool {
	return strings.Contains(strings.ToLower(path.Base(name)), "luajit")
}

// Suspect tells from cheap evidence whether an image can hold a LuaJIT or need
// one. It reads nothing.
func Suspect(img Image) bool { return true }
