package closure

import (
	"slices"
	"strings"
)

// Inside reports whether a path is one of some directories, or below one.
func Inside(directories []string, path string) bool {
	return slices.ContainsFunc(directories, func(dir string) bool {
		dir = strings.TrimRight(dir, "/")
		return path == dir || strings.HasPrefix(path, dir+"/")
	})
}
