package probe

import (
	"fmt"

	"github.com/abivet/abivet/luajit"
)

// Compare returns a line for each question that both the file and the running
// library have answered, and not alike.
func (a Answer) Compare(file *luajit.Info) []string {
	if a.Outcome == NotLuaJIT && file.Role == luajit.Embedded {
		return []string{"the file embeds LuaJIT, but the library has none of its functions"}
	}
	if a.Outcome != Answered {
		return nil
	}
	var lines []string
	if file.Role != luajit.Embedded && file.Role != luajit.Linked {
		lines = append(lines, fmt.Sprintf("the library is LuaJIT, but of the file it is said: %s", file.Role))
	}
	for _, q := range []struct {
		what       string
		file, runs luajit.Answer
	}{{"GC64", file.GC64, a.GC64}, {"JIT", file.JIT, a.JIT}, {"FFI", file.FFI, a.FFI}} {
		if q.file != luajit.Unknown && q.runs != luajit.Unknown && q.file != q.runs {
			lines = append(lines, fmt.Sprintf("%s: the file says %s, the library %s", q.what, q.file, q.runs))
		}
	}
	if file.Role == luajit.Embedded && file.Version != "" && file.Version != a.Version {
		lines = append(lines, fmt.Sprintf("version: the file says %q, the library %q", file.Version, a.Version))
	}
	return lines
}
