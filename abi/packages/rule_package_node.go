package packages

import (
	"fmt"
	"path"
	"regexp"
	"strings"
	"sync"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/abi/extension"
	"github.com/abivet/abivet/internal/wording"
)

var (
	// nodeVersion is what prebuildify and its like put into the names of files
	// for one NODE_MODULE_VERSION: x.abi108.node, node-108.node.
	nodeVersion = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?:^|\.)(?:abi|(?:node|electron)-)(\d+)\.`) })
	// nodeAPI is what they put into those for Node-API.
	nodeAPI = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`[.-]napi[.-]`) })
)

// checkNodeNames holds the names by which loaders choose among the builds of an
// extension of Node.js against what each was built for: node-gyp-build takes
// x.abi108.node for that version of Node.js and x.napi.node for every one. A file
// of Node-API is loaded by every version, whatever it is called.
func checkNodeNames(p *Package) (found []abi.Finding) {
	var more []string // "file: what it asks for beside Node-API"
	names, files := p.byName()
	for _, name := range names {
		base := path.Base(name)
		for _, x := range extensionsOf(files[name][0]) {
			f := abi.Finding{Subject: name, Evidence: []string{name + ": entered by " + wording.List(x.Entries)}}
			said := nodeVersion().FindStringSubmatch(base)
			switch {
			case x.Host != extension.Node:
				continue
			case said != nil && x.Built != "" && x.Built != said[1]:
				f.Message = fmt.Sprintf("%s: its name says NODE_MODULE_VERSION %s; is built for %s, which that Node.js refuses", name, said[1], x.Built)
				f.Fix = "build it with the headers of the Node.js that it is named for, or name it for the one that it is built for"
			case said == nil && nodeAPI().MatchString(base) && x.Built != "":
				f.Message = fmt.Sprintf("%s: its name says Node-API, for every Node.js; is built for NODE_MODULE_VERSION %s alone", name, x.Built)
				f.Fix = "build it with node_api.h and no v8.h or nan, or name it for the one Node.js: " + strings.Replace(base, "napi", "abi"+x.Built, 1)
			case said == nil && nodeAPI().MatchString(base) && len(x.Outside) > 0:
				more = append(more, name+": asks for "+wording.List(x.Outside))
				continue
			default:
				continue
			}
			found = append(found, f)
		}
	}
	if len(more) > 0 {
		f := abi.Finding{Severity: abi.Note, Subject: "Node-API", Fix: "do without V8's own classes, or ship a build for each NODE_MODULE_VERSION"}
		found = append(found, broke(f, "names say Node-API, for every Node.js, and files ask for what may be gone in the next", more))
	}
	return found
}
