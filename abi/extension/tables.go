package extension

import (
	_ "embed" // the tables
	"fmt"
	"strings"
	"sync"
)

// The tables are lines of a name and what is known of it. Those that begin with
// # say where it is from.
var (
	//go:embed data/brought.txt
	broughtData string
	//go:embed data/cpython.txt
	cpythonData string
	//go:embed data/python.txt
	pythonData string
	//go:embed data/node.txt
	nodeData string
	//go:embed data/nodeabi.txt
	nodeABIData string
	//go:embed data/noderelease.txt
	nodeReleaseData string
	//go:embed data/php.txt
	phpData string
	//go:embed data/erlang.txt
	erlangData string
	//go:embed data/erlangruntime.txt
	erlangRuntimeData string
	//go:embed data/lua.txt
	luaData string

	stableABI    = sync.OnceValue(func() map[string]string { return decoded(cpythonData) })
	pythonNames  = sync.OnceValue(func() map[string]string { return decoded(pythonData) })
	nodeAPI      = sync.OnceValue(func() map[string]string { return decoded(nodeData) })
	nodeModules  = sync.OnceValue(func() map[string]string { return decoded(nodeABIData) })
	nodeReleases = sync.OnceValue(func() map[string]string { return decoded(nodeReleaseData) })
	phpReleases  = sync.OnceValue(func() map[string]string { return decoded(phpData) })
	otpReleases  = sync.OnceValue(func() map[string]string { return decoded(erlangRuntimeData) })
	nifReleases  = sync.OnceValue(func() map[string]string { return decoded(erlangData) })
	luaNames     = sync.OnceValue(func() map[string]string { return decoded(luaData) })
)

// decoded panics, since the tests have decoded the same text.
func decoded(data string) map[string]string {
	table := make(map[string]string, strings.Count(data, "\n"))
	for line := range strings.Lines(data) {
		line = strings.TrimSuffix(line, "\n")
		if strings.HasPrefix(line, "#") {
			continue
		}
		name, rest, ok := strings.Cut(line, " ")
		if _, twice := table[name]; !ok || twice {
			panic(fmt.Sprintf("table: line %q: want a new name and what is known of it", line))
		}
		table[name] = rest
	}
	return table
}
