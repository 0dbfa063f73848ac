package elfcheck

import (
	"debug/elf"

	"github.com/abivet/abivet/abi/extension"
	"github.com/abivet/abivet/luajit"
)

// Of most files no rule looks at the name of an import before something is found,
// and then the file is read again: to keep their names takes a third of the time
// of all that is read.

// countable reports whether the imports can be counted without their names being
// taken one by one: the table of these is at hand, and each of them ends in it.
func (d *decoder) countable() bool {
	table := d.dyn.strings
	return len(table) > 0 && table[len(table)-1] == 0
}

// leading has the letters that the names begin with that speak for an extension or a
// LuaJIT. The others need not be looked at further.
var leading = func() (letters [256]bool) {
	for c := range letters {
		name := []byte{byte(c)}
		letters[c] = extension.Leads(name) || luajit.Leads(name)
	}
	return letters
}()

// countSymbols does for a piece of the table what symbols does, and keeps no more
// than the names that speak for something.
func (d *decoder) countSymbols(hosts bool, first int64, syms, versions []byte) error {
	entry, tail := int(d.symbolSize()), 12 // where st_info begins what does not depend on the class
	if d.wide {
		tail = 4
	}
	f, index, names, big := d.f, d.index, d.dyn.strings, d.big
	for at, number := 0, first; at+entry <= len(syms); at, number = at+entry, number+1 {
		info := syms[at+tail]
		if elf.ST_BIND(info) == elf.STB_LOCAL {
			continue
		}
		need := int32(0)
		if i := 2 * int(number-first); i+2 <= len(versions) {
			if v := big.Uint16(versions[i:]) &^ verHidden; v > verGlobal {
				if int(v) < len(index) {
					need = index[v]
				}
				if need == 0 {
					return d.unknownVersion(number, v)
				}
			}
		}
		name, imported := big.Uint32(syms[at:]), elf.SectionIndex(big.Uint16(syms[at+tail+2:])) == elf.SHN_UNDEF
		// To look at the name is a miss of the cache, in the table of a large program.
		if (hosts || imported || need > 0) && (uint64(name) >= uint64(len(names)) || leading[names[name]]) {
			if err := d.noteName(hosts, number, name, imported, need); err != nil {
				return err
			}
		}
		if imported {
			f.ImportCount++
		} else if v := elf.ST_VISIBILITY(syms[at+tail+1]); v == elf.STV_HIDDEN || v == elf.STV_INTERNAL {
			continue
		} else {
			f.ExportCount++
		}
		if need > 0 && elf.ST_BIND(info) != elf.STB_WEAK {
			f.VersionNeeds[need-1].Strong++
		}
	}
	return nil
}

// noteName keeps whose extension a name speaks for, and the name of an import, or its
// beginning, that speaks for a LuaJIT.
func (d *decoder) noteName(hosts bool, number int64, name uint32, imported bool, need int32) error {
	if hosts {
		if err := d.noteHost(number, name, imported); err != nil {
			return err
		}
	}
	table := d.dyn.strings
	switch {
	case !imported && need <= 0:
		return nil
	case uint64(name) >= uint64(len(table)):
		_, err := d.str(uint64(name), "symbol") // which says so
		return err
	}
	if lead := table[name:]; imported && luajit.Leads(lead) {
		lead = lead[:min(len(lead), maxKnownName)]
		if s, ok := cstring(lead); ok {
			lead = s
		}
		d.listed = append(d.listed, d.intern(lead))
	}
	return nil
}

// uncount has the imports counted anew.
func (d *decoder) uncount() {
	d.f.ImportCount, d.f.ExportCount = 0, 0
	for i := range d.f.VersionNeeds {
		d.f.VersionNeeds[i].Strong = 0
	}
}

// rulesLook reports whether a rule looks at the imports of a file for what that says
// itself: extensions, those that are of Go's making or a LuaJIT, and who asks glibc
// for what is its own.
func (d *decoder) rulesLook() bool {
	if len(d.hosts) > 0 || d.f.Notes.GoBuildID {
		return true
	}
	for i := range d.f.VersionNeeds {
		if d.f.VersionNeeds[i].Version == "GLIBC_PRIVATE" {
			return true
		}
	}
	return false
}

// allImports reads the imports of a file of which they were counted.
func (d *decoder) allImports() error {
	if d.f.Imports != nil || d.f.ImportCount == 0 || d.f.Kind == Object {
		return nil
	}
	d.uncount()
	return d.dynamicSymbols(WantImports)
}
