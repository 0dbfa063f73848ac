package machocheck

import (
	"bytes"

	"github.com/abivet/abivet/abi/extension"
	"github.com/abivet/abivet/luajit"
)

// Notes are the names at which somebody looks: a rule, or who looks for a
// LuaJIT or an extension. Most files have few, so that it is from these that
// most are let go.
type notes struct {
	imports importer
	asked   []string // the same in C
	exports []string // in C
	offered []Export // the same, where there is a trie
	defines bool     // the symbol table has some of its own, noted or not
}

// notes takes the names that are noted out of those of the file.
func (d *decoder) notes() (*notes, error) {
	if d.noted != nil {
		return d.noted, nil
	}
	n := &d.own().notes
	d.dated = dated()
	*n = notes{imports: importer{keep: d.isNoted, spare: d.spare.Imports}, asked: n.asked[:0], exports: n.exports[:0], offered: n.offered[:0]}
	d.noted = n
	if d.imported != nil && d.exportsRead {
		for _, i := range d.imported.list {
			n.imports.add([]byte(i.Name), i)
		}
		for _, name := range d.exported {
			if n.defines = true; leads([]byte(name)) {
				n.exports = append(n.exports, inC(name))
			}
		}
	} else if err := d.eachImport(&n.imports); err != nil {
		return nil, err
	} else if err := d.noteExports(n); err != nil {
		return nil, err
	}
	for i := range n.imports.list {
		n.asked = append(n.asked, inC(n.imports.list[i].Name))
	}
	return n, nil
}

// noteExports does the same with what is exported. See exports for what that is.
func (d *decoder) noteExports(n *notes) error {
	if d.trie.size > 0 {
		var err error
		n.offered, err = d.exportTrie(leads, n.offered)
		for i := range n.offered {
			n.exports = append(n.exports, inC(n.offered[i].Name))
		}
		return err
	}
	return d.defined(func(name, _ []byte) {
		n.defines = true
		if leads(name) {
			n.exports = append(n.exports, inC(string(name)))
		}
	})
}

// leads reports whether a name, or one that begins so, may be noted of an
// export.
func leads(beginning []byte) bool {
	c, ok := bytes.CutPrefix(beginning, []byte{'_'})
	if !ok {
		return len(beginning) == 0
	}
	return luajit.Leads(c) || extension.Leads(c)
}

// isNoted reports whether the name of an import is noted.
func (d *decoder) isNoted(name []byte) bool {
	if len(name) < 2 || name[0] != '_' {
		return false
	}
	c := name[1:]
	if d.dated.may(c) {
		if _, is := introduced()[d.file.Platform.Arch][string(name)]; is {
			return true
		}
	}
	return luajit.Leads(c) || extension.IsAsked(c) || bytes.HasPrefix(name, []byte(jitProtection))
}
