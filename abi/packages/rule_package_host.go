package packages

import (
	"fmt"
	"path"

	"github.com/abivet/abivet/abi"
	"github.com/abivet/abivet/abi/extension"
	"github.com/abivet/abivet/elfcheck"
	"github.com/abivet/abivet/internal/wording"
	"github.com/abivet/abivet/machocheck"
)

// bringsHost is the rule over a package whose extensions bring the library of
// the host that installs it.
var bringsHost = abi.Rule[*Package]{Doc: extension.LinksHostDoc, Check: checkBringsHost}

// hosts are those that install packages of a kind, and are there.
var hosts = map[string]extension.Host{"wheel": extension.CPython, "gem": extension.Ruby, "npm": extension.Node, "jar": extension.Java}

// checkBringsHost leaves out packages that have a program: that may be a host of
// their own, such as a JRE in a wheel.
func checkBringsHost(p *Package, _ abi.Target) (found []abi.Finding) {
	there := map[string]bool{}
	for _, f := range p.Files {
		if f.isProgram() {
			return nil
		}
		there[path.Base(f.Path)] = true
	}
	for _, f := range p.Files {
		all := extensionsOf(f)
		if len(all) != 1 { // of two hosts, the one is brought to the other
			continue
		}
		x := all[0]
		if x.Host != hosts[p.Kind] || x.Library == "" || !there[path.Base(x.Library)] || path.Base(x.Library) == path.Base(f.Path) {
			continue
		}
		found = append(found, abi.Finding{
			Message:  fmt.Sprintf("%s needs %s, and the package brings it: the %s that loads the one has its own; leave it out of the link", f.Path, wording.Plain(x.Library), x.Host),
			Evidence: []string{fmt.Sprintf("%s is an extension of %s: it has %s", f.Path, x.Host, wording.List(x.Entries))},
			Subject:  path.Base(x.Library),
		})
	}
	return found
}

func (f File) isProgram() bool {
	switch {
	case f.ELF != nil:
		return f.ELF.Kind == elfcheck.Executable || f.ELF.Kind == elfcheck.PIE
	case f.MachO != nil:
		return f.MachO.Kind == machocheck.Executable
	}
	return false
}
