package machocheck

import (
	"fmt"
	"strings"
)

// places are the beginnings of absolute paths and whose they are.
var places = []struct{ prefix, of string }{
	{"/opt/homebrew/", "which is of Homebrew"},
	{"/usr/local/", "which is of Homebrew on Intel, or was installed by hand"},
	{"/opt/local/", "which is of MacPorts"},
	{"/nix/store/", "which is of Nix"},
	{"/Users/", "which is in a home directory"},
	{"/home/", "which is in a home directory"},
	{"/private/", "which is a temporary directory"},
	{"/tmp/", "which is a temporary directory"},
	{"/var/folders/", "which is a temporary directory"},
	{"/Applications/", "which is of another program"},
	{"/Library/", "which is installed separately"},
}

// strangePath says what is wrong with the path of a library for another
// machine, or "".
func strangePath(path string) string {
	for _, variable := range []string{"@rpath/", "@loader_path/", "@executable_path/"} {
		if strings.HasPrefix(path, variable) {
			return ""
		}
	}
	if isSystem(path) {
		return ""
	}
	for _, p := range places {
		if strings.HasPrefix(path, p.prefix) {
			return p.of
		}
	}
	if strings.HasPrefix(path, "/") {
		return "which is no part of macOS"
	}
	return "which is relative to the working directory"
}

// evidence is the load command as otool -L has it.
func (l Dylib) evidence() string {
	command := "LC_LOAD_DYLIB"
	switch l.Link {
	case Weak:
		command = "LC_LOAD_WEAK_DYLIB"
	case Reexport:
		command = "LC_REEXPORT_DYLIB"
	case Upward:
		command = "LC_LOAD_UPWARD_DYLIB"
	case Lazy:
		command = "LC_LAZY_LOAD_DYLIB"
	}
	return fmt.Sprintf("%s %q (compatibility version %s, current version %s)", command, l.Name, l.Compatibility, l.Current)
}
