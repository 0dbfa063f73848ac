package packages

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/abivet/abivet/elfcheck"

	"github.com/abivet/abivet/abi/extension"
)

// Loaders choose a prebuilt file by the version in its name.
func TestNodeNames(t *testing.T) {
	napi, v108 := extension.Info{Host: extension.Node, Floor: "8"}, extension.Info{Host: extension.Node, Built: "108"}
	mixed := extension.Info{Host: extension.Node, Floor: "8", Outside: []string{"_ZN2v87Isolate10GetCurrentEv"}}
	tests := map[string]struct {
		name string
		info extension.Info
		want string // severity and the start
	}{
		"its own version":               {"x.abi108.node", v108, ""},
		"behind other words":            {"@a+b.abi108.armv8.glibc.node", v108, ""},
		"another version":               {"x.abi115.node", v108, "error p/x.abi115.node: its name says NODE_MODULE_VERSION 115; is built for 108, which that Node.js refuses"},
		"another, behind its module":    {"dd_pprof.node.abi115.node", v108, "error p/dd_pprof.node.abi115.node: its name says NODE_MODULE_VERSION 115; is built for 108"},
		"another, in the older form":    {"node-115.node", v108, "error p/node-115.node: its name says NODE_MODULE_VERSION 115; is built for 108"},
		"every version takes Node-API":  {"node.abi115.musl.node", napi, ""},
		"Node-API":                      {"node.napi.musl.node", napi, ""},
		"named Node-API, and of one":    {"electron.napi.node", v108, "error p/electron.napi.node: its name says Node-API, for every Node.js; is built for NODE_MODULE_VERSION 108 alone"},
		"named Node-API, and more":      {"node-napi.node", mixed, "note names say Node-API, for every Node.js, and files ask for what may be gone in the next; p/node-napi.node: asks for _ZN2v87Isolate10GetCurrentEv"},
		"one version may ask for more":  {"node.abi115.node", mixed, ""},
		"no version is said":            {"x.node", v108, ""},
		"a release is no such version":  {"sharp-linux-x64-0.35.5.node", v108, ""},
		"an extension of another host":  {"x.abi115.node", extension.Info{Host: extension.Ruby, Built: "108"}, ""},
		"the file does not say its own": {"x.abi115.node", extension.Info{Host: extension.Node}, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			p := &Package{Kind: "npm", Files: []File{{Path: "p/" + tt.name, ELF: &elfcheck.File{Extensions: []extension.Info{tt.info}}}}}
			found := checkNodeNames(p)
			if tt.want == "" {
				assert.Empty(t, found)
				return
			}
			if assert.Len(t, found, 1) {
				severity := found[0].Severity.String()
				if found[0].Severity == 0 {
					severity = packageTag.Severity.String()
				}
				assert.Contains(t, severity+" "+found[0].Message, tt.want)
			}
		})
	}
}
